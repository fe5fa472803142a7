"""Contesting a verdict: the candidate marks the words that met a criterion, and the judge reads them again. Pure.

The first verdict is kept; the second stands beside it. The second counts only if the judge gives the marked words,
checked as a span of the answer, more credit than the first verdict had, so a contest never lowers anything. One
contest for each criterion and turn, and only when the round is over, so that it changes no question that is asked.

The judge reads whole sentences: marked words are widened to the sentences that they stand in, so that a "not" cannot
be cut off. What the gates left aside in the whole answer (gibberish, echoes, word lists, instructions …) stays so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from interviewer.errors import BadInput, UnknownThing, WrongMoment
from interviewer.events import Contested, ContestFailed, ContestJudged
from interviewer.judge.sentences import split_sentences
from rubrics import CriterionAssessment, Evidence, JudgeRecord, Kind, Rubric, Verdict

LEFT_ASIDE = "The judge leaves these words aside: they are no statement of your own in English."


@dataclass(frozen=True, slots=True)
class Claim:
    """What the candidate contests: a criterion of a turn, and the words that met it, as a span or as a quotation."""

    turn: int
    criterion_id: str
    start: int | None = None
    end: int | None = None
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Contest:
    """A contested criterion of a turn. `failed` is why it could not be judged yet; without it and `marked` it waits."""

    criterion_id: str
    start: int
    end: int
    marked: CriterionAssessment | None = None
    whole: CriterionAssessment | None = None
    judge: JudgeRecord | None = None
    failed: str | None = None

    @property
    def waits(self) -> bool:
        """Whether it is still to be judged."""
        return self.marked is None and self.failed is None

    @property
    def second(self) -> CriterionAssessment | None:
        """The better-evidenced of the two new verdicts; the whole answer's only if it rests on the marked words."""
        if self.marked is None:
            return None
        if self.whole is not None and self.whole.credit > self.marked.credit and self._rests_on(self.whole):
            return self.whole
        return self.marked

    def counts(self, first: CriterionAssessment | None) -> bool:
        """Whether the second verdict counts in the place of the first; None is a turn that was not asked about it."""
        if self.marked is None or self.whole is None or not self.marked.evidence:
            return False
        if self.whole.verdict is Verdict.CONTRADICTED:
            return False
        return self.marked.credit > (first.credit if first is not None else 0.0)

    def _rests_on(self, verdict: CriterionAssessment) -> bool:
        return bool(verdict.evidence) and all(
            piece.start < self.end and self.start < piece.end for piece in verdict.evidence
        )


def with_contest(
    contests: tuple[Contest, ...], payload: Contested | ContestJudged | ContestFailed
) -> tuple[Contest, ...]:
    """The contests of a turn after one more event; an event that makes no sense changes nothing."""
    known = next((item for item in contests if item.criterion_id == payload.criterion_id), None)
    match payload:
        case Contested(criterion_id=name, start=start, end=end):
            return contests if known is not None else (*contests, Contest(name, start, end))
        case _ if known is None or not known.waits:
            return contests
        case ContestJudged():
            changed = replace(known, marked=payload.marked, whole=payload.whole, judge=payload.judge)
        case ContestFailed():
            changed = replace(known, failed=payload.reason)
    return tuple(changed if item is known else item for item in contests)


def again(contests: tuple[Contest, ...]) -> tuple[Contest, ...]:
    """The contests with those that failed waiting once more."""
    return tuple(replace(item, failed=None) for item in contests)


def with_contests(
    criteria: Sequence[CriterionAssessment], contests: Sequence[Contest]
) -> tuple[CriterionAssessment, ...]:
    """The verdicts of a turn that count."""
    first = {item.id: item for item in criteria}
    counting = {
        item.criterion_id: item.second
        for item in contests
        if item.second is not None and item.counts(first.get(item.criterion_id))
    }
    return with_second(criteria, counting)


def with_second(
    criteria: Sequence[CriterionAssessment], second: Mapping[str, CriterionAssessment]
) -> tuple[CriterionAssessment, ...]:
    """The verdicts with the second ones, by criterion id, in the place of their first or behind the others."""
    first = {item.id for item in criteria}
    kept = tuple(second.get(item.id, item) for item in criteria)
    return (*kept, *(item for name, item in second.items() if name not in first))


def claimed(
    claim: Claim,
    answer: str | None,
    rubric: Rubric,
    criteria: Sequence[CriterionAssessment],
    contests: Sequence[Contest],
) -> Contested:
    """The event of a claim on a turn that was scored; its span is trimmed.

    Raises:
        UnknownThing: the question has no such criterion.
        BadInput: the words are not in the answer, or nothing is to be won.
        WrongMoment: it was contested before.
    """
    try:
        criterion = rubric.criterion(claim.criterion_id)
    except KeyError as error:
        raise UnknownThing(f"The question has no criterion {claim.criterion_id!r}.") from error
    if criterion.kind is Kind.RED_FLAG:
        raise BadInput("A red flag is a fault, which no words can meet; contest a criterion instead.")
    if any(item.criterion_id == criterion.id for item in contests):
        raise WrongMoment(
            "This verdict was contested before; both are in the report, and a third is not made."
        )
    if any(item.id == criterion.id and item.verdict is Verdict.MET for item in criteria):
        raise BadInput("This criterion counts as met in this answer already.")
    start, end = _span(claim, answer or "")
    return Contested(claim.turn, criterion.id, start, end)


def _span(claim: Claim, answer: str) -> tuple[int, int]:
    if claim.start is not None or claim.end is not None:
        if claim.start is None or claim.end is None or not 0 <= claim.start < claim.end <= len(answer):
            raise BadInput(f"Start and end are places in the answer, from 0 to {len(answer)}, start first.")
        start, end = claim.start, claim.end
    else:
        start, end = find_words(answer, claim.quote)
    words = answer[start:end]
    if not words.strip():
        raise BadInput("Mark the words of your answer that show it first.")
    return start + len(words) - len(words.lstrip()), end - len(words) + len(words.rstrip())


def find_words(answer: str, quote: str) -> tuple[int, int]:
    """Where the quoted words stand in the answer, whatever white space is between them. Raises BadInput."""
    words = quote.strip().strip("“”\"'").split()
    if not words:
        raise BadInput("Mark the words of your answer that show it first.")
    pattern = r"\s+".join(re.escape(word) for word in words)
    found = list(re.finditer(pattern, answer)) or list(re.finditer(pattern, answer, re.IGNORECASE))
    if not found:
        raise BadInput("These words are not in the answer; copy them from it as they stand there.")
    if len(found) > 1:
        raise BadInput(f"These words stand in the answer {len(found)} times; mark a few more around them.")
    return found[0].span()


def read_again(answer: str, start: int, end: int, kept: Sequence[Evidence]) -> tuple[int, int] | None:
    """The span of the whole sentences in which `answer[start:end]` stands, of those that the gates `kept`; or None."""
    touched = [
        sentence
        for sentence in split_sentences(answer)
        if sentence.start < end
        and start < sentence.end
        and any(piece.start < sentence.end and sentence.start < piece.end for piece in kept)
    ]
    return (touched[0].start, touched[-1].end) if touched else None


def in_answer(verdict: CriterionAssessment, answer: str, start: int) -> CriterionAssessment:
    """A verdict on `answer[start:…]` with its evidence as spans of the answer, each checked; without any, no credit."""
    moved = (Evidence(piece.start + start, piece.end + start, piece.text) for piece in verdict.evidence)
    kept = tuple(piece for piece in moved if piece.text and answer[piece.start : piece.end] == piece.text)
    if not kept and verdict.verdict in (Verdict.MET, Verdict.PARTIAL):
        return CriterionAssessment(verdict.id, Verdict.MISSING, 0.0, (), "No words show it.")
    return replace(verdict, evidence=kept, credit=verdict.credit if kept else 0.0)
