"""How long a candidate waits for the verdict on a solution, and what sandboxes cost.

Measured through the service's own door (`CodeRuns.run`), from the call to the verdict on all cases, with the cases kept
from before: with a sandbox ready (`warm`), without one (`cold`), and sixteen at once. The alternative is a fresh Python
process for every submission, without sandbox and pool, that loads the problem's library and runs the same cases.

    python bench/sandbox.py
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy as np
from numpy.typing import NDArray

from bench.common import Row, bootstrap, write_results
from corpus import Problem
from corpus.problem_files import read_problems
from interviewer.packs import BUILT_IN_PACK
from interviewer.sandbox.cases import Case, cases_of
from interviewer.sandbox.choose import choose_runner
from interviewer.sandbox.code_runs import CodeRuns
from interviewer.sandbox.pool import Pool

ROOT = Path(__file__).parent.parent
TINY = ROOT / "tests" / "packs" / "tiny"
# Of the built-in pack where it has them, else of the pack of the tests.
WANTED = {"small": ("min_microbatches", "top_gap"), "torch": ("fused_xent_with_accuracy", "row_softmax")}
AT_ONCE = 16
READY_S = 60.0

# What a service without sandboxes would start: the harness's own way to load a solution and to call it.
FRESH = """
import json, sys
sys.path.insert(0, sys.argv[1])
for name in sys.argv[3:]:
    __import__(name)
from interviewer.sandbox.inside import harness, values
job = harness.Solution(sys.stdin.readline().encode().decode("unicode_escape"), sys.argv[2])
for line in sys.stdin:
    try:
        print(values.to_text(job.call(values.from_text(line))))
    except Exception as error:
        print(json.dumps({"raised": type(error).__name__}))
"""


def main() -> None:
    """Measure, and write bench/results/sandbox.json."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("-n", type=int, default=40, help="runs of each problem")
    options = parser.parse_args()
    running = choose_runner("bubblewrap")
    if running.runner is None:
        print(f"Skipped: {running.sentence}")
        return
    running.runner.close()
    problems = {kind: find(names) for kind, names in WANTED.items()}
    with tempfile.TemporaryDirectory() as folder:
        rows = asyncio.run(measure(problems, Path(folder), options.n))
    write_results("sandbox", rows)


def find(names: tuple[str, ...]) -> Problem:
    """The first of these problems that there is."""
    for root in (BUILT_IN_PACK, TINY):
        for problem in read_problems(root / "problems", []).problems:
            if problem.id in names:
                return problem
    raise SystemExit(f"none of the problems {', '.join(names)} is there")


async def measure(problems: dict[str, Problem], data: Path, n: int) -> list[Row]:
    """Every row."""
    rows: list[Row] = []
    runs = CodeRuns(list(problems.values()), data, "bubblewrap")
    await runs.warm_up()
    for kind, problem in problems.items():
        await runs.problem(problem.id)
        await expect_pass(runs, problem)
        warm = [await timed_warm(runs, problem) for _ in range(n)]
        fresh = [timed_fresh(problem, kept_cases(problem, data)) for _ in range(n)]
        rows += [
            row(f"{kind}.warm_ms", warm, against=f"{kind}.fresh_process_ms", other=fresh),
            row(f"{kind}.fresh_process_ms", fresh),
        ]
        rows += await at_once(runs, kind, problem)
    await runs.aclose()
    for kind, problem in problems.items():
        rows += cold(kind, problem, 10 if kind == "small" else 5)
    return rows


async def expect_pass(runs: CodeRuns, problem: Problem) -> None:
    """Raises SystemExit if the reference does not pass: there would be nothing to measure."""
    result = await runs.run(problem.id, problem.reference)
    if not result.passed:
        raise SystemExit(
            f"the reference of {problem.id} does not pass: {result.error or result.first_failure}"
        )


async def timed_warm(runs: CodeRuns, problem: Problem) -> float:
    """Milliseconds from the call to the verdict, with a sandbox that has been ready before the call."""
    await until_ready(runs, problem)
    began = time.perf_counter()
    result = await runs.run(problem.id, problem.reference)
    took = time.perf_counter() - began
    assert result.passed
    return took * 1000


async def until_ready(runs: CodeRuns, problem: Problem) -> None:
    """Wait as a candidate does who reads the result and changes a line: until a spare sandbox is ready again."""
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline:
        if runs.ready(problem.id):
            return
        await asyncio.sleep(0.05)
    raise SystemExit("no sandbox became ready")


async def at_once(runs: CodeRuns, kind: str, problem: Problem) -> list[Row]:
    """Sixteen submissions at the same moment: how many failed, and how long the last one waited."""
    await until_ready(runs, problem)
    began = time.perf_counter()
    waits: list[float] = []

    async def one() -> bool:
        result = await runs.run(problem.id, problem.reference)
        waits.append((time.perf_counter() - began) * 1000)
        return result.passed

    done = await asyncio.gather(*(one() for _ in range(AT_ONCE)), return_exceptions=True)
    failures = sum(item is not True for item in done)
    return [
        Row(f"{kind}.at_once_{AT_ONCE}_failures", failures, "runs", n=AT_ONCE),
        Row(f"{kind}.at_once_{AT_ONCE}_median_ms", round(statistics.median(waits), 1), "ms", n=AT_ONCE),
        Row(f"{kind}.at_once_{AT_ONCE}_last_ms", round(max(waits), 1), "ms", n=AT_ONCE),
    ]


def kept_cases(problem: Problem, data: Path) -> tuple[Case, ...]:
    """The cases that the service keeps; nothing has to be run for them."""
    running = choose_runner("bubblewrap")
    assert running.runner is not None
    pool = Pool(running.runner, 1, spares=False)
    try:
        return cases_of(problem, pool, data / "problems")
    finally:
        pool.close()


def timed_fresh(problem: Problem, cases: tuple[Case, ...]) -> float:
    """Milliseconds for the same cases in a process that is started for them."""
    code = problem.reference.encode("unicode_escape").decode()
    given = "\n".join([code, *(case.args.decode() for case in cases)]) + "\n"
    words = [sys.executable, "-c", FRESH, str(ROOT), problem.info.function, *problem.info.libraries]
    began = time.perf_counter()
    done = subprocess.run(words, input=given, capture_output=True, text=True, check=True)
    for line in done.stdout.splitlines():
        json.loads(line)
    return (time.perf_counter() - began) * 1000


def cold(kind: str, problem: Problem, count: int) -> list[Row]:
    """A sandbox from nothing until it waits for its job, and the memory that it then takes."""
    running = choose_runner("bubblewrap")
    assert running.runner is not None
    times, memory = [], []
    for _ in range(count):
        began = time.perf_counter()
        with running.runner.start(problem.info.libraries) as sandbox:
            sandbox.wait_ready(READY_S)
            times.append((time.perf_counter() - began) * 1000)
            usage = sandbox.usage()
            memory.append(0.0 if usage is None else usage.rss_mb)
    return [
        row(f"{kind}.cold_start_ms", times),
        Row(f"{kind}.waiting_mb", round(statistics.median(memory), 1), "MB", n=count),
    ]


def row(
    metric: str, values: list[float], against: str | None = None, other: list[float] | None = None
) -> Row:
    """The median with its interval."""
    low, high = bootstrap(np.array(values), median)
    ratio = None if other is None else round(statistics.median(values) / statistics.median(other), 3)
    return Row(
        metric,
        round(statistics.median(values), 1),
        "ms",
        against,
        ratio,
        round(low, 1),
        round(high, 1),
        len(values),
    )


median: Callable[[NDArray[np.float64]], float] = np.median  # type: ignore[assignment]


if __name__ == "__main__":
    main()
