"""The problems of the tiny pack: made, kept, run, checked; over the library, the command line and HTTP."""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from attempts import EXHAUSTION, PROCESSES
from sandbox_world import TINY, needs_bubblewrap

from corpus import Problem
from corpus.problem_files import read_problems
from interviewer.errors import BadInput, ProblemBroken, RunnerBusy, RunningOff, UnknownThing
from interviewer.sandbox import pool as pools
from interviewer.sandbox.cases import cases_of, content_hash
from interviewer.sandbox.choose import INSTALL, Running, choose_runner
from interviewer.sandbox.code_runs import CodeRuns
from interviewer.sandbox.pool import Pool
from interviewer.sandbox.problem_check import check_problem, check_problems

pytestmark = needs_bubblewrap


@pytest.fixture(scope="module")
def problems() -> dict[str, Problem]:
    faults: list[object] = []
    found = read_problems(TINY / "problems", faults)  # type: ignore[arg-type]
    assert not faults
    return {problem.id: problem for problem in found.problems}


@pytest_asyncio.fixture
async def runs(problems: dict[str, Problem], tmp_path: Path) -> AsyncIterator[CodeRuns]:
    made = CodeRuns(list(problems.values()), tmp_path, "bubblewrap", hide=(TINY,))
    yield made
    await made.aclose()


def test_what_the_problems_promise_holds(problems: dict[str, Problem], pool: Pool) -> None:
    moved: list[tuple[int, int]] = []
    ran = check_problems(list(problems.values()), pool, lambda done, total: moved.append((done, total)))
    assert [str(fault) for item in ran for fault in item.faults] == []
    assert moved == [(1, 3), (2, 3), (3, 3)]


SPOILT = [
    (
        "solution.py",
        "max(later",
        "min(later",
        "solution.py",
        "fails the case example-1: 5 expected, 3 found.",
    ),
    (
        "solution_2.py",
        "best = heapq.heappop(heap), 0",
        "best = heapq.heappop(heap), 1",
        "solution_2.py",
        "fails the case example-2",
    ),
    (
        "problem.yaml",
        "expected: 5",
        "expected: 6",
        "problem.yaml",
        "example-1: the expected value is not the oracle's",
    ),
    (
        "problem.yaml",
        "[[10, 2, 5]]",
        "[[10, 2, 6]]",
        "problem.yaml",
        "example-1: the arguments are not those",
    ),
    (
        "problem.yaml",
        "fails: [example-1]",
        "fails: [random-*]",
        "wrong_given_order.py",
        "fails example-1 first (wrong) and should fail random-*",
    ),
    (
        "wrong_quadratic.py",
        "min(other for other in times if other > time)",
        "min((o for o in times if o > time), default=0)",
        "wrong_quadratic.py",
        "",
    ),
    ("tests.py", "random.Random(seed)", "random.Random()", "tests.py", "does not make the same cases twice"),
    ("tests.py", "return max(nearest)", "return max(nearest) + 1", "solution.py", "fails the case example-1"),
    ("tests.py", '("edge-none", [[]])', '("edge-one", [[]])', "tests.py", "two cases named 'edge-one'"),
    (
        "tests.py",
        "import random",
        "import random\nraise RuntimeError('broken')",
        "tests.py",
        "RuntimeError: broken",
    ),
    ("starter.py", "raise NotImplementedError", "return open(times)", "", ""),
]


@pytest.mark.parametrize(("file", "old", "new", "where", "words"), SPOILT, ids=lambda item: str(item)[:24])
def test_what_does_not_hold_is_told(
    tmp_path: Path, pool: Pool, file: str, old: str, new: str, where: str, words: str
) -> None:
    folder = Path(shutil.copytree(TINY / "problems" / "top_gap", tmp_path / "top_gap"))
    text = (folder / file).read_text(encoding="utf-8")
    assert text.count(old) >= 1
    (folder / file).write_text(text.replace(old, new), encoding="utf-8")
    faults: list[object] = []
    (problem,) = read_problems(tmp_path, faults).problems  # type: ignore[arg-type]
    assert not faults
    ran = check_problem(problem, pool)
    told = [(fault.path.name, fault.message) for fault in ran.faults]
    if words:
        assert any(name == where and words in message for name, message in told), told
    else:
        assert told == []


def test_cases_are_made_once_and_anew_when_something_changed(
    problems: dict[str, Problem], pool: Pool, tmp_path: Path
) -> None:
    problem = problems["top_gap"]
    made = cases_of(problem, pool, tmp_path)
    (kept,) = tmp_path.glob("top_gap/*.jsonl")
    assert content_hash(problem) in kept.name
    before = kept.stat().st_mtime_ns
    assert cases_of(problem, pool, tmp_path) == made
    assert kept.stat().st_mtime_ns == before
    kept.write_bytes(kept.read_bytes()[:200])
    assert cases_of(problem, pool, tmp_path) == made, "a damaged file is made anew"
    assert [case.name for case in made][:4] == ["example-1", "example-2", "edge-none", "edge-one"]
    assert (made[2].raises, made[0].expected) == ("ValueError", 5)
    other = Problem(
        problem.info, problem.folder, problem.starter, problem.tests + "\n", problem.solutions, {}
    )
    assert content_hash(other) != content_hash(problem)
    cases_of(other, pool, tmp_path)
    assert len(list(tmp_path.glob("top_gap/*.jsonl"))) == 1, "what is out of date is removed"


@pytest.mark.parametrize(
    ("tests", "words"),
    [
        ("import os\nos._exit(0)", "ended"),
        (
            "def visible(): return []\ndef hidden(s): return []\ndef oracle(x): return x\ndef grow(n, s): return []",
            "no visible case",
        ),
        (
            "def visible(): return 3\ndef hidden(s): return []\ndef oracle(x): return x\ndef grow(n, s): return []",
            "TypeError",
        ),
        ("import socket\nsocket.create_connection(('127.0.0.1', 9))", "PermissionError"),
    ],
)
def test_tests_of_a_stranger_run_in_a_sandbox_too(
    problems: dict[str, Problem], pool: Pool, tmp_path: Path, tests: str, words: str
) -> None:
    good = problems["top_gap"]
    with pytest.raises(Exception, match=words) as caught:
        cases_of(Problem(good.info, good.folder, good.starter, tests, good.solutions, {}), pool, tmp_path)
    assert type(caught.value).__name__ in ("ProblemBroken", "SandboxBroken")
    assert not list(tmp_path.iterdir())


async def test_running_a_solution(runs: CodeRuns, problems: dict[str, Problem]) -> None:
    for problem in problems.values():
        result = await runs.run(problem.id, problem.reference)
        assert result.passed, result.first_failure
        examples = await runs.run(problem.id, problem.reference, examples_only=True)
        assert examples.examples_only
        assert all(case.visible for case in examples.cases)
    wrong = await runs.run("pick_pair", problems["pick_pair"].wrong["wrong_sizes.py"])
    assert wrong.first_failure is not None
    assert wrong.first_failure.message == "An index is out of range or excluded."


async def test_hostile_values_do_not_break_a_checker(runs: CodeRuns) -> None:
    for value in ("object()", "{'__tensor__': 1}", "[[[]]] * 9", "float('nan')", "'x' * 100", "{(1, 2): 3}"):
        result = await runs.run(
            "pick_pair", f"def pick_pair(*a, **k):\n    return {value}\n", examples_only=True
        )
        assert [case.outcome for case in result.cases] == ["wrong", "wrong"]


async def test_growth_is_measured(runs: CodeRuns, problems: dict[str, Problem]) -> None:
    grown = await runs.growth("top_gap", problems["top_gap"].reference)
    assert [point.n for point in grown.points] == [4000, 16000, 64000]
    assert grown.exponent is not None
    assert (grown.stated_time, grown.allowed) == ("O(n log n)", (0.7, 1.5))
    quick = await runs.growth("top_gap", "def top_gap(times):\n    return 1\n")
    assert quick.exponent is None
    assert "too quick" in quick.note
    slow = await runs.growth("top_gap", problems["top_gap"].wrong["wrong_quadratic.py"])
    assert "Stopped at n = " in slow.note
    raising = await runs.growth("top_gap", "def top_gap(times):\n    raise KeyError\n")
    assert "raises an exception" in raising.note


@pytest.mark.parametrize(
    ("problem", "code", "error", "words"),
    [
        ("nothing", "x = 1", UnknownThing, "no problem 'nothing'"),
        ("top_gap", "  \n", BadInput, "no code to run"),
        ("top_gap", "x" * 50_001, BadInput, "50,001 characters"),
        ("top_gap", "x = '\0'", BadInput, "NUL"),
    ],
)
async def test_what_cannot_be_run_is_said(
    runs: CodeRuns, problem: str, code: str, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        await runs.run(problem, code)


async def test_where_running_is_off_the_sentence_says_how_to_turn_it_on(
    problems: dict[str, Problem], tmp_path: Path
) -> None:
    runs = CodeRuns(list(problems.values()), tmp_path, choose=lambda *_: Running(None, f"Off. {INSTALL}"))
    with pytest.raises(RunningOff, match="install bubblewrap"):
        await runs.run("top_gap", "def top_gap(t): ...")
    view = await runs.problem("top_gap")
    assert (view.runs, "bubblewrap" in view.running) == (False, True)
    await runs.aclose()


async def test_a_problem_is_shown_without_its_secrets(runs: CodeRuns, problems: dict[str, Problem]) -> None:
    view = await runs.problem("pick_pair")
    assert (view.function, view.level, view.runs) == ("pick_pair", "IC3", True)
    assert view.examples[1].args == "[3, 5, 4], 9, exclude=[1]"
    told = repr(view)
    for secret in ("seen[size]", "combinations", "edge-half", "wrong_", "O(n)"):
        assert secret not in told
    assert [card.id for card in runs.problems()] == ["pick_pair", "row_softmax", "top_gap"]


async def test_many_at_once_all_get_their_verdict(runs: CodeRuns, problems: dict[str, Problem]) -> None:
    right = problems["top_gap"].reference
    wrong = problems["top_gap"].wrong["wrong_given_order.py"]
    results = await asyncio.gather(*(runs.run("top_gap", wrong if n % 3 else right) for n in range(16)))
    assert [result.passed for result in results] == [n % 3 == 0 for n in range(16)]


async def test_too_many_are_refused(runs: CodeRuns, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "MAX_WAITING", 1)
    code = "import time\ndef top_gap(times):\n    time.sleep(0.5)\n"
    done = await asyncio.gather(
        *(runs.run("top_gap", code, examples_only=True) for _ in range(40)), return_exceptions=True
    )
    refused = [item for item in done if isinstance(item, RunnerBusy)]
    assert refused
    assert "try again" in str(refused[0])
    assert any(not isinstance(item, BaseException) for item in done)


async def test_whose_turn_does_not_come_in_time_is_refused_and_not_run(
    problems: dict[str, Problem], tmp_path: Path
) -> None:
    runs = CodeRuns(list(problems.values()), tmp_path, "bubblewrap", at_once=1)
    await runs.running()
    assert runs._pool is not None
    over = threading.Event()
    other = runs._pool.submit(over.wait)
    right = problems["top_gap"].reference
    for refused in (runs.run, runs.growth):
        with pytest.raises(RunnerBusy, match="no turn came in time"):
            await refused("top_gap", right, turn_within_s=0.01)
    waiting = asyncio.create_task(runs.run("top_gap", right, turn_within_s=60))
    over.set()
    assert (await waiting).passed
    assert other.result()
    await runs.aclose()


async def test_others_are_answered_while_hostile_code_runs(runs: CodeRuns) -> None:
    """The event loop turns many times before any of them has ended."""
    turns = 0
    hostile = [*EXHAUSTION, *(item for item in PROCESSES if "fork" in item.name or "threads" in item.name)]
    code = [item.code.replace("def attempt(world)", "def top_gap(world)") for item in hostile]
    running = asyncio.gather(*(runs.run("top_gap", text, examples_only=True) for text in code))
    while not running.done():
        await asyncio.sleep(0.005)
        turns += 1
    assert not any(result.passed for result in await running)
    assert turns > 2 * len(hostile)


async def test_closing_ends_what_runs(problems: dict[str, Problem], tmp_path: Path) -> None:
    runs = CodeRuns(list(problems.values()), tmp_path, "bubblewrap")
    await runs.run("top_gap", problems["top_gap"].reference)
    task = asyncio.create_task(runs.run("top_gap", "import time\ndef top_gap(t):\n    time.sleep(60)\n"))
    await asyncio.sleep(0.3)
    await runs.aclose()
    result = await task
    assert not result.passed
    with pytest.raises(RunnerBusy, match="shutting down"):
        await runs.run("top_gap", "x = 1")


async def test_a_broken_problem_is_the_packs_fault(problems: dict[str, Problem], tmp_path: Path) -> None:
    good = problems["top_gap"]
    broken = Problem(good.info, good.folder, good.starter, "raise OSError", good.solutions, {})
    runs = CodeRuns([broken], tmp_path, "bubblewrap")
    with pytest.raises(ProblemBroken, match="top_gap"):
        await runs.run("top_gap", good.reference)
    await runs.aclose()


@pytest.fixture
def lone() -> Iterator[Pool]:
    running = choose_runner("bubblewrap")
    assert running.runner is not None
    made = Pool(running.runner, 1)
    yield made
    made.close()


def test_a_sandbox_is_used_once_and_another_takes_its_place(lone: Pool) -> None:
    lone.want(())
    seen = set()
    for _ in range(5):
        sandbox = lone.take(())
        seen.add(sandbox.pid)
        lone.drop(sandbox)
        assert not sandbox.alive
    assert len(seen) == 5


def test_a_spare_one_that_died_is_replaced(lone: Pool) -> None:
    first = lone.take(())
    first.end()
    lone.drop(first)
    assert lone.take(()).alive
