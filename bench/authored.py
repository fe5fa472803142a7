"""Answers made from the question bank itself, whose right verdicts are known by how they were made.

This is authored data, written by the authors of the bank and put together by rules; no human graded it. Every answer
belongs to one question, and folds are dealt by question.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.grading import FOLDS, SEED, negated, shuffled
from bench.padding import FITTED, padded
from corpus import Question
from interviewer.judge.derive import rubric_from_reference
from interviewer.judge.protocol import AnswerToJudge
from interviewer.judge.sentences import split_sentences
from interviewer.packs import RolePack
from retrieval import Embedder
from rubrics import Kind, Rubric

# The questions whose answers the judge is fitted with: the bank's first edition. It never sees the others.
FITTED_QUESTIONS = Path(__file__).parent / "fitted_questions.txt"
MET, MISSING, UNKNOWN = 1.0, 0.0, float("nan")
COMPOSED = 4
PADDED, PADDED_DROPPED = 2, 2
SAME_CATEGORY, OTHER_CATEGORY = 4, 2
DROPPED_SENTENCES = 2


@dataclass(frozen=True)
class Authored:
    """An answer to a bank question; `labels[i]` is the credit of the rubric's criterion `i`, NaN where unknown."""

    question_id: str
    item: AnswerToJudge
    labels: tuple[float, ...]
    kind: str


def fitted_questions(role: RolePack) -> frozenset[str]:
    """Ids of the questions that are fitted with. Raises ValueError for one that the bank has lost."""
    ids = frozenset(FITTED_QUESTIONS.read_text(encoding="utf-8").split())
    if gone := ids - set(role.rubrics):
        raise ValueError(f"{FITTED_QUESTIONS.name} names {sorted(gone)[0]!r}, which is not in the bank")
    return ids


def bank_folds(role: RolePack) -> dict[str, int]:
    """Question id -> fold 0..9, shuffled with the seed and dealt out; those that are not fitted with come after."""
    fitted = fitted_questions(role)
    questions = sorted(fitted)
    random.Random(SEED).shuffle(questions)
    questions += sorted(set(role.rubrics) - fitted)
    return {question: place % FOLDS for place, question in enumerate(questions)}


def authored(role: RolePack, embedder: Embedder) -> list[Authored]:
    """All answers made from the questions that are fitted with, in the order of the bank."""
    fitted = fitted_questions(role)
    questions = [question for question in role.pack.questions if question.id in fitted]
    return [
        made
        for question in questions
        for made in _Maker(question, role.rubrics[question.id], questions, role, embedder).all()
    ]


def statements(text: str) -> list[str]:
    """The statements of a text, line breaks inside them closed."""
    return [" ".join(s.text.split()) for s in split_sentences(text) if any(c.isalnum() for c in s.text)]


def spoken(phrases: Sequence[str]) -> str:
    """Phrases as an answer: each with a capital and a full stop."""
    return " ".join(f"{p[:1].upper()}{p[1:]}{'' if p[-1] in '.!?' else '.'}" for p in phrases)


class _Maker:
    """The answers of one question."""

    def __init__(
        self,
        question: Question,
        rubric: Rubric,
        questions: Sequence[Question],
        role: RolePack,
        embedder: Embedder,
    ) -> None:
        self._question = question
        self._rubric = rubric
        self._role = role
        self._embedder = embedder
        self._chance = random.Random(f"{SEED}:{question.id}")
        self._padding = random.Random(f"{SEED}:{question.id}:padding")
        self._same = [q for q in questions if q.category == question.category and q.id != question.id]
        self._far = [q for q in questions if q.category != question.category]
        self._said = statements(question.model_answer)

    def all(self) -> Iterator[Authored]:
        yield from self._shows()
        yield from self._composed()
        yield from self._model_answers()
        yield from self._dropped()
        yield from self._padded()
        yield from self._off_target()
        yield from self._derived()

    def _made(self, answer: str, rubric: Rubric, labels: Sequence[float], kind: str) -> Authored:
        item = AnswerToJudge(
            question=self._question.prompt,
            answer=answer,
            rubric=rubric,
            reference=self._question.model_answer,
        )
        return Authored(self._question.id, item, tuple(labels), kind)

    def _only(self, places: Sequence[int]) -> list[float]:
        return [MET if place in places else MISSING for place in range(len(self._rubric.criteria))]

    def _shows(self) -> Iterator[Authored]:
        """One phrase that shows a criterion and is taken out of its wordings; and the phrase turned round."""
        for place, criterion in enumerate(self._rubric.criteria):
            for phrase in criterion.shows:
                rest = self._without({place: phrase})
                yield self._made(spoken([phrase]), rest, self._only([place]), "show")
                if criterion.kind is not Kind.RED_FLAG:
                    turned = [UNKNOWN] * len(self._rubric.criteria)
                    turned[place] = MISSING
                    yield self._made(negated(spoken([phrase])), rest, turned, "negated")
            if criterion.shows:
                phrase = self._chance.choice(criterion.shows)
                yield self._made(spoken([phrase]), self._bare(), self._only([place]), "show_bare")

    def _composed(self) -> Iterator[Authored]:
        """Held-out phrases of several criteria in one answer, every second one among sentences of another answer."""
        places = [i for i, c in enumerate(self._rubric.criteria) if c.kind is not Kind.RED_FLAG and c.shows]
        for turn in range(COMPOSED):
            chosen = self._chance.sample(places, self._chance.randint(2, max(2, len(places) - 1)))
            phrases = {i: self._chance.choice(self._rubric.criteria[i].shows) for i in chosen}
            said = list(phrases.values())
            if turn % 2 and self._far:
                said += self._chance.sample(statements(self._chance.choice(self._far).model_answer), 3)
            self._chance.shuffle(said)
            rubric = self._bare() if turn == COMPOSED - 1 else self._without(phrases)
            yield self._made(spoken(said), rubric, self._only(chosen), "composed")

    def _model_answers(self) -> Iterator[Authored]:
        """The model answer: against the rubric, without each criterion's nearest phrase, and without any."""
        labels = [
            {Kind.REQUIRED: MET, Kind.BONUS: UNKNOWN, Kind.RED_FLAG: MISSING}[c.kind]
            for c in self._rubric.criteria
        ]
        answer = self._question.model_answer
        nearest = {
            place: criterion.shows[int(self._near(criterion.shows).argmax())]
            for place, criterion in enumerate(self._rubric.criteria)
            if criterion.shows
        }
        for rubric in (self._rubric, self._without(nearest), self._bare()):
            yield self._made(answer, rubric, labels, "model_answer")
        yield self._made(shuffled(answer, self._chance), self._rubric, self._only([]), "shuffled")

    def _dropped(self) -> Iterator[Authored]:
        """The model answer without the sentences nearest to one criterion: that one is missing."""
        for place in self._droppable():
            yield self._made(" ".join(self._left_without(place)), *self._missing(place), "dropped")

    def _padded(self) -> Iterator[Authored]:
        """Empty talk alone, and between the phrases of several criteria and what is left of a model answer."""
        yield self._made(padded((), FITTED, self._padding), self._rubric, self._only([]), "padding")
        alone = " ".join(self._padding.sample(FITTED, self._padding.randint(3, 8)))
        yield self._made(alone, self._rubric, self._only([]), "padding")
        places = [i for i, c in enumerate(self._rubric.criteria) if c.kind is not Kind.RED_FLAG and c.shows]
        for turn in range(PADDED):
            chosen = self._padding.sample(places, self._padding.randint(1, max(1, len(places) - 1)))
            phrases = {i: self._padding.choice(self._rubric.criteria[i].shows) for i in chosen}
            said = padded([spoken([phrase]) for phrase in phrases.values()], FITTED, self._padding)
            rubric = self._without(phrases) if turn % 2 else self._bare()
            yield self._made(said, rubric, self._only(chosen), "padded")
        droppable = self._droppable()
        for place in self._padding.sample(droppable, min(PADDED_DROPPED, len(droppable))):
            said = padded(self._left_without(place), FITTED, self._padding)
            yield self._made(said, *self._missing(place), "padded_dropped")

    def _droppable(self) -> list[int]:
        if len(self._said) <= DROPPED_SENTENCES + 1:
            return []
        return [i for i, c in enumerate(self._rubric.criteria) if c.kind is not Kind.RED_FLAG]

    def _left_without(self, place: int) -> list[str]:
        """The model answer's statements without those nearest to a criterion."""
        criterion = self._rubric.criteria[place]
        near = self._near((criterion.text, *criterion.shows), by_sentence=True)
        gone = set(np.argsort(-near, kind="stable")[:DROPPED_SENTENCES].tolist())
        return [text for index, text in enumerate(self._said) if index not in gone]

    def _missing(self, place: int) -> tuple[Rubric, list[float]]:
        """The rubric, and labels that know of one criterion only, that it is missing."""
        labels = [UNKNOWN] * len(self._rubric.criteria)
        labels[place] = MISSING
        return self._rubric, labels

    def _off_target(self) -> Iterator[Authored]:
        """Answers to other questions, and the wrong answer to this one."""
        nothing = self._only([])
        near = self._chance.sample(self._same, min(SAME_CATEGORY, len(self._same)))
        far = self._chance.sample(self._far, min(OTHER_CATEGORY, len(self._far)))
        for place, other in enumerate([*near, *far]):
            kind = "same_category" if other.category == self._question.category else "other_category"
            rubric = self._bare() if place % 2 else self._rubric
            yield self._made(other.model_answer, rubric, nothing, kind)
            criteria = self._role.rubrics[other.id].criteria
            phrases = [self._chance.choice(c.shows) for c in criteria if c.shows]
            few = self._chance.sample(phrases, min(len(phrases), self._chance.randint(1, 4)))
            yield self._made(spoken(few), self._rubric, nothing, f"{kind}_shows")
        wrong = [UNKNOWN if c.kind is Kind.RED_FLAG else MISSING for c in self._rubric.criteria]
        for rubric in (self._rubric, self._bare()):
            yield self._made(self._question.common_wrong_answer.text, rubric, wrong, "wrong")

    def _derived(self) -> Iterator[Authored]:
        """The same with criteria taken from the model answer, as in bulk scoring with a reference."""
        rubric = rubric_from_reference(self._question.model_answer)
        count = len(rubric.criteria)
        chosen = sorted(self._chance.sample(range(count), max(1, count // 2)))
        half = " ".join(rubric.criteria[i].text for i in chosen)
        some = [MET if i in chosen else MISSING for i in range(count)]
        yield self._made(self._question.model_answer, rubric, [MET] * count, "derived_model_answer")
        yield self._made(half, rubric, some, "derived_half")
        yield self._made(padded([half], FITTED, self._padding), rubric, some, "derived_half")
        for other in self._chance.sample(self._same, min(2, len(self._same))):
            yield self._made(other.model_answer, rubric, [MISSING] * count, "derived_same_category")
        far = self._chance.choice(self._far).model_answer
        yield self._made(far, rubric, [MISSING] * count, "derived_other_category")
        wrong = self._question.common_wrong_answer.text
        yield self._made(wrong, rubric, [MISSING] * count, "derived_wrong")

    def _without(self, phrases: Mapping[int, str]) -> Rubric:
        """The rubric without these phrases, and without one of every other criterion.

        Otherwise the number of wordings would give away which criteria are met.
        """
        gone = {
            place: self._chance.choice(c.shows) for place, c in enumerate(self._rubric.criteria) if c.shows
        }
        return self._keeping({**gone, **phrases})

    def _bare(self) -> Rubric:
        """The rubric without any phrases."""
        return self._keeping(None)

    def _keeping(self, gone: Mapping[int, str] | None) -> Rubric:
        criteria = tuple(
            c.model_copy(
                update={"shows": () if gone is None else tuple(p for p in c.shows if p != gone.get(place))}
            )
            for place, c in enumerate(self._rubric.criteria)
        )
        return self._rubric.model_copy(update={"criteria": criteria})

    def _near(self, texts: Sequence[str], by_sentence: bool = False) -> NDArray[np.float32]:
        """Best cosine of each text with the model answer's sentences, or of each sentence with the texts."""
        wanted = self._embedder.embed_passages(list(texts))
        cosine = wanted @ self._embedder.embed_passages(self._said).T
        return np.asarray(cosine.max(axis=0 if by_sentence else 1))
