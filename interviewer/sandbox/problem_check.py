"""Whether a coding problem's own files hold what they promise: run, not read. For `mockround corpus check --run`.

Both solutions pass every case, each wrong solution fails first where it is said to, the starter passes nothing, the
examples are those of the tests, and the tests make the same cases twice.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, as_completed
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial
from typing import Any

from corpus import Fault, Problem
from interviewer.errors import ProblemBroken
from interviewer.sandbox.cases import SEED, Case, ask_checker, make_cases, parse_cases, trusted
from interviewer.sandbox.compare import difference, difference_for
from interviewer.sandbox.growth import measure_growth
from interviewer.sandbox.judging import run_cases
from interviewer.sandbox.pool import Pool
from interviewer.sandbox.results import CodeResult

# A reference that needs more of the time limit than this leaves too little for a slower machine.
SPARE_FACTOR = 5


@dataclass(frozen=True)
class Ran:
    """What running a problem's files showed: faults, and notes about what depends on the machine."""

    problem: str
    faults: tuple[Fault, ...]
    notes: tuple[Fault, ...]


def check_problems(
    problems: Sequence[Problem], pool: Pool, move: Callable[[int, int], None]
) -> tuple[Ran, ...]:
    """Run every problem's files, several problems at once. Blocks. Raises SandboxBroken, RunnerBusy."""
    found: list[Ran] = []
    futures: list[Future[Ran]] = []
    left = list(problems)
    while left or futures:
        # A few more than can run: the pool refuses those who wait in a long line.
        while left and len(futures) < 8:
            problem = left.pop(0)
            futures.append(pool.submit(partial(check_problem, problem, pool)))
        done = next(as_completed(futures))
        futures.remove(done)
        found.append(done.result())
        move(len(found), len(problems))
    return tuple(sorted(found, key=lambda ran: ran.problem))


def check_problem(problem: Problem, pool: Pool, growth: bool = True) -> Ran:
    """Run one problem's files; without `growth` how the reference's time grows is not measured. Raises SandboxBroken."""
    tests = problem.folder / "tests.py"
    faults: list[Fault] = []
    notes: list[Fault] = []
    try:
        made = make_cases(problem, pool, SEED)
        cases = parse_cases(problem, made)
        if make_cases(problem, pool, SEED) != made:
            faults.append(Fault(tests, 0, "does not make the same cases twice from the same seed"))
        faults += _check_examples(problem, cases, pool)
        for name, code in problem.solutions.items():
            result = run_cases(problem, code, cases, pool)
            faults += _should_pass(problem, name, result)
            notes += _has_time_to_spare(problem, name, result)
        starter = run_cases(problem, problem.starter, cases, pool)
        if starter.error is not None:
            faults.append(Fault(problem.folder / "starter.py", 0, f"does not run: {starter.error}"))
        elif starter.passed:
            faults.append(Fault(problem.folder / "starter.py", 0, "passes all cases; nothing is left to do"))
        for index, item in enumerate(problem.info.wrong):
            result = run_cases(problem, problem.wrong[item.file], cases, pool)
            faults += _should_fail(problem, index, result)
        if growth and not faults:
            notes += _grows_as_stated(problem, pool)
    except ProblemBroken as error:
        faults.append(Fault(tests, 0, str(error)))
    return Ran(problem.id, tuple(faults), tuple(notes))


def _should_pass(problem: Problem, name: str, result: CodeResult) -> Iterator[Fault]:
    failed = result.first_failure
    if result.error is not None:
        yield Fault(problem.folder / name, 0, f"does not run: {result.error}")
    elif failed is not None:
        yield Fault(
            problem.folder / name,
            0,
            f"fails the case {failed.name}: {failed.message} Arguments: {failed.args}",
        )


def _should_fail(problem: Problem, index: int, result: CodeResult) -> Iterator[Fault]:
    item = problem.info.wrong[index]
    path, failed = problem.folder / item.file, result.first_failure
    if result.error is not None:
        yield Fault(path, 0, f"does not run: {result.error}")
    elif failed is None:
        yield Fault(path, 0, f"passes all cases and should fail {' or '.join(item.fails)}")
    elif not any(fnmatchcase(failed.name, pattern) for pattern in item.fails):
        yield Fault(
            path, 0, f"fails {failed.name} first ({failed.outcome}) and should fail {' or '.join(item.fails)}"
        )


def _has_time_to_spare(problem: Problem, name: str, result: CodeResult) -> Iterator[Fault]:
    slowest = max(result.cases, key=lambda case: case.time_ms or 0.0)
    took_s = (slowest.time_ms or 0.0) / 1000
    if result.passed and took_s * SPARE_FACTOR > problem.info.seconds:
        yield Fault(
            problem.folder / name,
            0,
            f"takes {took_s:.2f} s for the case {slowest.name}, more than a fifth of the {problem.info.seconds:g} s "
            "that a case has",
        )


def _grows_as_stated(problem: Problem, pool: Pool) -> Iterator[Fault]:
    grown = measure_growth(problem, problem.reference, pool)
    low, high = grown.allowed
    if grown.exponent is None:
        yield Fault(problem.path, 0, f"complexity: {grown.note}")
    elif not grown.within:
        yield Fault(
            problem.path,
            0,
            f"complexity: the reference's exponent is {grown.exponent:g}, outside {low:g} to {high:g}",
        )


def _check_examples(problem: Problem, cases: Sequence[Case], pool: Pool) -> Iterator[Fault]:
    examples = problem.info.examples
    for number, example in enumerate(examples, 1):
        name = f"example-{number}"
        if len(cases) < number or cases[number - 1].name != name or not cases[number - 1].visible:
            yield Fault(problem.folder / "tests.py", 0, f"visible() has no {name} at place {number}")
            continue
        case = cases[number - 1]
        other = difference(example.args, json.loads(case.args))
        if other is not None:
            yield Fault(problem.path, 0, f"{name}: the arguments are not those of tests.py: {other.text}")
            continue
        words = _differs(problem, case, example.expected, pool)
        if words is not None:
            yield Fault(problem.path, 0, f"{name}: the expected value is not the oracle's: {words}")


def _differs(problem: Problem, case: Case, stated: Any, pool: Pool) -> str | None:
    """How an example's stated outcome differs from the oracle's; an exception is stated as {"__raises__": name}."""
    if case.raises is not None:
        return None if stated == {"__raises__": case.raises} else f"it raises {case.raises}"
    if problem.info.compare == "checker":
        with trusted(problem, pool) as tests:
            said = ask_checker(tests, case, stated)
            verdict = said.get("verdict", f"the checker fails: {said.get('failed')}")
            return None if verdict is None else str(verdict)
    found = difference_for(problem.info, case.expected, stated)
    return None if found is None else found.text
