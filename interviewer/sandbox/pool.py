"""Sandboxes started ahead of time, each for one job, and the few jobs that run at once.

A keeper thread starts them: it lives as long as the pool, and a sandbox dies with the thread that started it. Jobs run in
worker threads, which mostly wait; who comes when all are busy waits for a turn, and is refused when too many do.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from interviewer.errors import RunnerBusy, SandboxBroken
from interviewer.sandbox.process import Runner, Sandbox, SandboxEnded

T = TypeVar("T")
Libraries = tuple[str, ...]

# Loading PyTorch takes two seconds of processor time, and on a busy machine many times that of the clock.
READY_S = 120.0
# How many of a kind wait for a job. One with PyTorch takes some 200 MB, one without libraries 14 MB.
SPARE, SPARE_HEAVY = 2, 1
MAX_WAITING = 64
SHUTTING_DOWN = "The service is shutting down; run it again when it is back."


class Pool:
    """Hands out sandboxes and runs jobs. Its methods may be called from any thread; `close` ends everything."""

    def __init__(self, runner: Runner, at_once: int, spares: bool = True) -> None:
        """Start nothing yet. `at_once` is the number of jobs that run at the same time.

        Without `spares`, `want` does nothing: every sandbox is started when it is taken.
        """
        self._keeps_spares = spares
        self._runner = runner
        self._changed = threading.Condition()
        self._idle: dict[Libraries, deque[Sandbox]] = {}
        self._spare: dict[Libraries, int] = {}
        self._asked: deque[tuple[Libraries, Future[Sandbox]]] = deque()
        self._out: set[Sandbox] = set()
        self._closed = False
        self._keeper: threading.Thread | None = None
        self._workers = ThreadPoolExecutor(at_once, thread_name_prefix="run-code")
        self._places = threading.BoundedSemaphore(at_once + MAX_WAITING)

    def want(self, libraries: Libraries, jobs: int = 1) -> None:
        """Keep sandboxes with these libraries ready from now on, for runs that take `jobs` of them. Returns at once."""
        count = max(jobs, SPARE_HEAVY if libraries else SPARE)
        with self._changed:
            if self._closed or not self._keeps_spares or self._spare.get(libraries, 0) >= count:
                return
            self._spare[libraries] = count
            self._start_keeper()
            self._changed.notify_all()

    def ready(self, libraries: Libraries) -> bool:
        """Whether a sandbox with these libraries waits for a job, loaded and locked in."""
        with self._changed:
            return any(sandbox.is_ready() for sandbox in self._idle.get(libraries, ()))

    def take(self, libraries: Libraries) -> Sandbox:
        """A sandbox that is ready, for one job; the caller kills it. Raises SandboxBroken if none can be had."""
        words = ""
        # One that waited may have been ended by the system meanwhile; a fresh one that fails as well tells why.
        for _ in range(2):
            sandbox = self._next(libraries)
            try:
                sandbox.wait_ready(READY_S)
            except SandboxEnded as error:
                words = str(error)
                self.drop(sandbox)
            else:
                return sandbox
        last = words.splitlines()[-1] if words else "it said nothing"
        raise SandboxBroken(f"The sandbox did not start ({last[:200]}); mockround doctor says more.")

    def drop(self, sandbox: Sandbox) -> None:
        """End a sandbox that was taken."""
        sandbox.kill()
        with self._changed:
            self._out.discard(sandbox)
            self._changed.notify_all()

    def submit(self, job: Callable[[], T]) -> Future[T]:
        """Run a job in a worker thread when its turn comes. Raises RunnerBusy when too many wait."""
        if self._closed or not self._places.acquire(blocking=False):
            raise RunnerBusy(
                f"{MAX_WAITING} runs are waiting already; try again in a moment."
                if not self._closed
                else SHUTTING_DOWN
            )
        future = self._workers.submit(job)
        future.add_done_callback(lambda _: self._places.release())
        return future

    def close(self) -> None:
        """End every sandbox, also those at work, and wait for the threads."""
        with self._changed:
            if self._closed:
                return
            self._closed = True
            waiting = [item for idle in self._idle.values() for item in idle]
            taken = list(self._out)
            self._idle.clear()
            for _, future in self._asked:
                future.set_exception(SandboxBroken(SHUTTING_DOWN))
            self._asked.clear()
            self._changed.notify_all()
        self._workers.shutdown(wait=False, cancel_futures=True)
        for sandbox in waiting:
            sandbox.kill()
        for sandbox in taken:
            sandbox.end()
        self._workers.shutdown(wait=True)
        for sandbox in list(self._out):
            sandbox.kill()  # nobody uses it any more
        if self._keeper is not None:
            self._keeper.join()
        self._runner.close()

    def _next(self, libraries: Libraries) -> Sandbox:
        future: Future[Sandbox] = Future()
        with self._changed:
            if self._closed:
                raise SandboxBroken(SHUTTING_DOWN)
            idle = self._idle.get(libraries, deque())
            while idle:
                sandbox = idle.popleft()
                if sandbox.alive:
                    self._out.add(sandbox)
                    self._changed.notify_all()  # the keeper puts another in its place
                    return sandbox
                sandbox.kill()
            self._asked.append((libraries, future))
            self._start_keeper()
            self._changed.notify_all()
        return future.result()

    def _start_keeper(self) -> None:
        if self._keeper is None:
            self._keeper = threading.Thread(target=self._keep, name="sandboxes", daemon=True)
            self._keeper.start()

    def _keep(self) -> None:
        """Start what is asked for first, then what is missing among the spare ones."""
        while True:
            with self._changed:
                while not self._closed and not self._asked and self._missing() is None:
                    self._changed.wait()
                if self._closed:
                    return
                asked = self._asked.popleft() if self._asked else None
                libraries = asked[0] if asked is not None else self._missing()
            if libraries is not None:
                self._start(libraries, None if asked is None else asked[1])

    def _missing(self) -> Libraries | None:
        for libraries, count in self._spare.items():
            there = len(self._idle.get(libraries, ()))
            if libraries:
                # Loading a library takes the processor for seconds. It is not taken from the run that has just begun.
                there += sum(sandbox.libraries == libraries for sandbox in self._out)
            if there < count:
                return libraries
        return None

    def _start(self, libraries: Libraries, asked: Future[Sandbox] | None) -> None:
        try:
            sandbox = self._runner.start(libraries)
        except (OSError, LookupError) as error:
            broken = SandboxBroken(f"A sandbox cannot be started: {error}; mockround doctor says more.")
            if asked is not None:
                asked.set_exception(broken)
            else:
                with self._changed:
                    del self._spare[libraries]  # the next job of the kind asks for it and is told
            return
        with self._changed:
            closed = self._closed
            if not closed and asked is None:
                self._idle.setdefault(libraries, deque()).append(sandbox)
            elif not closed:
                self._out.add(sandbox)
        if closed:
            sandbox.kill()
            if asked is not None:
                asked.set_exception(SandboxBroken(SHUTTING_DOWN))
        elif asked is not None:
            asked.set_result(sandbox)
