"""What every coding problem of the built-in pack promises, really run: `mockround corpus check --run` without the growth."""

from __future__ import annotations

import pytest

from corpus import Problem, load_pack
from interviewer.packs import BUILT_IN_PACK
from interviewer.sandbox.pool import Pool
from interviewer.sandbox.problem_check import check_problem

pytestmark = [pytest.mark.slow, pytest.mark.problems]

PROBLEMS = load_pack(BUILT_IN_PACK).problems


def test_there_are_forty() -> None:
    assert len(PROBLEMS) >= 40
    assert all(len(problem.solutions) >= 2 and len(problem.info.wrong) >= 2 for problem in PROBLEMS)


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.id)
def test_solutions_pass_and_typical_mistakes_fail_as_stated(problem: Problem, pool: Pool) -> None:
    assert check_problem(problem, pool, growth=False).faults == ()
