"""How a solution's time grows with the size of its input: measured, and silent where that says nothing."""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Sequence

from corpus import Problem
from interviewer.errors import ProblemBroken
from interviewer.sandbox import limits
from interviewer.sandbox.cases import SEED, trusted
from interviewer.sandbox.judging import load_solution
from interviewer.sandbox.pool import Pool
from interviewer.sandbox.process import Answer, Ending, Sandbox, SandboxEnded
from interviewer.sandbox.results import Growth, GrowthPoint

# Below this a call is mostly the cost of calling; a slope through such times is noise (measured: an empty function takes
# 1 to 3 microseconds by the process's clock, and varies by as much again).
LEAST_S = 0.0002
# Runs of each size: as many as fit, the median counts.
MOST_RUNS, RUNS_S = 7, 1.0
LEAST_POINTS = 3
TOO_QUICK = "Not measured: it is too quick on these sizes for its growth to be told from the cost of a call."


def measure_growth(problem: Problem, code: str, pool: Pool) -> Growth:
    """Run a solution on growing inputs. Blocks; for a worker thread. Raises SandboxBroken, ProblemBroken."""
    inputs = _inputs(problem, pool)
    sandbox = pool.take(problem.info.libraries)
    try:
        error = load_solution(sandbox, problem, code, cpu_s=2 * limits.TOTAL_CPU_S)
        if error is not None:
            return growth_of(problem, (), f"Not measured: {error}")
        points, note = _measure(sandbox, problem, inputs)
    finally:
        pool.drop(sandbox)
    return growth_of(problem, points, note)


def growth_of(problem: Problem, points: Sequence[GrowthPoint], note: str = "") -> Growth:
    """What can be said of measured points. Pure."""
    stated = problem.info.complexity
    told = [point for point in points if point.time_ms >= LEAST_S * 1000]
    exponent = slope([(point.n, point.time_ms) for point in told]) if len(told) >= LEAST_POINTS else None
    if exponent is None and not note:
        note = TOO_QUICK
    low, high = stated.exponent
    return Growth(
        problem.id,
        tuple(points),
        None if exponent is None else round(exponent, 2),
        (low, high),
        None if exponent is None else low <= exponent <= high,
        stated.time,
        stated.space,
        note,
    )


def slope(points: Sequence[tuple[float, float]]) -> float:
    """The least-squares slope of log y over log x: 1 for a line, 2 for a square. At least two different x, all above 0."""
    logs = [(math.log(x), math.log(y)) for x, y in points]
    mean_x = statistics.fmean(x for x, _ in logs)
    mean_y = statistics.fmean(y for _, y in logs)
    spread = sum((x - mean_x) ** 2 for x, _ in logs)
    return sum((x - mean_x) * (y - mean_y) for x, y in logs) / spread


def _inputs(problem: Problem, pool: Pool) -> list[tuple[int, bytes]]:
    found = []
    with trusted(problem, pool) as tests:
        for n in problem.info.complexity.sizes:
            answer = tests.ask(
                json.dumps({"grow": [n, SEED]}).encode(),
                cpu_s=limits.TESTS_CPU_S,
                wall_s=limits.TESTS_WALL_S,
                max_answer=limits.MAX_TESTS_LINE,
            )
            if not isinstance(answer.data.get("args"), list):
                raise ProblemBroken(
                    f"grow({n}) of the problem {problem.id!r} fails: {answer.data.get('failed')}."
                )
            found.append((n, json.dumps(answer.data["args"], ensure_ascii=False).encode()))
    return found


def _measure(
    sandbox: Sandbox, problem: Problem, inputs: list[tuple[int, bytes]]
) -> tuple[list[GrowthPoint], str]:
    points: list[GrowthPoint] = []
    seconds = problem.info.seconds
    for n, args in inputs:
        # Reading the arguments is in what is seen from outside, once more than they are used.
        reading_s = limits.json_s(len(args) * (MOST_RUNS + 1))
        allowed_s = seconds + RUNS_S + reading_s
        try:
            answer = sandbox.ask(
                b'{"time":%b,"seed":%d,"runs":%d,"budget":%g}' % (args, SEED, MOST_RUNS + 1, RUNS_S),
                cpu_s=allowed_s,
                wall_s=limits.wall_of(allowed_s),
            )
        except SandboxEnded as error:
            if error.reason is Ending.TIME:
                return points, f"Stopped at n = {n:,}: it takes longer than {seconds:g} s there."
            return points, f"Stopped at n = {n:,}: the process ended there."
        sandbox.take_output()
        times = _times(answer, reading_s)
        if not times:
            return points, f"Stopped at n = {n:,}: it raises an exception there."
        # The first call of a size warms caches and is not counted where there are others.
        counted = times[1:] or times
        points.append(GrowthPoint(n, round(statistics.median(counted) * 1000, 4), len(counted)))
        if times[0] > seconds:
            return points, f"Stopped at n = {n:,}: it takes longer than {seconds:g} s there."
    return points, ""


def _times(answer: Answer, reading_s: float) -> list[float]:
    """What the process says of its runs; where it can have taken that little only by not telling, what was seen instead."""
    said = answer.data.get("times")
    if not isinstance(said, list) or not all(type(item) is float and item >= 0 for item in said):
        return []
    seen = (answer.cpu_s if answer.cpu_s is not None else answer.wall_s) - reading_s
    return said if seen <= sum(said) else [seen / len(said)] * len(said) if said else []
