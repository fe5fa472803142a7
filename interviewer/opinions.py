"""How a language model's second opinion is told beside the assessment that counts. Pure; page and exports share it."""

from __future__ import annotations

from dataclasses import dataclass

from interviewer.report import Coming, QuestionReport, TurnReport, shows_fault, verdict_words
from rubrics import Assessment, CriterionAssessment, Kind


@dataclass(frozen=True)
class OpinionLine:
    """One criterion in both eyes, in words; `quote` are the words that the second opinion stands on."""

    criterion: str
    ours: str
    theirs: str
    quote: str


def opinion_title(opinion: Assessment) -> str:
    """The heading, which says that it does not count."""
    return f"A second opinion by {opinion.judge.model} (not calibrated; it does not count)"


def opinion_lines(turn: TurnReport, question: QuestionReport) -> tuple[OpinionLine, ...]:
    """Every criterion that the second opinion judged; red flags only where one of both sees the fault."""
    if turn.second_opinion is None:
        return ()
    ours = {item.id: item for item in turn.assessment.criteria}
    theirs = {item.id: item for item in turn.second_opinion.criteria}
    lines = []
    for criterion in question.criteria:
        found = theirs.get(criterion.id)
        if found is None:
            continue
        pair = (ours.get(criterion.id), found)
        if criterion.kind is Kind.RED_FLAG and not any(item and shows_fault(item.credit) for item in pair):
            continue
        words = [_words(item, criterion.kind) for item in pair]
        quote = found.evidence[0].text if found.evidence and words[1] != "missing" else ""
        lines.append(OpinionLine(criterion.text, words[0], words[1], quote))
    return tuple(lines)


def coming_sentence(coming: Coming) -> str:
    """What a model is still making, and what to do; empty if that is nothing."""
    parts = []
    if coming.second_opinions:
        parts.append(f"{coming.second_opinions} second opinion{'s' if coming.second_opinions > 1 else ''}")
    if coming.advice:
        parts.append(f"advice on {coming.advice} answer{'s' if coming.advice > 1 else ''}")
    if not parts:
        return ""
    return f"The language model is still making {' and '.join(parts)}; refresh to see what has come."


def _words(item: CriterionAssessment | None, kind: Kind) -> str:
    return verdict_words(kind, None, None) if item is None else verdict_words(kind, item.verdict, item.credit)
