"""What no model can overrule: an answer that says nothing, echoes, or talks to the grader.

A gate works on words alone and needs no embedder. It takes out what is no answer (injected text, echoes, "I don't
know", other languages), keeps the honest rest, and says what remains: something to score, nothing to score (score 0
with a flag), or something that cannot be judged (unscored).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from interviewer.judge.cleaning import CleanText, clean, hidden_text
from interviewer.judge.gibberish import is_keyboard_mash, is_salad, word_lists
from interviewer.judge.injection import injected_spans
from interviewer.judge.language import is_foreign
from interviewer.judge.protocol import AnswerToJudge
from interviewer.judge.sentences import Sentence, split_sentences
from interviewer.judge.words import NEGATORS, bare, content_words, stem, stems, token_spans, tokens
from rubrics import Evidence

MAX_ANSWER_CHARS = 24_000
SHORT_WORDS = 4
COPY_GRAM = 5
COPY_SHARE = 0.6
COPY_MIN_WORDS = 12
ECHO_GRAM = 3
# A run of this many words of the question is the question, however little content it has.
ECHO_WORDS = 4
ECHO_SHARE = 0.75

KEPT_RUBRICS = 256

# A stretch a little longer than a criterion that holds this share of its word triples repeats it.
WINDOW_SHARE = 0.7
WINDOW_SLACK = 1.25

ZERO_FLAGS = frozenset(
    {"empty", "dont_know", "gibberish", "question_echo", "rubric_echo", "off_topic", "injection", "word_list"}
)

# Words about answering, which say nothing about the subject.
_META = frozenset(
    stem(word)
    for word in [
        "question",
        "questions",
        "ask",
        "asks",
        "asked",
        "asking",
        "answer",
        "answers",
        "answering",
        "explain",
        "explanation",
        "describe",
        "description",
        "discuss",
        "tell",
        "walk",
        "talk",
        "topic",
        "subject",
        "interesting",
        "interest",
        "great",
        "repeat",
        "restate",
        "interview",
        "interviewer",
        "think",
        "thought",
        "sorry",
        "thanks",
        "hello",
        "okay",
        "ok",
        "um",
        "uh",
        "hmm",
        "honest",
        "honestly",
        "sir",
        "madam",
        "good",
        "consider",
        "important",
        "understand",
        "understood",
        "word",
        "words",
    ]
)

_DONT_KNOW = re.compile(
    r"""
    \b(?:i|we)\s+(?:really\s+|honestly\s+|just\s+|simply\s+|truly\s+|also\s+|actually\s+|still\s+)*
      (?:do\s*n[o']?t|don[’']?t|did\s*n[o']?t|didn[’']?t|can\s*no?t|can[’']?t|could\s*n[o']?t|couldn[’']?t|would\s*n[o']?t|wouldn[’']?t|have\s+no|haven[’']?t|have\s+not|am\s+not|was\s+not|never|had\s+no)\s+
      (?:really\s+|quite\s+|even\s+|exactly\s+|honestly\s+|actually\s+|at\s+all\s+|ever\s+|yet\s+|be\s+able\s+to\s+|currently\s+)*
      (?:know|remember|recall|understand|understood|sure|certain|aware|familiar|idea|clue|knowledge|experience|answer|say|tell|come\s+up|think\s+of
        |heard|hear|learned|learnt|studied|seen|worked|used|prepared|get\s+it|explain|help)
    | \b(?:i[’']?m|i\s+am|im|we[’']?re)\s+(?:really\s+|honestly\s+|just\s+|so\s+|very\s+|afraid\s+|sorry\s*,?\s*)*(?:not\s+(?:really\s+|quite\s+|very\s+|too\s+|entirely\s+|at\s+all\s+)*(?:sure|certain|familiar|aware|able|confident|prepared)|unsure|clueless|lost|stuck|unfamiliar|unable|blank|stumped|drawing\s+a\s+blank|uncertain)
    | \b(?:no|not\s+(?:a|the|any)|zero)\s+(?:\w+\s+)?(?:idea|clue|answer|response|comment|opinion|knowledge|thoughts?|experience)\b
    | \b(?:idk|dunno|i\s+dunno|donno|dont\s+know|don[’']?t\s+know|do\s+not\s+know|unknown\s+to\s+me|beats\s+me|search\s+me|no\s+one\s+knows|not\s+sure|unsure|haven[’']?t\s+a\s+clue|can[’']?t\s+say|hard\s+to\s+say|who\s+knows|god\s+knows)\b
    | \b(?:mind|memory|brain)\s+(?:is|went|has\s+gone|goes|just\s+went|is\s+totally)\s+(?:totally\s+|completely\s+)?blank\b
    | \b(?:i|we)\s+(?:give\s+up|pass|skip|forgot|forget|have\s+forgotten|draw\s+a\s+blank|drew\s+a\s+blank|would\s+(?:have\s+to\s+|need\s+to\s+|just\s+)?(?:guess|google|look\s+(?:it|this|that)\s+up|ask\s+(?:someone|somebody|chatgpt|a\s+colleague)|search\s+(?:for\s+)?(?:it|this|that|online)))\b
    | \b(?:next\s+question|skip\s+(?:this|it|the\s+question|please)|pass\s+on\s+(?:this|that|it)|let[’']?s\s+(?:move\s+on|skip)|move\s+on|another\s+question|out\s+of\s+my\s+depth|above\s+my\s+pay\s*grade|over\s+my\s+head|not\s+my\s+(?:area|field|strong\s+suit)|new\s+to\s+me|escapes\s+me|slipped\s+my\s+mind)\b
    | \b(?:never\s+heard|no\s+clue|need\s+to\s+look\s+(?:it|this|that)\s+up|have\s+to\s+look\s+(?:it|this|that)\s+up)\b
    | ^\W*+(?:pass|skip|n/?a|none|nothing|nope|no|next|no\s+answer|no\s+response|not\s+applicable|blank|tbd|todo|sorry|help)\W*+$
    """,
    re.IGNORECASE | re.VERBOSE,
)
_DONT_KNOW_STEMS = frozenset(
    stem(word)
    for word in [
        "know",
        "remember",
        "recall",
        "understand",
        "sure",
        "certain",
        "aware",
        "familiar",
        "idea",
        "clue",
        "knowledge",
        "experience",
        "answer",
        "say",
        "tell",
        "heard",
        "hear",
        "learned",
        "studied",
        "seen",
        "worked",
        "prepared",
        "explain",
        "help",
        "idk",
        "dunno",
        "unsure",
        "blank",
        "mind",
        "memory",
        "guess",
        "google",
        "look",
        "ask",
        "search",
        "pass",
        "skip",
        "forget",
        "forgot",
        "next",
        "move",
        "sorry",
        "afraid",
        "honest",
        "honestly",
        "moment",
        "detail",
        "details",
        "specifics",
        "exactly",
        "specific",
        "right",
        "head",
        "lost",
        "stuck",
        "stumped",
        "unable",
        "unfamiliar",
        "prepare",
        "topic",
        "area",
        "question",
        "knows",
        "give",
        "drawing",
        "draw",
        "concept",
        "subject",
        "thing",
        "bit",
        "fully",
        "enough",
        "come",
        "comfortable",
        "confident",
    ]
)


@dataclass(frozen=True)
class Gated:
    """What is left of an answer. `zero` and `unscored` exclude each other; with neither the sentences are scored."""

    text: CleanText
    sentences: tuple[Sentence, ...]
    flags: tuple[str, ...]
    zero: bool = False
    unscored: str | None = None

    def evidence(self, answer: str, start: int, end: int) -> Evidence:
        """A span of the cleaned text as evidence in the answer as given."""
        first, last = self.text.span(start, end)
        return Evidence(first, last, answer[first:last])


def gate(item: AnswerToJudge) -> Gated:
    """Take out what is no answer, and say whether the rest can be scored."""
    flags: list[str] = []
    answer = item.answer
    if len(answer) > MAX_ANSWER_CHARS:
        answer = answer[:MAX_ANSWER_CHARS]
        flags.append("too_long")
    shown_stems = {s for shown_text in (item.question, *item.asides) for s in stems(shown_text)}
    vocabulary = shown_stems | _rubric_stems(item)
    text, spans = _with_injected(clean(answer), vocabulary)
    hidden = hidden_text(answer)
    if spans or (hidden and injected_spans(hidden)):
        flags.append("injection")
        text = text.without(spans)
    pasted = _pasted_criteria(item, text.text, vocabulary)
    if pasted:
        flags.append("rubric_echo")
        text = text.without(pasted)
    if not any(c.isalnum() for c in text.text):
        empty = () if {"injection", "rubric_echo"} & set(flags) else ("empty",)
        return Gated(text, (), (*flags, *empty), zero=True)
    said = [s for s in split_sentences(text.text) if any(c.isalnum() for c in s.text)]
    spoken = [s for s in said if not is_foreign(s.text)]
    if not spoken:
        reason = "The answer is not in English, the only language that the embedded judge reads."
        return Gated(text, (), (*flags, "unsupported_language"), unscored=reason)
    if len(spoken) < len(said):
        flags.append("mixed_language")
    return _judge_words(item, text, spoken, flags, shown_stems, vocabulary)


def _with_injected(text: CleanText, about: set[str]) -> tuple[CleanText, list[tuple[int, int]]]:
    """Where a text addresses the grader; decoded, if it does so in more places then."""
    spans = injected_spans(text, about)
    decoded = text.revealed()
    if decoded.text == text.text:
        return text, spans
    found = injected_spans(decoded, about)
    places = [{t.origin[i] for span in s for i in range(*span)} for t, s in ((text, spans), (decoded, found))]
    return (decoded, found) if places[1] - places[0] else (text, spans)


def _judge_words(
    item: AnswerToJudge,
    text: CleanText,
    said: list[Sentence],
    flags: list[str],
    shown_stems: set[str],
    vocabulary: set[str],
) -> Gated:
    shown = [item.question, *item.asides]
    whole = " ".join(s.text for s in said)
    if is_keyboard_mash(whole, vocabulary):
        return Gated(text, (), (*flags, "gibberish"), zero=True)
    copied = rubric_echoes(item, said)
    lists = word_lists([s.text for s in said])
    kept: list[Sentence] = []
    dropped: set[str] = set()
    for place, sentence in enumerate(said):
        reason = (
            "rubric_echo"
            if sentence.index in copied
            else "word_list"
            if place in lists
            else "dont_know"
            if says_dont_know(sentence.text, shown_stems)
            else "question_echo"
            if is_echo(sentence.text, shown, shown_stems)
            else None
        )
        if reason is None:
            kept.append(sentence)
        else:
            dropped.add(reason)
    if "rubric_echo" in flags:
        dropped.add("rubric_echo")
    elif "rubric_echo" in dropped:
        flags.append("rubric_echo")
    if "word_list" in dropped:
        flags.append("word_list")
    if dropped and not any(_says_something(s.text) for s in kept):
        for reason in ("dont_know", "question_echo"):
            if reason in dropped and not (reason == "question_echo" and "dont_know" in dropped):
                flags.append(reason)
        return Gated(text, (), tuple(flags), zero=True)
    # Questions have an order of their own, so echoes are out before the order of words is looked at.
    if is_salad([s.text for s in kept]):
        return Gated(text, (), (*flags, "gibberish"), zero=True)
    if sum(len(tokens(s.text)) for s in kept) < SHORT_WORDS:
        flags.append("too_short")
    if item.reference and is_copy(whole, item.reference):
        flags.append("model_answer_copy")
    return Gated(text, tuple(kept), tuple(flags))


def _rubric_stems(item: AnswerToJudge) -> frozenset[str]:
    texts = (t for c in item.rubric.criteria for t in (c.text, *c.shows))
    return _stems_of((*texts, item.reference or ""))


# The same for every answer to a question.
@lru_cache(maxsize=KEPT_RUBRICS)
def _stems_of(texts: tuple[str, ...]) -> frozenset[str]:
    return frozenset(s for text in texts for s in stems(text))


def _says_something(text: str) -> bool:
    """Whether any word is left that could be about the subject."""
    words = set(stems(text)) - _META
    return bool(words) or any(word in ("yes", "no") or word in NEGATORS for word in tokens(text))


def says_dont_know(text: str, shown: Iterable[str] = ()) -> bool:
    """Whether a sentence says "I don't know" and nothing more than what was asked."""
    if not _DONT_KNOW.search(text):
        return False
    novel = set(stems(text)) - set(shown) - _DONT_KNOW_STEMS - _META
    return len(novel) <= 1 or (len(novel) <= 3 and not re.search(r"\bbut\b|[,;]", text))


def is_echo(text: str, shown: Sequence[str], shown_stems: set[str]) -> bool:
    """Whether a sentence only hands back words that the candidate was shown."""
    words = [stem(word) for word in content_words(text)]
    spoken = f" {' '.join(tokens(text))} "
    if spoken.count(" ") > ECHO_WORDS and any(spoken in f" {' '.join(tokens(t))} " for t in shown):
        return True
    about = [word for word in words if word not in _META]
    if not about:
        return bool(words) and not _turns(text, shown)
    novel = [word for word in about if word not in shown_stems]
    if len(about) >= 3 and not novel:
        return not _turns(text, shown)
    grams = _grams(tokens(text), ECHO_GRAM)
    if len(grams) < 4 or len(novel) > 0.2 * len(about):
        return False
    known = {gram for shown_text in shown for gram in _grams(tokens(shown_text), ECHO_GRAM)}
    return len(grams & known) >= ECHO_SHARE * len(grams)


def _turns(text: str, shown: Sequence[str]) -> bool:
    """Whether a sentence says yes or no to what was asked, which is an answer though its words are not new."""
    words = tokens(text)
    asked = {word for shown_text in shown for word in tokens(shown_text)}
    return words[:1] in (["yes"], ["no"]) or any(
        (word in NEGATORS or word.endswith("n't")) and word not in asked for word in words
    )


def rubric_echoes(item: AnswerToJudge, said: Sequence[Sentence]) -> set[int]:
    """Indices of sentences that copy the rubric's own wording.

    Criteria taken from the reference answer are no rubric wording. A criterion in the grader's voice ("Says that …")
    is copied by a sentence that keeps the verb; a plain statement might be anybody's, so only several copied ones
    that make up half of the answer count.
    """
    wordings = _wordings(item)
    voiced: set[int] = set()
    plain: dict[int, str] = {}
    for sentence in said:
        words = tokens(sentence.text)
        grams = _grams(words, ECHO_GRAM)
        if len(words) < 5:
            continue
        for wording in wordings:
            if len(grams & wording.grams) < ECHO_SHARE * len(grams):
                continue
            plain[sentence.index] = wording.criterion_id
            if wording.voice and wording.voice in words[:4]:
                voiced.add(sentence.index)
    many = len(set(plain.values()))
    if many >= max(2, min(3, len(item.rubric.criteria))) and len(plain) * 2 >= len(said):
        return set(plain) | voiced
    return voiced


@dataclass(frozen=True)
class _Wording:
    """What the rubric says of a criterion: the grader's verb ("" without one), the number of words, runs of them."""

    criterion_id: str
    voice: str
    length: int
    grams: frozenset[tuple[str, ...]]


def _wordings(item: AnswerToJudge) -> tuple[_Wording, ...]:
    """What the rubric says in words of its own, not in the reference's."""
    said = tuple((c.id, wording) for c in item.rubric.criteria for wording in (c.text, c.partial or ""))
    return _own_wordings(said, item.reference or "")


# The same for every answer to a question.
@lru_cache(maxsize=KEPT_RUBRICS)
def _own_wordings(said: tuple[tuple[str, str], ...], reference: str) -> tuple[_Wording, ...]:
    there = bare(reference)
    found: list[_Wording] = []
    for criterion_id, wording in said:
        words = tokens(wording)
        if words and bare(wording).strip() not in there:
            voice = words[0] if is_grader_voice(wording) else ""
            found.append(_Wording(criterion_id, voice, len(words), frozenset(_grams(words, ECHO_GRAM))))
    return tuple(found)


def _pasted_criteria(item: AnswerToJudge, text: str, subject: set[str]) -> list[tuple[int, int]]:
    """Stretches that repeat a criterion with the grader's verb, wherever sentences begin and end.

    A sentence of which the rest has no word of the subject goes as a whole.
    """
    spans = token_spans(text)
    words = tokens(text)
    starts: dict[tuple[str, ...], list[int]] = {}
    for place in range(len(words) - ECHO_GRAM + 1):
        starts.setdefault(tuple(words[place : place + ECHO_GRAM]), []).append(place)
    pasted: set[int] = set()
    plain: set[int] = set()
    for wording in _wordings(item):
        if len(wording.grams) < ECHO_GRAM:
            continue
        hits = sorted((place, gram) for gram in wording.grams & starts.keys() for place in starts[gram])
        for first, last in _dense(hits, len(wording.grams), round(WINDOW_SLACK * wording.length)):
            if not wording.voice:
                plain.update(range(first, last + ECHO_GRAM))
            elif wording.voice in words[max(0, first - 1) : last + ECHO_GRAM]:
                pasted.update(range(first, last + ECHO_GRAM))
    if not pasted:
        return []
    # A plain statement might be anybody's, but not beside the grader's.
    pasted |= plain
    cut: list[tuple[int, int]] = []
    begins = [start for start, _ in spans]
    for sentence in split_sentences(text):
        inside = range(bisect_left(begins, sentence.start), bisect_left(begins, sentence.end))
        taken = [i for i in inside if i in pasted]
        if not taken:
            continue
        rest = " ".join(words[i] for i in inside if i not in pasted)
        if subject.isdisjoint(set(stems(rest)) - _META):
            cut.append((sentence.start, sentence.end))
        else:
            cut += [(spans[run[0]][0], spans[run[-1]][1]) for run in _runs(taken)]
    return cut


def _dense(hits: Sequence[tuple[int, object]], of: int, width: int) -> Iterator[tuple[int, int]]:
    """First and last place of the windows of `width` in which WINDOW_SHARE of `of` different things are hit."""
    seen: Counter[object] = Counter()
    first = 0
    for place, thing in hits:
        seen[thing] += 1
        while place - hits[first][0] >= width:
            seen[hits[first][1]] -= 1
            first += 1
        if sum(count > 0 for count in seen.values()) >= WINDOW_SHARE * of:
            yield hits[first][0], place


def _runs(places: Sequence[int]) -> Iterator[list[int]]:
    """Sorted numbers in groups without gaps."""
    run: list[int] = []
    for place in places:
        if run and place != run[-1] + 1:
            yield run
            run = []
        run.append(place)
    if run:
        yield run


def is_grader_voice(wording: str) -> bool:
    """Whether a criterion's wording starts with a verb in the third person, as graders write."""
    first = wording.split()[0]
    return bool(re.fullmatch(r"[A-Z][a-z]+s|Does|Has|Is", first)) and not first.lower().endswith("ss")


def is_copy(text: str, reference: str) -> bool:
    """Whether most of a text stands word for word in the reference."""
    words = tokens(text)
    if len(words) < COPY_MIN_WORDS:
        return tokens(reference) == words
    grams = _grams(words, COPY_GRAM)
    return len(grams & _reference_grams(reference)) >= COPY_SHARE * len(grams)


# The same for every answer to a question.
@lru_cache(maxsize=KEPT_RUBRICS)
def _reference_grams(reference: str) -> frozenset[tuple[str, ...]]:
    return frozenset(_grams(tokens(reference), COPY_GRAM))


def _grams(words: Sequence[str], size: int) -> set[tuple[str, ...]]:
    size = min(size, max(1, len(words)))
    return {tuple(words[i : i + size]) for i in range(len(words) - size + 1)} if words else set()
