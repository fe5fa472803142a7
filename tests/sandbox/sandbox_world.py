"""Problems made by hand, and running code on them in real sandboxes."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from corpus.problem import Problem, ProblemInfo
from interviewer.sandbox.cases import Case
from interviewer.sandbox.judging import run_cases
from interviewer.sandbox.pool import Pool
from interviewer.sandbox.results import CaseResult, CodeResult
from interviewer.sandbox.shown import shown_args

TINY = Path(__file__).parents[1] / "packs" / "tiny"
MISSING = "bubblewrap (bwrap) is not installed"

needs_bubblewrap = pytest.mark.skipif(
    sys.platform != "linux" or shutil.which("bwrap") is None, reason=MISSING
)


def problem_of(function: str = "attempt", **changes: Any) -> Problem:
    """A problem with a function of that name, a second and 128 MB a case."""
    data = {
        "id": "by_hand",
        "title": "By hand",
        "statement": "Do it.",
        "function": function,
        "signature": f"def {function}(x):",
        "kind": "algorithms",
        "level": "IC1",
        "minutes": 5,
        "topics": ["hand"],
        "examples": [{"args": [1], "expected": 1}],
        "compare": "exact",
        "limits": {"seconds": 1, "memory_mb": 128},
        "complexity": {"time": "O(1)", "space": "O(1)", "exponent": [0, 1], "sizes": [1, 2, 3]},
        "sources": [{"title": "None", "url": "https://example.org"}],
        "wrong": [
            {"file": "wrong_a.py", "fails": ["a"], "why": "a"},
            {"file": "wrong_b.py", "fails": ["b"], "why": "b"},
        ],
    }
    info = ProblemInfo.model_validate(data | changes)
    return Problem(info, Path("by_hand"), "", "", {"solution.py": "", "solution_2.py": ""}, {})


def case_of(
    name: str, args: Sequence[Any], expected: Any, *, visible: bool = True, raises: str | None = None
) -> Case:
    """A case of encoded values."""
    text = json.dumps(list(args))
    return Case(
        name, visible, text.encode(), expected, raises, len(json.dumps(expected)), shown_args(list(args))
    )


def run(pool: Pool, code: str, *cases: Case, **changes: Any) -> CodeResult:
    """The code's result on these cases; the function is called `attempt`."""
    return run_cases(problem_of(**changes), code, cases, pool)


def run_one(
    pool: Pool, code: str, args: Sequence[Any] = (), expected: Any = None, **changes: Any
) -> CaseResult:
    """The code's result on one case."""
    result = run(pool, code, case_of("only", args, expected), **changes)
    assert result.error is None, result.error
    return result.cases[0]
