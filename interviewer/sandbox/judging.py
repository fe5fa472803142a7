"""Running a solution on cases, one after the other in one sandbox, and judging each answer outside of it.

A case that ends the process leaves those before it as they are and the rest not run.
"""

from __future__ import annotations

import signal
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from corpus import Problem
from interviewer.sandbox import limits
from interviewer.sandbox.cases import LOADED, Case, ask_checker, load_job, trusted
from interviewer.sandbox.compare import Difference, difference_for
from interviewer.sandbox.pool import Pool
from interviewer.sandbox.process import Answer, Ending, Sandbox, SandboxEnded
from interviewer.sandbox.results import CaseResult, CodeResult, Outcome
from interviewer.sandbox.shown import shown, storable


@dataclass(frozen=True)
class _Ran:
    """What came of one call, before it is judged: a value, an exception, or neither and why the process ended."""

    case: Case
    stdout: str
    value: Any = None
    raised: dict[str, Any] | None = None
    ended: SandboxEnded | None = None
    seconds: float | None = None
    memory_mb: float | None = None


def run_cases(problem: Problem, code: str, cases: Sequence[Case], pool: Pool) -> CodeResult:
    """The solution's result on these cases. Blocks; for a worker thread.

    Raises SandboxBroken, and ProblemBroken for a checker that fails on its own.
    """
    sandbox = pool.take(problem.info.libraries)
    try:
        error = load_solution(sandbox, problem, code)
        ran = [] if error is not None else _run_all(sandbox, problem, cases)
    finally:
        pool.drop(sandbox)
    verdicts = _check(problem, ran, pool) if problem.info.compare == "checker" else {}
    results = [_judge(problem, item, verdicts) for item in ran]
    results += [_not_run(case, bool(ran)) for case in cases[len(ran) :]]
    passed = error is None and bool(results) and all(result.passed for result in results)
    return CodeResult(problem.id, passed, tuple(results), error, all(case.visible for case in cases))


def load_solution(
    sandbox: Sandbox, problem: Problem, code: str, cpu_s: float = limits.TOTAL_CPU_S
) -> str | None:
    """Run the solution's module; a sentence if that fails. Afterwards its function can be called."""
    job = {"job": "solve", "code": code, "function": problem.info.function}
    try:
        loaded = load_job(sandbox, job, problem.info.memory_mb, cpu_s + 2 * limits.LOAD_S)
    except SandboxEnded as error:
        return f"Running the code ended before a case could be run: {_why(error, limits.LOAD_S)}"
    if loaded == LOADED:
        return None
    if not isinstance(loaded.get("failed"), dict):
        return "Running the code ended before a case could be run: the process answered with something that is no result."
    failed = _exception(loaded["failed"])
    line = f" (line {failed['line']})" if failed["line"] is not None else ""
    return f"{failed['type']}: {failed['message']}{line}"


def _run_all(sandbox: Sandbox, problem: Problem, cases: Sequence[Case]) -> list[_Ran]:
    ran: list[_Ran] = []
    sandbox.take_output()
    first = sandbox.usage()
    began_mb = first.rss_mb if first is not None else 0.0
    left_cpu = limits.TOTAL_CPU_S
    left_wall = limits.TOTAL_WALL_S
    for index, case in enumerate(cases):
        if left_cpu <= 0 or left_wall <= 0:
            break
        try:
            answer = call(
                sandbox, problem, case.args, index, limits.ANSWER_BYTES + limits.ANSWER_FACTOR * case.size
            )
        except SandboxEnded as error:
            return [*ran, _Ran(case, error.printed, ended=error)]
        peak = answer.usage.peak_mb if answer.usage is not None else None
        seconds = time_of(answer)
        ran.append(
            _Ran(
                case,
                sandbox.take_output(),
                answer.data.get("value"),
                _exception(answer.data["raised"]) if "raised" in answer.data else None,
                seconds=seconds,
                memory_mb=None if peak is None else max(0.0, peak - began_mb),
            )
        )
        left_cpu -= seconds
        left_wall -= answer.wall_s
    return ran


def call(sandbox: Sandbox, problem: Problem, args: bytes, seed: int, max_answer: int) -> Answer:
    """Call the solution with arguments as JSON text, within the problem's limits. Raises SandboxEnded."""
    allowed_s = problem.info.seconds + limits.json_s(len(args) + max_answer)
    answer = sandbox.ask(
        b'{"call":%b,"seed":%d}' % (args, seed),
        cpu_s=allowed_s,
        wall_s=limits.wall_of(allowed_s),
        max_answer=max_answer,
    )
    if not ("value" in answer.data or "raised" in answer.data):
        sandbox.kill()
        raise SandboxEnded(Ending.GARBLED)
    return answer


def time_of(answer: Answer) -> float:
    """Seconds of processor time that a call took: what the process says, but no less than was seen from outside."""
    seen = answer.cpu_s if answer.cpu_s is not None else answer.wall_s
    said = answer.data.get("cpu")
    if not isinstance(said, int | float) or isinstance(said, bool) or not 0 <= said <= seen + 1:
        return seen
    return max(float(said), seen - limits.json_s(answer.moved))


def _exception(data: Any) -> dict[str, Any]:
    """An exception as the harness tells it, whatever really came."""
    given = data if isinstance(data, dict) else {}
    names = given.get("is")
    line = given.get("line")
    return {
        "type": _text(given.get("type"), 80) or "an exception",
        "is": [name for name in names if isinstance(name, str)][:20] if isinstance(names, list) else [],
        "message": _text(given.get("message"), 600),
        "trace": _text(given.get("trace"), 4_000),
        "out_of_memory": given.get("out_of_memory") is True,
        "returned": given.get("returned") is True,
        "line": line if isinstance(line, int) and not isinstance(line, bool) else None,
    }


def _text(value: Any, limit: int) -> str:
    return storable(value[:limit]) if isinstance(value, str) else ""


def _check(problem: Problem, ran: Sequence[_Ran], pool: Pool) -> dict[str, str | None]:
    """The checker's verdicts by case, for what returned a value; the values are data to it."""
    returned = [
        item for item in ran if item.ended is None and item.raised is None and item.case.raises is None
    ]
    verdicts: dict[str, str | None] = {}
    if not returned:
        return verdicts
    with trusted(problem, pool) as tests:
        for item in returned:
            said = ask_checker(tests, item.case, item.value)
            if "verdict" in said:
                verdict = said["verdict"]
                verdicts[item.case.name] = (
                    None if verdict is None else _text(verdict, 600) or "It is not right."
                )
            else:
                # A value that no function could return cannot be turned back; the checker itself may fail on one too.
                failed = _exception(said.get("failed"))
                verdicts[item.case.name] = (
                    f"The result cannot be checked ({failed['type']}: {failed['message'][:200]})."
                )
    return verdicts


def _judge(problem: Problem, ran: _Ran, verdicts: dict[str, str | None]) -> CaseResult:
    case = ran.case
    if ran.ended is not None:
        outcome, message = _of_ending(ran.ended, problem)
        return _result(ran, outcome, message, None)
    if ran.seconds is not None and ran.seconds > problem.info.seconds:
        return _result(ran, "too-slow", _too_slow(problem, ran.seconds), None)
    if ran.raised is not None:
        return _judge_exception(ran, ran.raised, problem)
    got = shown(ran.value)
    if case.raises is not None:
        wanted = (
            f"It should raise {case.raises} and" if case.visible else "This case expects something else: it"
        )
        return _result(ran, "raised", f"{wanted} returns {got[:120]}.", got)
    if problem.info.compare == "checker":
        verdict = verdicts.get(case.name, "It was not checked.")
        if verdict is not None and not case.visible:
            verdict = "The result is not right."  # the checker's own words may hold the right one
        return _result(ran, "passed" if verdict is None else "wrong", verdict or "", got)
    found = difference_for(problem.info, case.expected, ran.value)
    if found is None:
        return _result(ran, "passed", "", got)
    return _result(ran, "wrong", _sentence(found, case.visible), got)


def _judge_exception(ran: _Ran, raised: dict[str, Any], problem: Problem) -> CaseResult:
    what = f"{raised['type']}: {raised['message']}" if raised["message"] else raised["type"]
    if ran.case.raises is not None and ran.case.raises in raised["is"] and not raised["returned"]:
        return _result(ran, "passed", "", f"raises {what}")
    if raised["out_of_memory"]:
        return _result(ran, "out-of-memory", _out_of_memory(problem), f"raises {what}")
    where = f" in line {raised['line']}" if raised["line"] is not None else ""
    told = f"Its result cannot be read: {what}." if raised["returned"] else f"It raises {what}{where}."
    if ran.case.raises is not None and ran.case.visible:
        told = f"It should raise {ran.case.raises} and raises {what}{where}."
    # The trace is worth more to who wrote the code than the bare exception; it ends with it.
    return _result(ran, "raised", told, raised["trace"].strip() or f"raises {what}")


def _sentence(found: Difference, visible: bool) -> str:
    text = found.text if visible else found.kind
    return f"{text[:1].upper()}{text[1:]}."


def _of_ending(error: SandboxEnded, problem: Problem) -> tuple[Outcome, str]:
    match error.reason:
        case Ending.TIME:
            return "too-slow", _too_slow(problem, None)
        case Ending.OUTPUT:
            return "too-much-output", "It prints without end."
        case Ending.TOO_LONG:
            return "wrong", "What it returns is many times longer than the right result."
        case Ending.DIED if error.signal_number == signal.SIGKILL:
            return (
                "out-of-memory",
                f"The process was ended: it took more than {problem.info.memory_mb} MB or all the time.",
            )
    why = _why(error, problem.info.seconds)
    return "crashed", f"{why[:1].upper()}{why[1:]}"


def _why(error: SandboxEnded, seconds: float) -> str:
    match error.reason:
        case Ending.TIME:
            return f"it takes longer than {seconds:g} s."
        case Ending.OUTPUT:
            return "it prints without end."
        case Ending.GARBLED | Ending.TOO_LONG:
            return "the process answered with something that is no result."
    if error.signal_number is not None:
        return f"the process crashed ({signal.Signals(error.signal_number).name})."
    return "the process ended itself before it returned."


def _too_slow(problem: Problem, seconds: float | None) -> str:
    took = "it was stopped" if seconds is None else f"it took {seconds:.1f} s"
    return f"Too slow: a case has {problem.info.seconds:g} s of processor time, and {took}."


def _out_of_memory(problem: Problem) -> str:
    return f"Out of memory: a case has {problem.info.memory_mb} MB."


def _result(ran: _Ran, outcome: Outcome, message: str, got: str | None) -> CaseResult:
    case = ran.case
    return CaseResult(
        name=case.name,
        passed=outcome == "passed",
        visible=case.visible,
        outcome=outcome,
        message=message,
        args=case.args_text,
        expected=expected_text(case) if case.visible else None,
        got=got,
        stdout=ran.stdout,
        time_ms=None if ran.seconds is None else round(ran.seconds * 1000, 3),
        memory_mb=None if ran.memory_mb is None else round(ran.memory_mb, 1),
    )


def expected_text(case: Case) -> str:
    """What is expected of a case, as it is shown."""
    return f"raises {case.raises}" if case.raises is not None else shown(case.expected)


def _not_run(case: Case, begun: bool) -> CaseResult:
    why = (
        "Not run: an earlier case ended the process, or the time for all cases was up."
        if begun
        else "Not run."
    )
    return CaseResult(
        case.name, False, case.visible, "not-run", why, case.args_text,
        expected_text(case) if case.visible else None, None, "", None, None,
    )  # fmt: skip
