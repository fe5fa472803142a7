"""The model judge: verdicts and evidence from what a language model chooses between, never from what it writes.

For every criterion, all in parallel, the model is asked twice for one token. A digit 0-4 says how far the criterion is
met (for a red flag: whether the fault is there); its expected value over the digits' probabilities, divided by 4, is
the credit. A letter names the part of the answer that shows it; code takes the span from there, so that a quote cannot
be invented. Prompts are in the order instructions, question, criterion, answer, which small models need.

Probabilities of verdicts come from the digits by linear interpolation: 4 is met, 2 is partial, 0 is missing, and 1 and
3 lie half way between their neighbours. So met + 0.5 x partial is the credit. `contradicted` is not asked for.

Nothing is calibrated. Injected text, echoes and "I don't know" are out before the model sees an answer; with an embedder,
statements about grading (`grader_talk`) too.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from interviewer.computing import computed
from interviewer.judge.cleaning import CleanText
from interviewer.judge.embedded import MET_FROM, PARTIAL_FROM
from interviewer.judge.gates import Gated, gate
from interviewer.judge.grader_talk import without_grader_talk
from interviewer.judge.protocol import AnswerToJudge
from interviewer.judge.sentences import Sentence
from interviewer.judge.targets import restrict
from interviewer.llm.errors import ContextTooLong, ModelGarbled
from interviewer.llm.protocol import ChatModel, Choice
from interviewer.prompts import clip, joint_sha256, load_prompt
from retrieval import Embedder, EmbedderError
from rubrics import (
    Assessment,
    Criterion,
    CriterionAssessment,
    Evidence,
    JudgeRecord,
    Kind,
    Verdict,
    band_of,
    capped_band,
    score_credits,
)

T = TypeVar("T")

POINT, FAULT, EVIDENCE = "judge_point", "judge_fault", "judge_evidence"
PROMPT_IDS = (POINT, FAULT, EVIDENCE)
DIGITS = "01234"
TOP = len(DIGITS) - 1
# Servers list the 20 likeliest tokens. I and O are left out: they look like 1 and 0, and "I" begins sentences.
PART_LABELS = "ABCDEFGHJKLMNPQRST"
NO_PART = "Z"
# A part is evidence unless the model thinks it likelier than not that no part is.
MAX_NO_PART = 0.5
MAX_QUESTION_CHARS = 4000
# Half of the normal distribution's middle 80 %.
Z80 = 1.2816


@dataclass(frozen=True)
class Graded:
    """What the digits say of one criterion."""

    digits: Mapping[str, float]

    @property
    def mean(self) -> float:
        """The expected digit over the highest, 0..1 but for rounding."""
        return sum(int(digit) * share for digit, share in self.digits.items()) / TOP

    @property
    def credit(self) -> float:
        """The mean to four places, 0..1."""
        return min(1.0, max(0.0, round(self.mean, 4)))

    @property
    def variance(self) -> float:
        """Of the digit over the highest."""
        return sum(share * (int(digit) / TOP - self.mean) ** 2 for digit, share in self.digits.items())

    @property
    def met(self) -> float:
        """The probability that the criterion is met."""
        return self.digits["4"] + 0.5 * self.digits["3"]

    @property
    def partial(self) -> float:
        """The probability that it is met in part."""
        return self.digits["2"] + 0.5 * (self.digits["1"] + self.digits["3"])

    @property
    def missing(self) -> float:
        """The probability that it is missing."""
        return self.digits["0"] + 0.5 * self.digits["1"]


@dataclass(frozen=True)
class Part:
    """Neighbouring sentences of the answer under one label."""

    label: str
    sentences: tuple[Sentence, ...]

    @property
    def text(self) -> str:
        """On one line, so that no sentence can begin like another part."""
        return " ".join(" ".join(sentence.text.split()) for sentence in self.sentences)


@dataclass(frozen=True)
class _Judged:
    """One criterion with its grade, and the part that shows it, None if none does."""

    criterion: Criterion
    graded: Graded
    part: Part | None


class _Unreadable(Exception):
    """What a model says of one criterion cannot be used; asking again would not help."""


async def _all_of(asked: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """All results, when all have ended. Raises what passes with time before what does not, else the first error."""
    found = await asyncio.gather(*asked, return_exceptions=True)
    errors = [one for one in found if isinstance(one, BaseException)]
    if errors:
        raise min(errors, key=lambda one: isinstance(one, _Unreadable | ModelGarbled | ContextTooLong))
    return [one for one in found if not isinstance(one, BaseException)]


class ModelJudge:
    """Judges by a language model's probabilities. Bounding how much runs at once is the model's business."""

    def __init__(self, model: ChatModel, embedder: Embedder | None = None) -> None:
        """`model` is asked for choices alone. Without an embedder the words alone say what is injected."""
        self._model = model
        self._embedder = embedder

    @property
    def name(self) -> str:
        """`model`."""
        return "model"

    @property
    def record(self) -> JudgeRecord:
        """What is kept with every assessment: the model and the hash of all prompts."""
        return JudgeRecord(self.name, self._model.name, joint_sha256(PROMPT_IDS), None)

    async def assess(self, item: AnswerToJudge) -> Assessment:
        """Verdicts, evidence and score.

        One criterion that the model cannot be read on (most of its probability fell outside the labels, or the text
        is too long for it) leaves the whole answer unscored with that reason: a score without it would be a guess.

        Raises:
            ModelError: the model cannot be used now; asking again later may help.
        """
        item = restrict(item)
        gated = gate(item)
        if self._embedder is not None:
            try:
                gated = await computed(without_grader_talk, gated, self._embedder)
            except EmbedderError as error:
                return self._unscored(gated.flags, f"The embedding model failed: {error}")
        if gated.unscored is not None:
            return self._unscored(gated.flags, gated.unscored)
        if gated.zero:
            return self._nothing(item, gated.flags)
        try:
            judged = await _all_of(
                [self._judge(item, gated, criterion) for criterion in item.rubric.criteria]
            )
        except _Unreadable as error:
            return self._unscored(gated.flags, str(error))
        return self._assessment(item, gated, judged)

    async def _judge(self, item: AnswerToJudge, gated: Gated, criterion: Criterion) -> _Judged:
        parts = parts_of(gated.sentences)
        answer = running_text(gated.text, gated.sentences)
        try:
            grade, place = await _all_of(
                [self._grade(item, criterion, answer), self._find(item, criterion, parts)]
            )
        except (ModelGarbled, ContextTooLong) as error:
            raise _Unreadable(f"The criterion {criterion.id!r} could not be judged: {error}") from error
        return _Judged(criterion, Graded(grade.probabilities), likeliest_part(parts, place.probabilities))

    async def _grade(self, item: AnswerToJudge, criterion: Criterion, answer: str) -> Choice:
        question = clip(item.question, MAX_QUESTION_CHARS)
        shared = {"question": question, "criterion": criterion.text, "shows": criterion.shows}
        if criterion.kind is Kind.RED_FLAG:
            messages = load_prompt(FAULT).messages(**shared, answer=answer)
        else:
            partial = [criterion.partial] if criterion.partial else []
            messages = load_prompt(POINT).messages(**shared, partial=partial, answer=answer)
        return await self._model.choose(messages, DIGITS)

    async def _find(self, item: AnswerToJudge, criterion: Criterion, parts: Sequence[Part]) -> Choice:
        messages = load_prompt(EVIDENCE).messages(
            question=clip(item.question, MAX_QUESTION_CHARS),
            criterion=criterion.text,
            shows=criterion.shows,
            nowhere=NO_PART,
            parts=parts,
        )
        return await self._model.choose(messages, [*(part.label for part in parts), NO_PART])

    def _assessment(self, item: AnswerToJudge, gated: Gated, judged: Sequence[_Judged]) -> Assessment:
        criteria = tuple(_explain(item, gated, one) for one in judged)
        credits = {criterion.id: criterion.credit for criterion in criteria}
        score = score_credits(item.rubric, credits).score
        band = capped_band(band_of(score, item.bands), item.rubric, credits, item.level)
        total = sum(one.criterion.weight for one in judged)
        variance = sum((one.criterion.weight / total) ** 2 * one.graded.variance for one in judged)
        width = round(min(1.0, Z80 * math.sqrt(variance)), 4)
        return Assessment(score, band, width, criteria, gated.flags, None, self.record)

    def _nothing(self, item: AnswerToJudge, flags: tuple[str, ...]) -> Assessment:
        """Score 0 without asking the model: nothing is left that could be credited."""
        criteria = tuple(
            CriterionAssessment(criterion.id, Verdict.MISSING, 0.0, (), "There is nothing to score.")
            for criterion in item.rubric.criteria
        )
        return Assessment(0.0, 0, 0.0, criteria, flags, None, self.record)

    def _unscored(self, flags: tuple[str, ...], reason: str) -> Assessment:
        return Assessment(None, None, 1.0, (), flags, reason, self.record)


def parts_of(sentences: Sequence[Sentence]) -> tuple[Part, ...]:
    """The sentences under labels, one each; where there are more than labels, neighbours share one evenly."""
    count = min(len(sentences), len(PART_LABELS))
    bounds = [len(sentences) * place // count for place in range(count + 1)]
    return tuple(
        Part(PART_LABELS[place], tuple(sentences[bounds[place] : bounds[place + 1]]))
        for place in range(count)
    )


def running_text(text: CleanText, sentences: Sequence[Sentence]) -> str:
    """The sentences as one text that keeps the line breaks between them."""
    pieces: list[str] = []
    end = None
    for sentence in sentences:
        if end is not None:
            pieces.append("\n" if "\n" in text.text[end : sentence.start] else " ")
        pieces.append(sentence.text)
        end = sentence.end
    return "".join(pieces)


def likeliest_part(parts: Sequence[Part], shares: Mapping[str, float]) -> Part | None:
    """The part that the model points at, the first among equals; None where it rather points at none."""
    if shares[NO_PART] > MAX_NO_PART:
        return None
    best = max(parts, key=lambda part: shares[part.label])
    return best if shares[best.label] > 0 else None


def _explain(item: AnswerToJudge, gated: Gated, judged: _Judged) -> CriterionAssessment:
    """The verdict whose credit lies nearest to the expected one, with evidence, or nothing without evidence."""
    evidence: list[Evidence] = []
    credit = judged.graded.credit
    if judged.part is not None and credit > 0:
        for sentence in judged.part.sentences:
            piece = gated.evidence(item.answer, sentence.start, sentence.end)
            if piece.text and item.answer[piece.start : piece.end] == piece.text:
                evidence.append(piece)
    if not evidence:
        words = "No words of the answer show it." if credit >= PARTIAL_FROM else _rationale(judged)
        return CriterionAssessment(judged.criterion.id, Verdict.MISSING, 0.0, (), words)
    verdict = (
        Verdict.MET if credit >= MET_FROM else Verdict.PARTIAL if credit >= PARTIAL_FROM else Verdict.MISSING
    )
    return CriterionAssessment(judged.criterion.id, verdict, credit, tuple(evidence), _rationale(judged))


def _rationale(judged: _Judged) -> str:
    graded = judged.graded
    if judged.criterion.kind is Kind.RED_FLAG:
        return f"The model holds this fault to be there with a probability of {graded.credit:.0%}."
    return (
        f"The model's probabilities: met {graded.met:.0%}, partly {graded.partial:.0%}, "
        f"missing {graded.missing:.0%}."
    )
