"""What is measured between an answer and one wording of a criterion.

A criterion has several wordings: its text without the grader's verb, and each of its `shows`. Every wording is
compared with every statement of the answer and every two neighbouring ones ("units"). What is common to all texts of
the domain counts for little: cosines are taken around the mean vector of the domain, and a word's weight falls with
the number of documents that have it (`background.json`). What is said of a criterion is a best match, so that padding
lowers nothing; statements that are nearer to empty talk than to the question and the rubric are left out before, so
that it raises nothing either.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from interviewer.judge.background import Background
from interviewer.judge.sentences import split_sentences
from interviewer.judge.words import bare, content_words, has_opposites, negations, numbers, stem, tokens
from retrieval import Embedder, Vectors
from rubrics import Criterion, Kind

Floats = NDArray[np.float64]

FEATURES = (
    "similarity",  # best cosine of a unit with the wording
    "beyond_question",  # the same with the question's direction taken out of both
    "coverage",  # weighted share of the wording's content words in the best unit
    "coverage_all",  # the same in the whole answer
    "matched",  # log of the weight of the wording's words in the best unit
    "margin",  # how much nearer the best unit is to the wording than to the rubric's other criteria on average
    "given",  # cosine of the wording with the question: how much was given away
    "echo",  # cosine of the best unit with the question
    "numbers_missing",  # share of the wording's numbers that the answer lacks
    "polarity",  # the best unit negates where the wording does not, or the other way round
    "opposite",  # a word of the best unit stands opposite to one of the wording
    "wording_length",  # log of the wording's number of content words
    "wordings",  # log of the number of wordings that the criterion has
    "from_reference",  # the criterion is a statement of a model answer
    "topic_best",  # mean over the three criteria that are met best of their best cosine
    "topic_similarity",  # mean over all criteria of their best cosine
    "topic_coverage",  # mean over all criteria of the best `coverage_all`
    "topic_question",  # mean over the question's statements of their best cosine with a unit
    "statements",  # log of the number of statements near the question or the rubric: many give chance more tries
)
# Those that say how near the whole answer is to the question and the rubric; the same for every wording. They tell what is off
# topic, and no credit is fitted to them.
TOPIC = ("topic_best", "topic_similarity", "topic_coverage", "topic_question", "statements")
FUZZY_STEM = 5
FUZZY_DICE = 0.6
QUESTION_WORD_WEIGHT = 0.4
TOPIC_BEST = 3
# Above this cosine with the question or the rubric a statement is about them, however much like talk it sounds. Under
# it, 1 % of the bank's own statements and 2 % of those in well graded answers are nearer to talk, and 96 % of talk.
ABOUT_FROM = 0.4

_VOICE = re.compile(
    r"^(?:clearly\s+|correctly\s+|explicitly\s+)?"
    r"(?:says|states|explains|names|notes|mentions|describes|argues|recognises|recognizes|points out|knows|identifies|"
    r"gives|shows|proposes|uses|takes|checks|compares|defines|asks|offers|lists|derives|computes|estimates|chooses|"
    r"connects|relates|distinguishes|separates|tells|admits|reports|discusses|observes|understands|quantifies|claims)\s+"
    r"(?:that\s+|how\s+|why\s+|when\s+|what\s+|where\s+|whether\s+)?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Wordings:
    """All wordings of a rubric's criteria. `owner[i]` is the criterion's place of wording `i`."""

    texts: tuple[str, ...]
    owner: NDArray[np.intp]
    vectors: Vectors
    stems: tuple[tuple[str, ...], ...]
    words: tuple[tuple[str, ...], ...]
    figures: tuple[frozenset[str], ...]
    negated: tuple[int, ...]
    """Whether wording `i` negates: 0 or 1."""
    siblings: tuple[int, ...]
    """How many wordings the criterion of wording `i` has."""
    flags: NDArray[np.bool_]
    """Whether wording `i` belongs to a red flag."""


@dataclass(frozen=True)
class Units:
    """Statements of an answer and pairs of neighbours; `members[i]` are the statements of unit `i`."""

    members: tuple[tuple[int, ...], ...]
    vectors: Vectors
    words: tuple[tuple[str, ...], ...]
    stems: tuple[frozenset[str], ...]


@dataclass(frozen=True)
class Asked:
    """The question (and whatever else the candidate was shown) as vectors and stems."""

    vectors: Vectors
    stems: frozenset[str]


@dataclass(frozen=True)
class Compared:
    """`values[i]` are the features of wording `i` in the order of FEATURES; `unit[i]` is its best unit."""

    values: Floats
    unit: NDArray[np.intp]


def plain_wording(text: str) -> str:
    """A criterion's text without the grader's verb: "Says that x holds" becomes "x holds"."""
    return _VOICE.sub("", text, count=1) or text


def read_wordings(criteria: Sequence[Criterion], embedder: Embedder) -> Wordings:
    """The wordings of criteria, embedded."""
    texts: list[str] = []
    owner: list[int] = []
    for place, criterion in enumerate(criteria):
        for text in (plain_wording(criterion.text), *criterion.shows):
            texts.append(text)
            owner.append(place)
    places = np.array(owner, dtype=np.intp)
    words = tuple(tuple(tokens(text)) for text in texts)
    return Wordings(
        tuple(texts),
        places,
        embedder.embed_passages(texts),
        tuple(tuple(dict.fromkeys(stem(word) for word in content_words(text))) for text in texts),
        words,
        tuple(numbers(text) for text in texts),
        tuple(negations(own) % 2 for own in words),
        tuple(owner.count(place) for place in owner),
        np.array([criterion.kind is Kind.RED_FLAG for criterion in criteria])[places],
    )


def read_question(shown: Sequence[str], embedder: Embedder) -> Asked:
    """What the candidate was shown, statement by statement."""
    texts = [s.text for text in shown for s in split_sentences(text) if any(c.isalnum() for c in s.text)]
    texts = texts or ["?"]
    words = frozenset(stem(word) for text in texts for word in content_words(text))
    return Asked(embedder.embed_passages(texts), words)


def read_answer(sentences: Sequence[str], embedder: Embedder) -> Units:
    """An answer's statements with their neighbours. A pair's vector is the mean of both, weighted by words."""
    single = embedder.embed_passages(list(sentences))
    weights = np.array([max(1, len(tokens(text))) for text in sentences], dtype=np.float32)
    members: list[tuple[int, ...]] = [(i,) for i in range(len(sentences))]
    vectors = [single]
    if len(sentences) > 1:
        members += [(i, i + 1) for i in range(len(sentences) - 1)]
        both = single[:-1] * weights[:-1, None] + single[1:] * weights[1:, None]
        vectors.append(both / np.maximum(np.linalg.norm(both, axis=1, keepdims=True), 1e-9))
    words = [tuple(tokens(text)) for text in sentences]
    stemmed = [frozenset(stem(word) for word in content_words(text)) for text in sentences]
    return Units(
        tuple(members),
        np.concatenate(vectors).astype(np.float32),
        tuple(sum((words[i] for i in group), ()) for group in members),
        tuple(frozenset().union(*(stemmed[i] for i in group)) for group in members),
    )


def with_substance(
    sentences: Sequence[str], wordings: Wordings, asked: Asked, embedder: Embedder, background: Background
) -> list[int]:
    """The places of the statements that are no empty talk; all of them where there are no others."""
    said = background.centred(embedder.embed_passages(list(sentences)))
    wanted = np.concatenate([background.centred(part.vectors) for part in (wordings, asked)])
    nearest = _cosines(said, wanted).max(axis=1)
    talk = np.round(background.likeness_to_talk(said).astype(np.float64), 4)
    kept = np.flatnonzero(nearest >= np.minimum(talk, ABOUT_FROM))
    return kept.tolist() or list(range(len(sentences)))


def compare(
    wordings: Wordings, units: Units, asked: Asked, background: Background, reference: str | None = None
) -> Compared:
    """The features of every wording against the answer."""
    said, wanted, shown = (background.centred(part.vectors) for part in (units, wordings, asked))
    cosine = _cosines(wanted, said)
    beyond = _cosines(_beyond(wanted, shown), _beyond(said, shown))
    given = _cosines(wanted, shown).max(axis=1)
    asked_for = _cosines(said, shown)
    words = _WordMatch.of(wordings, units, asked, background)
    # Of two units that say the same the shorter one wins, because it is the evidence.
    size = np.array([0.01 * len(group) for group in units.members])
    unit = np.argmax(cosine + 0.3 * words.coverage - size, axis=1)
    rows = np.arange(len(unit))
    figures_said = _numbers(frozenset().union(*units.stems))
    negated = [negations(words) % 2 for words in units.words]
    values = np.zeros((len(unit), len(FEATURES)))
    column = {name: place for place, name in enumerate(FEATURES)}
    values[:, column["similarity"]] = cosine.max(axis=1)
    values[:, column["beyond_question"]] = beyond.max(axis=1)
    values[:, column["coverage"]] = words.coverage.max(axis=1)
    values[:, column["coverage_all"]] = words.coverage_all
    values[:, column["matched"]] = np.log1p(words.matched[rows, unit])
    values[:, column["margin"]] = _margin(cosine, wordings, unit)
    values[:, column["given"]] = given
    values[:, column["echo"]] = asked_for.max(axis=1)[unit]
    values[:, column["topic_question"]] = asked_for.max(axis=0).mean()
    for i, figures in enumerate(wordings.figures):
        there = units.words[unit[i]]
        missing = len(figures - figures_said) / len(figures) if figures else 0.0
        values[i, column["numbers_missing"]] = missing
        values[i, column["polarity"]] = float(negated[unit[i]] != wordings.negated[i])
        values[i, column["opposite"]] = float(has_opposites(wordings.words[i], there))
        values[i, column["wording_length"]] = math.log1p(len(wordings.stems[i]))
        values[i, column["wordings"]] = math.log(wordings.siblings[i])
    values[:, column["from_reference"]] = _from_reference(wordings, reference or "")
    _add_topic(values, column, wordings)
    single = [place for place, group in enumerate(units.members) if len(group) == 1]
    nearest = np.maximum(cosine.max(axis=0), asked_for.max(axis=1))[single]
    values[:, column["statements"]] = math.log1p(float(np.clip((nearest - 0.05) / 0.25, 0, 1).sum()))
    return Compared(np.round(values, 4), unit.astype(np.intp))


def _from_reference(wordings: Wordings, reference: str) -> Floats:
    """Whether each wording's criterion stands word for word in the reference."""
    known = bare(reference)
    first = {
        int(owner): text for owner, text in reversed(list(zip(wordings.owner, wordings.texts, strict=True)))
    }
    stated = {owner: bare(text).strip() in known for owner, text in first.items()}
    return np.array([float(stated[int(owner)]) for owner in wordings.owner])


def _add_topic(values: Floats, column: dict[str, int], wordings: Wordings) -> None:
    """How near the whole answer is to what the rubric is about, faults aside."""
    wanted = np.flatnonzero(~wordings.flags)
    owners = np.unique(wordings.owner[wanted])
    best: dict[str, Floats] = {}
    for name in ("similarity", "coverage_all"):
        figures = values[:, column[name]]
        best[name] = np.array([figures[wanted][wordings.owner[wanted] == owner].max() for owner in owners])
    values[:, column["topic_best"]] = np.sort(best["similarity"])[-TOPIC_BEST:].mean()
    values[:, column["topic_similarity"]] = best["similarity"].mean()
    values[:, column["topic_coverage"]] = best["coverage_all"].mean()


def _margin(cosine: Floats, wordings: Wordings, unit: NDArray[np.intp]) -> Floats:
    """Cosine of the best unit with the wording, minus its mean best cosine with the other criteria."""
    owners = np.unique(wordings.owner)
    by_criterion = np.stack([cosine[wordings.owner == owner].max(axis=0) for owner in owners])
    place = np.searchsorted(owners, wordings.owner)
    if len(owners) == 1:
        return np.zeros(len(unit))
    others = (by_criterion.sum(axis=0)[unit] - by_criterion[place, unit]) / (len(owners) - 1)
    return np.asarray(cosine[np.arange(len(unit)), unit] - others)


@dataclass(frozen=True)
class _WordMatch:
    """Shares and weights of the wordings' words that are found: by unit (`(wordings, units)`) and in all."""

    coverage: Floats
    coverage_all: Floats
    matched: Floats

    @staticmethod
    def of(wordings: Wordings, units: Units, asked: Asked, background: Background) -> _WordMatch:
        vocabulary = {word: place for place, word in enumerate(sorted(set().union(*wordings.stems)))}
        everything = frozenset().union(*units.stems)
        weight = _stem_weights(wordings, asked, background)
        by_initial: dict[str, list[str]] = {}
        for word in everything:
            by_initial.setdefault(word[0], []).append(word)
        there = np.zeros((len(units.stems), len(vocabulary)))
        for word, place in vocabulary.items():
            forms = _found(word, everything, by_initial.get(word[0], ()))
            if forms:
                there[:, place] = [not forms.isdisjoint(here) for here in units.stems]
        wanted = np.zeros((len(wordings.texts), len(vocabulary)))
        for i, words in enumerate(wordings.stems):
            for word in words:
                wanted[i, vocabulary[word]] = weight[word]
        matched = wanted @ there.T
        total = np.maximum(wanted.sum(axis=1), 1e-9)
        return _WordMatch(matched / total[:, None], wanted @ there.max(axis=0) / total, matched)


def _cosines(one: Vectors, other: Vectors) -> Floats:
    """Cosines, rounded: what lies behind the fourth decimal is the arithmetic's, not the text's."""
    return np.round(one.astype(np.float64) @ other.astype(np.float64).T, 4)


def _beyond(vectors: Vectors, asked: Vectors) -> Vectors:
    """Vectors with the question's mean direction taken out, of length 1."""
    direction = asked.mean(axis=0)
    direction = direction / max(float(np.linalg.norm(direction)), 1e-9)
    rest = vectors - np.outer(vectors @ direction, direction)
    return np.asarray(rest / np.maximum(np.linalg.norm(rest, axis=1, keepdims=True), 1e-6), dtype=np.float32)


def _stem_weights(wordings: Wordings, asked: Asked, background: Background) -> dict[str, float]:
    """A word counts for less if the domain is full of it, if the question has it, or if many criteria do."""
    owners: dict[str, set[int]] = {}
    for place, words in zip(wordings.owner, wordings.stems, strict=True):
        for word in words:
            owners.setdefault(word, set()).add(int(place))
    criteria = int(wordings.owner.max()) + 1
    return {
        word: background.weight(word)
        * (math.log(1 + criteria / len(places)) / math.log(1 + criteria))
        * (QUESTION_WORD_WEIGHT if word in asked.stems else 1.0)
        for word, places in owners.items()
    }


def _numbers(words: frozenset[str]) -> frozenset[str]:
    return frozenset(word.replace(",", "") for word in words if word[0].isdigit())


def _found(word: str, said: frozenset[str], same_initial: Iterable[str]) -> frozenset[str]:
    """The stems of the answer that are this one, allowing for a slip of the pen in longer words."""
    if word in said:
        return frozenset((word,))
    if len(word) < FUZZY_STEM:
        return frozenset()
    return frozenset(
        other
        for other in same_initial
        if abs(len(other) - len(word)) <= 3
        and len(other) >= FUZZY_STEM - 1
        and _dice(word, other) >= FUZZY_DICE
    )


def _dice(one: str, other: str) -> float:
    first, second = _pairs(one), _pairs(other)
    return 2 * len(first & second) / (len(first) + len(second))


# A word's pairs take a kilobyte.
@lru_cache(maxsize=2**12)
def _pairs(word: str) -> frozenset[str]:
    return frozenset(word[i : i + 2] for i in range(len(word) - 1))
