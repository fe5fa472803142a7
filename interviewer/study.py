"""What a study round says of a question once it is done: how it went, and how it is answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from interviewer import phrases
from interviewer.interview import State
from interviewer.packs import RolePack
from interviewer.report import Point, QuestionReport
from interviewer.reporting import build_report


def review(state: State, role: RolePack) -> str:
    """The latest thread reviewed, as the report will have it. Raises IndexError where nothing was asked yet."""
    report = build_report("", replace(state, turns=state.thread), role, {})
    question = report.questions[-1]
    parts = [phrases.before_review(_outcome(state, question, report.band_name))]
    if report.strengths:
        parts.append(_points("What you showed", report.strengths))
    if report.gaps and state.thread[0].answer is not None:
        parts.append(_points("What was missing", report.gaps))
    if question.choices:
        parts.append("\n".join(f"{item.statement}: {item.text} {item.why}" for item in question.choices))
    if question.model_answer:
        parts.append(f"A model answer:\n\n{question.model_answer.strip()}")
    if question.common_wrong_answer:
        parts.append(
            f"A common wrong answer: “{question.common_wrong_answer.strip()}” {question.why_wrong.strip()}"
        )
    return "\n\n".join([*parts, phrases.after_review()])


def _outcome(state: State, question: QuestionReport, band_name: str | None) -> str:
    """How the question went, in a few words; empty where there is nothing to say of it."""
    if state.thread[0].answer is None:
        return ""
    if band_name is None:
        return f"It could not be scored yet: {question.unscored_reason}"
    return f"At {state.setup.level} it stands at “{band_name}”."


def _points(title: str, points: Sequence[Point]) -> str:
    return f"{title}:\n" + "\n".join(f"– {point.text}" for point in points)
