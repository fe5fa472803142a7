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
from interviewer.sandbox.judging import call, load_solution, time_of
from interviewer.sandbox.pool import Pool
from interviewer.sandbox.process import Sandbox, SandboxEnded
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
    for n, args in inputs:
        times: list[float] = []
        try:
            # The first call of a size warms caches and is not counted where there are others.
            while len(times) <= MOST_RUNS and sum(times) < RUNS_S:
                answer = call(sandbox, problem, args, SEED, limits.MAX_TESTS_LINE // 8)
                if "raised" in answer.data:
                    return points, f"Stopped at n = {n:,}: it raises an exception there."
                times.append(time_of(answer))
                sandbox.take_output()
        except SandboxEnded:
            return points, f"Stopped at n = {n:,}: it takes longer than {problem.info.seconds:g} s there."
        counted = times[1:] or times
        points.append(GrowthPoint(n, round(statistics.median(counted) * 1000, 4), len(counted)))
    return points, ""
