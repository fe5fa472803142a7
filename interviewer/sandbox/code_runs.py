"""The door to coding problems and to running code on them; the service holds one."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import TypeVar

from corpus import Problem
from interviewer.errors import BadInput, RunnerBusy, RunningOff, UnknownThing
from interviewer.sandbox import limits
from interviewer.sandbox.cases import Case, cases_of
from interviewer.sandbox.choose import RunCode, Running, choose_runner
from interviewer.sandbox.growth import measure_growth
from interviewer.sandbox.judging import run_cases
from interviewer.sandbox.pool import SHUTTING_DOWN, Pool
from interviewer.sandbox.results import CodeResult, Growth, ProblemCard, ProblemView, ShownExample
from interviewer.sandbox.shown import shown, shown_args
from retrieval.processors import usable_processors

T = TypeVar("T")

# Problems whose cases are kept in memory, some megabytes each.
RECENT = 8


class CodeRuns:
    """Problems of a pack, and solutions run on them. Nothing is started before it is needed.

    Methods raise the errors of `interviewer.errors` only.
    """

    def __init__(
        self,
        problems: Sequence[Problem],
        data: Path,
        run_code: RunCode = "auto",
        *,
        hide: Sequence[Path] = (),
        at_once: int | None = None,
        spares: bool = True,
        choose: Callable[[RunCode, Sequence[Path]], Running] = choose_runner,
    ) -> None:
        """`data` is the data folder; it and `hide` are never seen from inside. `at_once`: as many as processors, by default.

        Without `spares` no sandbox is started before a run asks for it: for a command that runs once.
        """
        self._problems = {problem.id: problem for problem in problems}
        self._folder = data / "problems"
        self._run_code = run_code
        self._hide = (data, *hide)
        self._at_once = at_once or usable_processors()
        self._spares = spares
        self._choose = choose
        self._lock = threading.Lock()
        self._running: Running | None = None
        self._pool: Pool | None = None
        self._recent: dict[str, tuple[Case, ...]] = {}
        self._prepared: set[str] = set()
        self._making: dict[str, threading.Lock] = {name: threading.Lock() for name in self._problems}

    def problems(self) -> tuple[ProblemCard, ...]:
        """Every problem, in the order of their ids."""
        return tuple(
            ProblemCard(
                p.id, p.info.title, p.info.kind, p.info.level, p.info.minutes, p.info.topics, p.info.libraries
            )
            for p in self._problems.values()
        )

    async def problem(self, problem_id: str) -> ProblemView:
        """One problem as a candidate sees it. A sandbox for it is started, so that it is ready when it is wanted."""
        problem = self._problem(problem_id)
        running = await asyncio.to_thread(self._open)
        self._prepare(problem)
        info = problem.info
        return ProblemView(
            id=info.id,
            title=info.title,
            kind=info.kind,
            level=info.level,
            minutes=info.minutes,
            topics=info.topics,
            libraries=info.libraries,
            statement=info.statement,
            function=info.function,
            signature=info.signature,
            starter=problem.starter,
            examples=tuple(
                ShownExample(shown_args(item.args), shown(item.expected), item.explains)
                for item in info.examples
            ),
            seconds=info.seconds,
            memory_mb=info.memory_mb,
            runs=running.runner is not None,
            running=running.sentence,
        )

    async def running(self) -> Running:
        """Whether code is run here, by what, and a sentence about it."""
        return await asyncio.to_thread(self._open)

    def ready(self, problem_id: str) -> bool:
        """Whether a run of this problem would find a sandbox that waits for it."""
        return self._pool is not None and self._pool.ready(self._problem(problem_id).info.libraries)

    async def run(
        self, problem_id: str, code: str, examples_only: bool = False, turn_within_s: float | None = None
    ) -> CodeResult:
        """Run a solution on the problem's cases, or on the visible ones alone.

        Its turn has to come within `turn_within_s`, where that is given.

        Raises:
            UnknownThing: there is no such problem.
            BadInput: the code is empty or too long.
            RunningOff: code is not run here; the sentence says how to turn it on.
            RunnerBusy: too many runs wait, or its turn does not come in time.
            SandboxBroken, ProblemBroken: it could not be run, and that says nothing about the solution.
        """
        return await self._do(
            problem_id, code, partial(self._run, examples_only=examples_only), turn_within_s
        )

    async def growth(self, problem_id: str, code: str, turn_within_s: float | None = None) -> Growth:
        """How the solution's time grows with its input. Takes seconds. Raises as `run`."""
        return await self._do(problem_id, code, measure_growth, turn_within_s)

    async def warm_up(self) -> None:
        """Start sandboxes, so that the first run does not wait. Whatever fails is left to that run."""
        if self._problems:
            await asyncio.to_thread(self._open)
            if self._pool is not None:
                self._pool.want(())

    async def aclose(self) -> None:
        """End every sandbox."""
        pool, self._pool = self._pool, None
        if pool is not None:
            await asyncio.to_thread(pool.close)

    async def _do(
        self,
        problem_id: str,
        code: str,
        work: Callable[[Problem, str, Pool], T],
        turn_within_s: float | None,
    ) -> T:
        problem = self._problem(problem_id)
        if not code.strip():
            raise BadInput("There is no code to run; write the function first.")
        if len(code) > limits.MAX_CODE_CHARS:
            raise BadInput(
                f"The code has {len(code):,} characters; the limit is {limits.MAX_CODE_CHARS:,}. Shorten it."
            )
        if "\0" in code:
            raise BadInput("The code holds a NUL character, which is no text; delete it.")
        running = await asyncio.to_thread(self._open)
        if running.runner is None:
            raise RunningOff(running.sentence)
        if self._pool is None:
            raise RunnerBusy(SHUTTING_DOWN)
        return await _in_turn(self._pool.submit(partial(work, problem, code, self._pool)), turn_within_s)

    def _prepare(self, problem: Problem) -> None:
        """Have a sandbox and the cases ready by the time that somebody has written something."""
        pool = self._pool
        if pool is None or problem.id in self._prepared or not self._spares:
            return
        self._prepared.add(problem.id)
        _keep_ready(pool, problem)
        # A failure is told by the run that needs the cases.
        with contextlib.suppress(RunnerBusy):
            pool.submit(partial(self._cases, problem, pool))

    def _cases(self, problem: Problem, pool: Pool) -> tuple[Case, ...]:
        """The problem's cases; those of the problems that were run last are kept in memory."""
        with self._making[problem.id]:
            with self._lock:
                cases = self._recent.pop(problem.id, None)
            if cases is None:
                cases = cases_of(problem, pool, self._folder)
            with self._lock:
                self._recent[problem.id] = cases
                if len(self._recent) > RECENT:
                    del self._recent[next(iter(self._recent))]
        return cases

    def _run(self, problem: Problem, code: str, pool: Pool, *, examples_only: bool) -> CodeResult:
        cases = self._cases(problem, pool)
        _keep_ready(pool, problem)
        wanted = [case for case in cases if case.visible] if examples_only else cases
        return run_cases(problem, code, wanted, pool)

    def _problem(self, problem_id: str) -> Problem:
        try:
            return self._problems[problem_id]
        except KeyError as error:
            raise UnknownThing(
                f"There is no problem {problem_id!r}; mockround code list and /api/v1/problems have the ids."
            ) from error

    def _open(self) -> Running:
        """The runner, tried once; its pool is made with it."""
        with self._lock:
            if self._running is None:
                self._running = self._choose(self._run_code, self._hide)
                if self._running.runner is not None:
                    self._pool = Pool(self._running.runner, self._at_once, self._spares)
            return self._running


async def _in_turn(job: Future[T], within_s: float | None) -> T:
    """What a job returns. Raises RunnerBusy, and the job is not done, if it has not begun in time."""
    answer = asyncio.wrap_future(job)
    try:
        await asyncio.wait({answer}, timeout=within_s)
    except asyncio.CancelledError:
        answer.cancel()
        raise
    if not answer.done() and job.cancel():
        raise RunnerBusy("Others are running their code, and no turn came in time; try again in a moment.")
    return await answer


def _keep_ready(pool: Pool, problem: Problem) -> None:
    """A run needs a sandbox for the solution and, where a checker judges it, one for the tests."""
    pool.want(problem.info.libraries, 2 if problem.info.compare == "checker" else 1)
