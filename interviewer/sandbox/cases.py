"""A problem's cases with what is expected of them: made once by the pack's own tests, in a sandbox, and kept.

A pack may come from a stranger, so its tests.py and solution.py run in a sandbox like everything else; a sandbox of
their own, since they know what is expected. What they answer is kept in the data folder under a hash of everything that
it depends on.
"""

from __future__ import annotations

import hashlib
import json
import logging
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from corpus import Problem
from interviewer.errors import ProblemBroken, SandboxBroken
from interviewer.files import replace_file
from interviewer.sandbox import limits
from interviewer.sandbox.pool import Pool
from interviewer.sandbox.process import Ending, Sandbox, SandboxEnded
from interviewer.sandbox.shown import shown_args

log = logging.getLogger(__name__)

FORMAT = 2
SEED = 0
LOADED = {"loaded": True}


@dataclass(frozen=True)
class Case:
    """One call. `args` is the JSON text of its arguments; `expected` an encoded value, or `raises` an exception's name."""

    name: str
    visible: bool
    args: bytes = field(repr=False)
    expected: Any = field(repr=False)
    raises: str | None
    size: int  # of the expected value's JSON text, in bytes
    args_text: str  # the arguments as they are shown

    @property
    def large(self) -> bool:
        """Whether it is there for the complexity bound."""
        return self.name.startswith("large-")


def cases_of(problem: Problem, pool: Pool, folder: Path, seed: int = SEED) -> tuple[Case, ...]:
    """The problem's cases, the visible ones first; from `folder` if they were made before.

    Raises:
        ProblemBroken: the pack's own code fails.
        SandboxBroken: it could not be run.
    """
    path = folder / problem.id / f"{content_hash(problem, seed)}.jsonl"
    try:
        kept = path.read_bytes()
    except OSError:
        kept = b""
    if kept:
        try:
            return parse_cases(problem, kept)
        except (ValueError, KeyError, TypeError) as error:
            log.warning("the kept cases of %s are damaged and are made anew: %s", problem.id, error)
    lines = make_cases(problem, pool, seed)
    made = parse_cases(problem, lines)
    try:
        for old in path.parent.glob("*.jsonl"):
            old.unlink(missing_ok=True)
        replace_file(path, lines)
    except OSError as error:
        log.warning("the cases of %s cannot be kept: %s", problem.id, error)
    return made


def parse_cases(problem: Problem, lines: bytes) -> tuple[Case, ...]:
    """The cases of `make_cases`' lines. Raises ValueError for damaged lines, ProblemBroken for cases that cannot be used."""
    made = tuple(_parse(lines))
    _check_cases(problem, made)
    return made


def content_hash(problem: Problem, seed: int = SEED) -> str:
    """Of everything that the cases depend on: the pack's code, the interpreter and the libraries."""
    versions = [platform.python_version()]
    for name in problem.info.libraries:
        try:
            versions.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            versions.append(f"no {name}")
    parts = [str(FORMAT), str(seed), problem.info.function, *versions, problem.tests, problem.reference]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def make_cases(problem: Problem, pool: Pool, seed: int = SEED) -> bytes:
    """The cases as lines, anew. Raises as `cases_of`."""
    lines = []
    with trusted(problem, pool) as tests:
        tests.send(json.dumps({"cases": seed}).encode(), limits.LOAD_S)
        left = limits.TESTS_CPU_S
        while True:
            answer = tests.receive(cpu_s=left, wall_s=limits.TESTS_WALL_S, max_answer=limits.MAX_TESTS_LINE)
            left -= answer.cpu_s or answer.wall_s
            if "case" in answer.data:
                # The arguments have a line of their own: they are passed on and not looked at.
                args = answer.data["args"]
                head = {
                    "case": answer.data["case"],
                    "shown": shown_args(args),
                    "outcome": answer.data["outcome"],
                }
                lines += [_line(head), _line(args)]
            elif answer.data.get("done") == len(lines) // 2:
                return b"".join([_line({"cases": len(lines) // 2}), *lines])
            else:
                raise _broken(problem, answer.data)


@contextmanager
def trusted(problem: Problem, pool: Pool) -> Iterator[Sandbox]:
    """A sandbox with the problem's own tests loaded; what goes wrong in it is the problem's fault.

    Raises ProblemBroken, and SandboxBroken for what is nobody's.
    """
    sandbox = pool.take(problem.info.libraries)
    job = {
        "job": "tests",
        "tests": problem.tests,
        "solution": problem.reference,
        "function": problem.info.function,
    }
    try:
        loaded = load_job(sandbox, job, limits.TESTS_MEMORY_MB, limits.TESTS_CPU_S)
        if loaded != LOADED:
            raise _broken(problem, loaded)
        yield sandbox
    except SandboxEnded as error:
        if error.reason is Ending.DIED and error.signal_number is None:
            raise SandboxBroken(f"The sandbox of the tests of {problem.id!r} ended: {error}.") from error
        raise ProblemBroken(
            f"The tests of the problem {problem.id!r} ended without a result ({error.reason.value})."
        ) from error
    finally:
        pool.drop(sandbox)


def load_job(sandbox: Sandbox, job: dict[str, Any], memory_mb: int, cpu_s: float) -> dict[str, Any]:
    """Give a fresh sandbox its job with the memory and processor time that it may take in all; its answer is LOADED, or why not.

    Raises SandboxEnded.
    """
    usage = sandbox.usage()
    allowed = {
        "memory_mb": memory_mb,
        "cpu_s": cpu_s,
        "address_space": usage.address_space if usage is not None else 0,
    }
    request = json.dumps({**job, "limits": allowed}).encode()
    return sandbox.ask(request, cpu_s=limits.LOAD_S, wall_s=limits.wall_of(limits.LOAD_S)).data


def ask_checker(tests: Sandbox, case: Case, got: Any) -> dict[str, Any]:
    """What the problem's own checker says of a value, as the harness tells it. Raises SandboxEnded."""
    expected, value = (
        json.dumps(item, ensure_ascii=False).encode("utf-8", "surrogatepass") for item in (case.expected, got)
    )
    given = b'{"check":[%b,%b,%b]}' % (case.args, expected, value)
    return tests.ask(given, cpu_s=limits.CHECK_S, wall_s=limits.wall_of(limits.CHECK_S)).data


def _broken(problem: Problem, data: dict[str, Any]) -> ProblemBroken:
    failed = data.get("failed")
    words = f"{failed.get('type')}: {failed.get('message')}" if isinstance(failed, dict) else "no such answer"
    return ProblemBroken(f"The tests of the problem {problem.id!r} fail ({words[:300]}).")


def _line(data: Any) -> bytes:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _parse(lines: bytes) -> Iterator[Case]:
    first, *found = lines.split(b"\n")[:-1]
    if len(found) != 2 * int(json.loads(first)["cases"]):
        raise ValueError("a line is missing")
    for head_line, args in zip(found[::2], found[1::2], strict=True):
        head = json.loads(head_line)
        case, outcome = head["case"], head["outcome"]
        raises = outcome.get("raises")
        if raises is None and "value" not in outcome:
            raise ValueError("an outcome has no value")
        yield Case(
            str(case["name"]),
            bool(case["visible"]),
            args,
            outcome.get("value"),
            raises,
            len(head_line),
            str(head["shown"]),
        )


def _check_cases(problem: Problem, cases: tuple[Case, ...]) -> None:
    names = [case.name for case in cases]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ProblemBroken(f"The tests of the problem {problem.id!r} have two cases named {twice[0]!r}.")
    if not cases or not cases[0].visible:
        raise ProblemBroken(f"The tests of the problem {problem.id!r} have no visible case.")
