"""The process inside a sandbox: gets ready, waits for one job, works through it, and ends.

It is started ahead of time with its libraries loaded, locks itself in, says that it is ready and reads requests, one JSON
object a line; each is answered by lines of JSON on a channel of its own. What is answered is a claim: the other side
reads it as data, compares it there, and keeps its own clock. No expected value is ever sent to a process that runs a
candidate's code; requests come one at a time, so that it does not know later inputs either.

Requests (the first is a job):
  {"job": "solve", "code", "function", "limits"}   answered by {"loaded": true} or {"failed": {…}}
  {"job": "tests", "tests", "solution", "function", "limits"}   a pack's own code, in a sandbox of its own
  {"call": args, "seed"}      the function's result: {"value", "seconds", "cpu"} or {"raised", "seconds", "cpu"}
  {"time": args, "seed", "runs", "budget"}   calls it several times: {"times": [seconds]} or {"raised"}; no result is sent
  {"cases": seed}             of a tests job: a line {"case": {name, visible, args, outcome}} each, then {"done": n}
  {"grow": [n, seed]}         of a tests job: {"args"}
  {"check": [args, expected, got]}   of a tests job: {"verdict": null or a sentence}

This file runs inside the sandbox: standard library only, and nothing of ours from outside this folder.
"""

from __future__ import annotations

import importlib
import io
import json
import linecache
import os
import random
import resource
import sys
import time
import traceback
import types
from collections.abc import Callable, Iterator
from typing import Any

from interviewer.sandbox.inside import lockdown, values

# How long a candidate's own message may be; the trace is cut from the front, where our frames are.
MAX_MESSAGE, MAX_TRACE = 2_000, 4_000
MB = 2**20
# Processes and threads of one sandbox, open files, and the size of a file that is written.
MAX_TASKS, MAX_FILES, MAX_FILE_BYTES = 64, 64, 16 * MB
MODULE = "solution"


def main(reply_fd: int, libraries: list[str], may_write_files: bool) -> None:
    """Get ready, lock in, and answer requests until there are no more."""
    requests = io.TextIOWrapper(os.fdopen(os.dup(0), "rb", buffering=2**20), encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    sys.stdin = io.StringIO()
    # What was printed before a crash is wanted too.
    sys.stdout.reconfigure(line_buffering=True, errors="backslashreplace")  # type: ignore[union-attr]
    _load(libraries)
    _lock_in(may_write_files)
    channel = Channel(reply_fd)
    channel.send({"ready": True})
    serve(requests, channel)


def _load(libraries: list[str]) -> None:
    for name in libraries:
        importlib.import_module(name)
    seed_everything(0)  # NumPy loads its generators with the first use
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(1)
        torch.set_num_interop_threads(1)
        importlib.import_module("torch.nn.functional")
        # The first backward pass and the first matrix product load what they need; a job should not wait for it.
        x = torch.ones(2, 2, requires_grad=True)
        (x @ x).sum().backward()


def _lock_in(may_write_files: bool) -> None:
    """Limits of this process and the filter of system calls. On a system without such a filter the limits alone."""
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_NOFILE, MAX_FILES)
    _limit(resource.RLIMIT_FSIZE, MAX_FILE_BYTES)
    if hasattr(resource, "RLIMIT_NPROC") and sys.platform == "linux":
        _limit(resource.RLIMIT_NPROC, MAX_TASKS)
    if sys.platform == "linux":
        lockdown.die_with_parent()
        program = lockdown.working_filter(os.getpid(), may_write_files)
        if program is not None:
            lockdown.install(program)


def _limit(what: int, wanted: int) -> None:
    _, hard = resource.getrlimit(what)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(what, (most, most))


class Channel:
    """Lines of JSON to the other side."""

    def __init__(self, fd: int) -> None:
        """Write to a descriptor of this process."""
        self._fd = fd

    def send(self, data: Any) -> None:
        """One line. The value in it must have been encoded."""
        self.send_text(json.dumps(data, separators=(",", ":")))

    def send_text(self, text: str) -> None:
        """One line of JSON text."""
        left = memoryview(text.encode("utf-8", "backslashreplace") + b"\n")
        while left:
            left = left[os.write(self._fd, left) :]


def serve(requests: Iterator[str], channel: Channel) -> None:
    """Answer requests until there are no more."""
    job: Solution | Tests | None = None
    for line in requests:
        try:
            request = values.from_text(line)
        except ValueError as error:
            channel.send({"failed": told(error)})
            continue
        match request:
            case {"job": "solve"}:
                _limit_job(request["limits"])
                job = _answer_load(channel, lambda: Solution(request["code"], request["function"]))  # noqa: B023
            case {"job": "tests"}:
                _limit_job(request["limits"])
                job = _answer_load(channel, lambda: Tests(request))  # noqa: B023
            case {"call": args, "seed": seed} if isinstance(job, Solution):
                _answer_call(channel, job, args, seed)
            case {"time": _, "seed": seed, "runs": runs, "budget": budget} if isinstance(job, Solution):
                _answer_time(channel, job, line, seed, runs, budget)
            case {"cases": seed} if isinstance(job, Tests):
                _answer(channel, lambda: _send_cases(channel, job, seed))  # noqa: B023
            case {"grow": [n, seed]} if isinstance(job, Tests):
                _answer(channel, lambda: channel.send_text(f'{{"args":{values.to_text(job.grow(n, seed))}}}'))  # noqa: B023
            case {"check": [args, expected, got]} if isinstance(job, Tests):
                _answer(channel, lambda: channel.send({"verdict": job.check(args, expected, got)}))  # noqa: B023
            case _:
                channel.send({"failed": {"type": "ValueError", "message": "no such request"}})


def _limit_job(limits: dict[str, Any]) -> None:
    """Memory beyond what is there already (`address_space` is measured from outside), and processor time in all."""
    if limits.get("address_space"):
        _limit(resource.RLIMIT_AS, limits["address_space"] + limits["memory_mb"] * MB)
    elif sys.platform == "linux":
        _limit(resource.RLIMIT_DATA, (limits["memory_mb"] + 256) * MB)
    used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    _limit(resource.RLIMIT_CPU, int(used + limits["cpu_s"]) + 1)


def _answer_load(channel: Channel, load: Callable[[], Any]) -> Any:
    try:
        job = load()
    except BaseException as error:  # noqa: BLE001 - a candidate's module may raise anything, SystemExit too
        channel.send({"failed": told(error)})
        return None
    sys.stdout.flush()
    channel.send({"loaded": True})
    return job


def _answer(channel: Channel, work: Callable[[], None]) -> None:
    try:
        work()
    except Exception as error:  # noqa: BLE001 - a pack's own code may raise anything
        channel.send({"failed": told(error)})


class Solution:
    """A candidate's module and the function that is called."""

    def __init__(self, code: str, function: str) -> None:
        """Run the module. Raises whatever it raises, and NameError without the function."""
        space = load_module(MODULE, code)
        found = space.get(function)
        if not callable(found):
            raise NameError(f"the code defines no function {function!r}")
        self.function: Callable[..., Any] = found

    def call(self, args: list[Any]) -> Any:
        """Call the function."""
        return called(self.function, args)


def called(function: Callable[..., Any], args: list[Any]) -> Any:
    """Call a function; a last argument `{"__kwargs__": {…}}` holds keyword arguments."""
    if args and isinstance(args[-1], dict) and set(args[-1]) == {"__kwargs__"}:
        return function(*args[:-1], **args[-1]["__kwargs__"])
    return function(*args)


def load_module(name: str, code: str) -> dict[str, Any]:
    """Run a text as a module of that name, so that dataclasses and tracebacks find it; returns its names."""
    file = f"{name}.py"
    module = types.ModuleType(name)
    module.__file__ = file
    sys.modules[name] = module
    linecache.cache[file] = (len(code), None, code.splitlines(keepends=True), file)
    exec(compile(code, file, "exec", dont_inherit=True), module.__dict__)
    return module.__dict__


def seed_everything(seed: int) -> None:
    """The same random numbers on every run, for whoever draws some without a seed."""
    random.seed(seed)
    numpy, torch = sys.modules.get("numpy"), sys.modules.get("torch")
    if numpy is not None:
        numpy.random.seed(seed % 2**32)
    if torch is not None:
        torch.manual_seed(seed)


def _answer_call(channel: Channel, job: Solution, args: list[Any], seed: int) -> None:
    seed_everything(seed)
    # Of this thread: the clock of the process moves in steps of milliseconds while there is a limit on it (RLIMIT_CPU).
    # What other threads took is seen from outside.
    clock, processor = time.perf_counter, time.thread_time
    raised: dict[str, Any] | None = None
    value = None
    began, began_cpu = clock(), processor()
    try:
        value = job.call(args)
    except BaseException as error:  # noqa: BLE001 - what a candidate raises is a result
        seconds, cpu = clock() - began, processor() - began_cpu
        raised = told(error)
    else:
        seconds, cpu = clock() - began, processor() - began_cpu
    took = f'"seconds":{seconds:.9f},"cpu":{cpu:.9f}'
    if raised is None:
        try:
            text = f'{{"value":{values.to_text(value)},{took}}}'
        except BaseException as error:  # noqa: BLE001 - a value's own methods may raise anything
            raised = told(error) | {"returned": True}
    if raised is not None:
        text = f'{{"raised":{json.dumps(raised)},{took}}}'
    _flush()
    channel.send_text(text)


def _answer_time(channel: Channel, job: Solution, line: str, seed: int, runs: int, budget: float) -> None:
    times: list[float] = []
    try:
        while len(times) < runs and sum(times) < budget:
            args = values.from_text(line)["time"]  # anew: a call may change what it is given
            seed_everything(seed)
            began = time.thread_time()
            job.call(args)
            times.append(time.thread_time() - began)
    except BaseException as error:  # noqa: BLE001 - what a candidate raises is a result
        raised = told(error)
        _flush()
        channel.send({"raised": raised})
        return
    _flush()
    channel.send({"times": times})


def _flush() -> None:
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:  # noqa: BLE001 - they may have been closed or replaced; the result counts
        pass


def told(error: BaseException) -> dict[str, Any]:
    """An exception as data: its name, the names of the built-in exceptions that it is, message and trace."""
    kind = type(error)
    names = [base.__name__ for base in kind.__mro__ if base.__module__ in ("builtins", MODULE, "tests")]
    try:
        # A SyntaxError's text repeats file and line, which are told beside it.
        message = str(error.msg) if isinstance(error, SyntaxError) else str(error)
    except BaseException:  # noqa: BLE001 - the candidate's own __str__
        message = "(its text raises an exception)"
    try:
        trace = "".join(traceback.format_exception(error, limit=-4))
    except BaseException:  # noqa: BLE001 - the same
        trace = ""
    return {
        "type": kind.__name__[:80],
        "is": [name[:80] for name in names[:20] if name not in ("object", "BaseException", "Exception")],
        "message": message[:MAX_MESSAGE],
        "trace": _own_part(trace)[-MAX_TRACE:],
        "out_of_memory": isinstance(error, MemoryError) or "can't allocate memory" in message,
        "line": _line_of(error),
    }


def _own_part(trace: str) -> str:
    """From the first line that is about the candidate's own code."""
    at = trace.find(f'  File "{MODULE}.py"')
    return trace[at:] if at >= 0 else trace.splitlines()[-1] if trace else ""


def _line_of(error: BaseException) -> int | None:
    if isinstance(error, SyntaxError) and error.filename == f"{MODULE}.py":
        return error.lineno
    lines = [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename == f"{MODULE}.py"
    ]
    return lines[-1] if lines else None


class Tests:
    """A pack's own tests.py with its reference solution. It is trusted with expected values, and with nothing else."""

    def __init__(self, request: dict[str, Any]) -> None:
        """Run both modules. Raises whatever they raise."""
        self.reference = Solution(request["solution"], request["function"])
        self.space = load_module("tests", request["tests"])

    def cases(self, seed: int) -> Iterator[tuple[str, bool, list[Any]]]:
        """(name, visible, args) of every case, the visible ones first."""
        for name, args in self.space["visible"]():
            yield str(name), True, list(args)
        for name, args in self.space["hidden"](seed):
            yield str(name), False, list(args)

    def outcome(self, name: str, text: str, seed: int) -> str:
        """What is expected of a case as JSON text: the oracle's value, or the reference's where a case is large."""
        call = self.reference.call
        if not name.startswith("large-"):
            call = self.oracle
        seed_everything(seed)
        try:
            value = call(values.from_text(text))
        except NotImplementedError:
            raise
        except Exception as error:  # noqa: BLE001 - an exception is what the case expects
            return json.dumps({"raises": type(error).__name__, "message": str(error)[:MAX_MESSAGE]})
        return f'{{"value":{values.to_text(value)}}}'

    def oracle(self, args: list[Any]) -> Any:
        """The obviously right result."""
        return called(self.space["oracle"], args)

    def grow(self, n: int, seed: int) -> Any:
        """Arguments of size n."""
        return list(self.space["grow"](n, seed))

    def check(self, args: Any, expected: Any, got: Any) -> str | None:
        """The checker's verdict on what a candidate returned."""
        verdict = self.space["check"](args, expected, got)
        return None if verdict is None else str(verdict)[:MAX_MESSAGE]


def _send_cases(channel: Channel, job: Tests, seed: int) -> None:
    count = 0
    for name, visible, args in job.cases(seed):
        text = values.to_text(args)
        head = json.dumps({"name": name, "visible": visible})
        channel.send_text(f'{{"case":{head},"args":{text},"outcome":{job.outcome(name, text, count)}}}')
        count += 1
    channel.send({"done": count})
