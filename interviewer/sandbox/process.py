"""One sandbox seen from outside: a process that answers one job, a line at a time, and is then killed.

Whoever is inside may write anything, at any time, to both of its channels. What it prints is read as it comes and kept
up to a limit; an answer is one line of JSON of a bounded length, read as data. Time and memory are read from outside
where the system tells them (Linux, /proc); what the process says of itself is believed only within what was seen.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import selectors
import signal
import subprocess
import time
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from interviewer.sandbox.inside.values import no_constant

# Of what is printed between two answers this much is kept; a process that prints more than the second is ended.
KEPT_OUTPUT, MAX_OUTPUT = 8_192, 16 * 2**20
# The longest answer where nothing else was said.
MAX_ANSWER = 2**20
_PIECE = 2**16
_TICKS = os.sysconf("SC_CLK_TCK")


class Ending(StrEnum):
    """Why there is no answer."""

    TIME = "time"  # processor time or the clock ran out
    DIED = "died"  # the process ended
    OUTPUT = "output"  # it printed without end
    GARBLED = "garbled"  # what it wrote is no answer
    TOO_LONG = "too long"  # the answer is longer than any right one


class SandboxEnded(Exception):
    """There is no answer, and the sandbox was killed. `reason` says why; `signal_number` what ended the process, if known.

    `printed` is what it printed since somebody looked last.
    """

    def __init__(self, reason: Ending, printed: str = "", signal_number: int | None = None) -> None:
        self.reason = reason
        self.printed = printed
        self.signal_number = signal_number
        super().__init__(printed.strip() or reason.value)


@dataclass(frozen=True)
class Usage:
    """What a process has used so far: processor time in seconds, memory now and at most in MB, address space in bytes."""

    cpu_s: float
    rss_mb: float
    peak_mb: float
    address_space: int


@dataclass(frozen=True)
class Answer:
    """One line of the process with what was seen of it from outside. `cpu_s` is None where the system does not say."""

    data: dict[str, Any]
    moved: int  # bytes of the question and of the answer
    wall_s: float
    cpu_s: float | None
    usage: Usage | None


class Runner(Protocol):
    """Starts sandboxes of one kind."""

    @property
    def name(self) -> str:
        """`bubblewrap` or `plain`."""
        ...

    def start(self, libraries: tuple[str, ...]) -> Sandbox:
        """A new sandbox that loads these libraries. Call from a thread that outlives it. Raises OSError."""
        ...

    def close(self) -> None:
        """Let go of what sandboxes share. Those that run are not touched."""
        ...


class Sandbox:
    """A process with its channels. Not for two threads at once, but for `kill`."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        replies: int,
        info: int | None = None,
        libraries: tuple[str, ...] = (),
    ) -> None:
        """Take over the process and the descriptors; `info` is bubblewrap's, which tells the pid outside."""
        assert process.stdin is not None
        assert process.stdout is not None
        self.libraries = libraries
        self._process = process
        self._requests = process.stdin.fileno()
        self._output = process.stdout.fileno()
        self._replies = replies
        self._info = info
        self._pid: int | None = None if info is not None else process.pid
        self._line = bytearray()
        self._printed = bytearray()
        self._printed_in_all = 0
        self._sent = 0
        self._asked_at: float | None = None
        self._asked_usage: Usage | None = None
        self._dead = False
        for fd in (self._requests, self._output, replies):
            os.set_blocking(fd, False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(replies, selectors.EVENT_READ)
        self._selector.register(self._output, selectors.EVENT_READ)

    @property
    def pid(self) -> int | None:
        """The process's number outside; None before it is ready, or where nobody tells it."""
        return self._pid

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return not self._dead and self._process.poll() is None

    def is_ready(self) -> bool:
        """Whether one that waits for its job has said that it is ready. Nothing is taken off its channel."""
        return not self._dead and any(key.fd == self._replies for key, _ in self._selector.select(0))

    def wait_ready(self, timeout_s: float) -> None:
        """Wait until it has loaded its libraries and locked itself in. Raises SandboxEnded with its own words."""
        answer = self._receive(time.monotonic() + timeout_s, math.inf, MAX_ANSWER)
        if answer.data != {"ready": True}:
            raise self._ended(Ending.GARBLED)
        self._read_pid()
        self.take_output()

    def ask(self, request: bytes, *, cpu_s: float, wall_s: float, max_answer: int = MAX_ANSWER) -> Answer:
        """Send a line and wait for a line. `cpu_s` and `wall_s` are limits; raises SandboxEnded."""
        self.send(request, wall_s)
        return self.receive(cpu_s=cpu_s, wall_s=wall_s, max_answer=max_answer)

    def send(self, request: bytes, wall_s: float) -> None:
        """Send a line. Raises SandboxEnded if the process does not take it."""
        deadline = time.monotonic() + wall_s
        self._expect_silence()
        # From here on it may work: it need not wait for the end of the line.
        self._asked_at, self._asked_usage = time.monotonic(), self.usage()
        left = memoryview(request + b"\n")
        self._sent = len(left)
        self._selector.register(self._requests, selectors.EVENT_WRITE)
        try:
            while left:
                for key, _ in self._wait(deadline):
                    if key.fd == self._requests:
                        with contextlib.suppress(BlockingIOError):
                            left = left[os.write(self._requests, left[:_PIECE]) :]
                    else:
                        # It talks before it was asked to the end; keep it, so that nobody waits for nobody.
                        self._read(key.fd, MAX_ANSWER)
        except BrokenPipeError:
            raise self._ended(Ending.DIED) from None
        finally:
            if not self._dead:
                self._selector.unregister(self._requests)

    def receive(self, *, cpu_s: float, wall_s: float, max_answer: int = MAX_ANSWER) -> Answer:
        """Wait for a line. Raises SandboxEnded."""
        return self._receive(time.monotonic() + wall_s, cpu_s, max_answer)

    def take_output(self) -> str:
        """What was printed since the last time, cut where it is long."""
        with contextlib.suppress(SandboxEnded):
            # Printed before the answer, it lies in the pipe by now.
            while not self._dead and self._read_output():
                pass
        return self._kept_output()

    def _kept_output(self) -> str:
        text = self._printed[:KEPT_OUTPUT].decode("utf-8", "replace").replace("\0", "\ufffd")
        cut = len(self._printed) > KEPT_OUTPUT
        self._printed.clear()
        return text + ("… (cut)" if cut else "")

    def usage(self) -> Usage | None:
        """What the process has used; None where the system does not say."""
        return None if self._pid is None or self._dead else read_usage(self._pid)

    def kill(self) -> None:
        """End everything inside, whatever it does, and let go of the descriptors."""
        if self._dead:
            return
        self._dead = True
        self._selector.close()
        # bubblewrap's own process, in its own session; what it started dies with it (PR_SET_PDEATHSIG, pid namespace).
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                assert stream is not None
                stream.close()
        for fd in (self._replies, self._info):
            if fd is not None:
                os.close(fd)

    def end(self) -> None:
        """End the process from another thread; the one that uses the sandbox is told, and cleans up."""
        if self._process.returncode is not None:
            return  # reaped: its number may be another's by now
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def _expect_silence(self) -> None:
        """Nobody has been asked, so that whatever lies on the channel of answers was put there to be taken for one."""
        try:
            piece = b"" if self._line else os.read(self._replies, _PIECE)
        except BlockingIOError:
            return
        raise self._ended(Ending.GARBLED if self._line or piece else Ending.DIED)

    def _receive(self, deadline: float, cpu_s: float, max_answer: int) -> Answer:
        began, before = self._asked_at or time.monotonic(), self._asked_usage or self.usage()
        check_at = min(deadline, began + cpu_s)
        searched = 0
        while (end := self._line.find(b"\n", searched)) < 0:
            searched = len(self._line)
            for key, _ in self._wait(check_at, last=deadline):
                self._read(key.fd, max_answer)
            if time.monotonic() >= check_at:
                check_at = self._next_check(began, deadline, cpu_s, before)
        wall_s = time.monotonic() - began
        line = bytes(self._line[:end])
        del self._line[: end + 1]
        after = self.usage()
        cpu = after.cpu_s - before.cpu_s if before is not None and after is not None else None
        moved, self._sent = len(line) + self._sent, 0
        self._asked_at, self._asked_usage = time.monotonic(), after
        return Answer(self._parse(line), moved, wall_s, cpu, after)

    def _next_check(self, began: float, deadline: float, cpu_s: float, before: Usage | None) -> float:
        """When to look at the processor time again: it is what is limited, and others may have had the processor."""
        now, usage = time.monotonic(), self.usage()
        used = now - began if usage is None or before is None else usage.cpu_s - before.cpu_s
        if used >= cpu_s or now >= deadline:
            raise self._ended(Ending.TIME)
        return min(deadline, now + max(0.01, cpu_s - used))

    def _wait(self, until: float, last: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """What can be read or written; nothing at `until`, which raises SandboxEnded if it is the `last` moment."""
        while True:
            left = until - time.monotonic()
            found = self._selector.select(max(0.0, left))
            if found:
                return found
            if time.monotonic() >= until:
                if last is None or until >= last:
                    raise self._ended(Ending.TIME)
                return []

    def _read(self, fd: int, max_answer: int) -> None:
        if fd == self._output:
            self._read_output()
            return
        try:
            piece = os.read(fd, _PIECE)
        except BlockingIOError:
            return
        if not piece:
            raise self._ended(Ending.DIED)
        self._line += piece
        if len(self._line) > max_answer + _PIECE:
            raise self._ended(Ending.TOO_LONG)

    def _read_output(self) -> bool:
        """`_take_output`, and the end of what has printed too much. Raises SandboxEnded."""
        found = self._take_output()
        if self._printed_in_all > MAX_OUTPUT:
            raise self._ended(Ending.OUTPUT)
        return found

    def _take_output(self) -> bool:
        """Read a piece of what was printed; False where there is none now."""
        try:
            piece = os.read(self._output, _PIECE)
        except BlockingIOError:
            return False
        if not piece:
            with contextlib.suppress(KeyError):
                self._selector.unregister(self._output)
            return False
        self._printed_in_all += len(piece)
        if len(self._printed) <= KEPT_OUTPUT:
            self._printed += piece
        return True

    def _parse(self, line: bytes) -> dict[str, Any]:
        try:
            data = json.loads(line, parse_constant=no_constant)
        except (ValueError, RecursionError, MemoryError):
            raise self._ended(Ending.GARBLED) from None
        if not isinstance(data, dict):
            raise self._ended(Ending.GARBLED)
        return data

    def _ended(self, reason: Ending) -> SandboxEnded:
        printed, number = "", None
        if not self._dead:
            if reason is Ending.DIED:
                number = self._how_it_died()
            # No more than is kept: what prints without end is still printing now.
            with contextlib.suppress(OSError):
                while len(self._printed) <= KEPT_OUTPUT and self._take_output():
                    pass
            printed = self._kept_output()
            self.kill()
        return SandboxEnded(reason, printed, number)

    def _how_it_died(self) -> int | None:
        """The signal that ended it, if one did; its channel is closed, so that it has ended or will in a moment."""
        try:
            code = self._process.wait(timeout=0.5)
        except subprocess.TimeoutExpired:
            return None
        # bubblewrap says 128 + signal of what it ran.
        return -code if code < 0 else code - 128 if code > 128 else None

    def _read_pid(self) -> None:
        if self._info is not None:
            with contextlib.suppress(ValueError, KeyError, TypeError):
                self._pid = int(json.loads(os.read(self._info, 4096))["child-pid"])
            os.close(self._info)
            self._info = None


def read_usage(pid: int) -> Usage | None:
    """What a process of this machine has used; None if it is gone or the system has no /proc."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            stat = file.read()
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
            status = dict(line.split(":", 1) for line in file if ":" in line)
    except OSError:
        return None
    # The name in the second field may hold anything, a closing bracket too.
    fields = stat[stat.rfind(")") + 2 :].split()
    try:
        ticks = int(fields[11]) + int(fields[12])
        return Usage(ticks / _TICKS, _mb(status["VmRSS"]), _mb(status["VmHWM"]), int(fields[20]))
    except (KeyError, ValueError, IndexError):
        return None


def _mb(text: str) -> float:
    return int(text.split()[0]) / 1024
