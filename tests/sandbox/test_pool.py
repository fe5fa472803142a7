"""The pool's bookkeeping, with sandboxes that are no processes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest

from interviewer.errors import RunnerBusy, SandboxBroken
from interviewer.sandbox import pool as pools
from interviewer.sandbox.pool import Pool
from interviewer.sandbox.process import Ending, Sandbox, SandboxEnded

PLAIN: tuple[str, ...] = ()
TORCH = ("torch",)


class FakeSandbox:
    """Ready as long as it lives; `stillborn` says why it never is."""

    def __init__(self, libraries: tuple[str, ...], stillborn: str = "") -> None:
        self.libraries = libraries
        self.alive = True
        self._stillborn = stillborn

    def is_ready(self) -> bool:
        return self.alive

    def wait_ready(self, _timeout_s: float) -> None:
        if self._stillborn:
            raise SandboxEnded(Ending.DIED, self._stillborn)

    def kill(self) -> None:
        self.alive = False

    end = kill


class FakeRunner:
    """Keeps what it started; the next ones are stillborn, or cannot be started, as a test says."""

    def __init__(self) -> None:
        self.started: list[FakeSandbox] = []
        self.stillborn: list[str] = []
        self.error: Exception | None = None
        self.closed = False
        self.threads: set[threading.Thread] = set()

    @property
    def name(self) -> str:
        return "fake"

    def start(self, libraries: tuple[str, ...]) -> Sandbox:
        self.threads.add(threading.current_thread())
        if self.error is not None:
            raise self.error
        made = FakeSandbox(libraries, self.stillborn.pop(0) if self.stillborn else "")
        self.started.append(made)
        return cast(Sandbox, made)

    def close(self) -> None:
        self.closed = True

    def count(self, libraries: tuple[str, ...]) -> int:
        return sum(item.libraries == libraries for item in self.started)


@pytest.fixture
def runner() -> FakeRunner:
    return FakeRunner()


@pytest.fixture
def pool(runner: FakeRunner) -> Iterator[Pool]:
    made = Pool(runner, 2)
    yield made
    made.close()


def until(what: Callable[[], bool]) -> None:
    """Wait for the keeper; fail if it never gets there."""
    for _ in range(1000):
        if what():
            return
        time.sleep(0.005)
    pytest.fail("it never came to that")


def test_nothing_is_started_before_it_is_wanted(pool: Pool, runner: FakeRunner) -> None:
    assert not pool.ready(PLAIN)
    assert runner.started == []


def test_spare_ones_wait_and_a_light_one_is_replaced_at_once(pool: Pool, runner: FakeRunner) -> None:
    pool.want(PLAIN)
    until(lambda: runner.count(PLAIN) == pools.SPARE)
    assert pool.ready(PLAIN)
    taken = pool.take(PLAIN)
    assert taken is cast(Any, runner.started[0])
    until(lambda: runner.count(PLAIN) == pools.SPARE + 1)
    pool.drop(taken)
    assert not taken.alive


def test_a_heavy_one_is_replaced_when_its_run_is_over(pool: Pool, runner: FakeRunner) -> None:
    pool.want(TORCH)
    until(lambda: runner.count(TORCH) == 1)
    taken = pool.take(TORCH)
    pool.take(PLAIN)  # the keeper has looked meanwhile
    assert runner.count(TORCH) == 1
    pool.drop(taken)
    until(lambda: runner.count(TORCH) == 2)


def test_a_run_that_takes_two_finds_two(pool: Pool, runner: FakeRunner) -> None:
    pool.want(TORCH)
    pool.want(TORCH, 2)
    until(lambda: runner.count(TORCH) == 2)
    pool.want(TORCH)
    pool.take(PLAIN)
    assert runner.count(TORCH) == 2


def test_what_is_asked_for_is_started_when_none_waits(pool: Pool, runner: FakeRunner) -> None:
    assert pool.take(TORCH) is cast(Any, runner.started[0])
    assert runner.count(TORCH) == 1, "nobody wanted a spare one"


def test_all_are_started_by_one_thread_that_stays(pool: Pool, runner: FakeRunner) -> None:
    pool.want(PLAIN)
    for future in [pool.submit(lambda: pool.take(PLAIN)) for _ in range(6)]:
        future.result(10)
    assert len(runner.threads) == 1
    assert next(iter(runner.threads)).is_alive()


def test_one_that_died_while_it_waited_is_passed_over(pool: Pool, runner: FakeRunner) -> None:
    pool.want(PLAIN)
    until(lambda: runner.count(PLAIN) == 2)
    runner.started[0].kill()
    assert pool.take(PLAIN) is cast(Any, runner.started[1])


def test_one_that_does_not_start_is_tried_again_once(pool: Pool, runner: FakeRunner) -> None:
    runner.stillborn = ["out of luck"]
    assert pool.take(PLAIN) is cast(Any, runner.started[1])
    runner.stillborn = ["first\nno such file", "second\nno such library"]
    with pytest.raises(SandboxBroken, match="no such library"):
        pool.take(PLAIN)
    assert not any(item.alive for item in runner.started[2:])


@pytest.mark.parametrize("error", [OSError("no processes left"), LookupError("torch is not installed")])
def test_what_cannot_be_started_is_told_to_who_asked(
    pool: Pool, runner: FakeRunner, error: Exception
) -> None:
    runner.error = error
    pool.want(TORCH)
    with pytest.raises(SandboxBroken, match=str(error)):
        pool.take(TORCH)
    runner.error = None
    assert pool.take(TORCH).alive, "and is tried again by the next"


def test_jobs_wait_for_their_turn_and_too_many_are_refused(
    runner: FakeRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pools, "MAX_WAITING", 2)
    pool = Pool(runner, 1)
    go = threading.Event()
    futures = [pool.submit(go.wait) for _ in range(3)]
    with pytest.raises(RunnerBusy, match="try again"):
        pool.submit(go.wait)
    go.set()
    assert all(future.result(10) for future in futures)
    assert pool.submit(lambda: 5).result(10) == 5
    pool.close()


def test_without_spares_nothing_waits(runner: FakeRunner) -> None:
    pool = Pool(runner, 1, spares=False)
    pool.want(PLAIN)
    pool.drop(pool.take(PLAIN))
    assert runner.count(PLAIN) == 1
    pool.close()


def test_closing_ends_all_and_refuses_what_comes_later(pool: Pool, runner: FakeRunner) -> None:
    pool.want(PLAIN)
    taken = pool.take(PLAIN)
    until(lambda: runner.count(PLAIN) == 3)
    pool.close()
    pool.close()
    assert not taken.alive
    assert not any(item.alive for item in runner.started)
    assert runner.closed
    with pytest.raises(SandboxBroken, match="shutting down"):
        pool.take(PLAIN)
    with pytest.raises(RunnerBusy, match="shutting down"):
        pool.submit(lambda: 1)
    assert not next(iter(runner.threads)).is_alive()
