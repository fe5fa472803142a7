"""Code that was submitted while a question that asks a coding problem was open: what is kept of it, and its words. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from interviewer.events import CodeMeasured, CodeSubmitted
from interviewer.sandbox.results import CodeResult, Growth

BESIDE_SCORE = "The tests stand beside the score, which comes from the rubric alone."
# What a report names of many failing tests.
_NAMED = 6
# A bound as people write it, with one pair of brackets inside.
_BOUND = re.compile(r"(?<!\w)(?:O|Θ)\((?:[^()\n]|\([^()\n]*\)){1,60}\)")


def submission_of(code: str, result: CodeResult) -> CodeSubmitted:
    """What a session keeps of a submission and its result."""
    return CodeSubmitted(
        result.problem,
        code,
        sum(case.passed for case in result.cases),
        len(result.cases),
        tuple(case.name for case in result.cases if not case.passed),
        result.error,
        "" if result.first_failure is None else result.first_failure.message,
    )


def measured_of(turn: int, growth: Growth) -> CodeMeasured:
    """What a session keeps of how a turn's code grew."""
    sizes = (growth.points[0].n, growth.points[-1].n) if growth.points else None
    return CodeMeasured(turn, growth.exponent, growth.within, growth.stated_time, sizes, growth.note)


def bounds_claimed(answers: Iterable[str]) -> tuple[str, ...]:
    """The bounds that answers name, such as `O(n log n)`, each once, in order."""
    found = (" ".join(bound[0].split()) for answer in answers for bound in _BOUND.finditer(answer))
    return tuple(dict.fromkeys(found))


def growth_sentences(growth: CodeMeasured, claimed: Sequence[str] | None) -> str:
    """What was claimed of the code's cost (None: nobody asked), what was measured, and what the problem states."""
    said = ""
    if claimed is not None:
        said = (
            f"You said {' and '.join(claimed)}."
            if claimed
            else "You named no bound, such as O(n), for what it costs."
        )
    if growth.exponent is None or growth.sizes is None:
        return f"{said} {growth.note}".strip()
    fits = "fits" if growth.within else "does not fit"
    return (
        f"{said} Measured: its time grows like n^{growth.exponent:g} from {growth.sizes[0]:,} to {growth.sizes[1]:,}, "
        f"which {fits} the problem's {growth.stated}."
    ).strip()


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
