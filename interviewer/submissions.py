"""Code that was submitted while a question that asks a coding problem was open: what is kept of it, and its words. Pure."""

from __future__ import annotations

from interviewer.events import CodeSubmitted
from interviewer.sandbox.results import CodeResult

BESIDE_SCORE = "The tests stand beside the score, which comes from the rubric alone."
# What a report names of many failing tests.
_NAMED = 6


def submission_of(code: str, result: CodeResult) -> CodeSubmitted:
    """What a session keeps of a submission and its result."""
    return CodeSubmitted(
        result.problem,
        code,
        sum(case.passed for case in result.cases),
        len(result.cases),
        tuple(case.name for case in result.cases if not case.passed),
        result.error,
    )


def submission_sentence(submission: CodeSubmitted) -> str:
    """How the tests came out, in one sentence."""
    if submission.error is not None:
        return f"Tests of the submitted code: none could be run ({submission.error})."
    counts = f"Tests passed: {submission.passed} of {submission.cases}"
    if not submission.failing:
        return f"{counts}."
    more = len(submission.failing) - _NAMED
    names = ", ".join(submission.failing[:_NAMED]) + (f" and {more} more" if more > 0 else "")
    return f"{counts}; not passed: {names}."
