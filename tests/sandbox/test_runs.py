"""Running solutions: what a person is told of each case."""

from __future__ import annotations

import json

import pytest
from sandbox_world import case_of, needs_bubblewrap, problem_of, run, run_one

from interviewer.sandbox.growth import GrowthPoint, growth_of, slope
from interviewer.sandbox.inside.values import from_text
from interviewer.sandbox.judging import run_cases
from interviewer.sandbox.pool import Pool

pytestmark = needs_bubblewrap

ADD = "def attempt(a, b=1):\n    print('adding', a)\n    return a + b\n"


def test_a_right_solution_passes_with_time_memory_and_what_it_printed(pool: Pool) -> None:
    result = run(pool, ADD, case_of("one", [1], 2), case_of("two", [2, 3], 5, visible=False))
    assert (result.passed, result.error, result.examples_only) == (True, None, False)
    one, two = result.cases
    assert (one.outcome, one.message, one.args, one.expected, one.got) == ("passed", "", "1", "2", "2")
    assert (one.stdout, two.stdout) == ("adding 1\n", "adding 2\n")
    assert one.time_ms is not None
    assert one.memory_mb is not None
    assert two.expected is None, "a hidden case keeps its expected value"


def test_keyword_arguments_come_by_name(pool: Pool) -> None:
    case = case_of("named", [1, {"__kwargs__": {"b": 5}}], 6)
    result = run(pool, ADD, case)
    assert result.passed
    assert result.cases[0].args == "1, b=5"


def test_values_come_as_they_were_meant(pool: Pool) -> None:
    code = "import math\ndef attempt(x, d):\n    return [math.isnan(x), d[1], {(1, 2): 3}, (4,), {5}]\n"
    expected = [True, "one", {"__dict__": [[[1, 2], 3]]}, [4], {"__set__": [5]}]
    result = run_one(pool, code, [{"__float__": "nan"}, {"__dict__": [[1, "one"]]}], expected)
    assert result.passed, result


@pytest.mark.parametrize(
    ("body", "outcome", "words"),
    [
        ("return a", "wrong", "2 expected, 1 found."),
        ("return str(a)", "wrong", "should be a number and is a text"),
        ("return [][a]", "raised", "It raises IndexError: list index out of range in line 2."),
        ("raise ValueError", "raised", "It raises ValueError in line 2."),
        ("return input()", "raised", "It raises EOFError"),
        ("while True: pass", "too-slow", "Too slow: a case has 1 s of processor time, and it was stopped."),
        ("return bytearray(10**9)", "out-of-memory", "Out of memory: a case has 128 MB."),
        ("import os; os._exit(3)", "crashed", "The process ended itself before it returned."),
        ("import ctypes; ctypes.string_at(0)", "crashed", "The process crashed (SIGSEGV)."),
        ("while True: print('x' * 99)", "too-much-output", "It prints without end."),
        ("return object()", "wrong", "an object of the type object, which cannot be compared"),
        ("return lambda: 1", "wrong", "an object of the type function"),
    ],
)
def test_what_went_wrong_is_said(pool: Pool, body: str, outcome: str, words: str) -> None:
    found = run_one(pool, f"def attempt(a):\n    {body}\n", [1], 2)
    assert (found.passed, found.outcome) == (False, outcome)
    assert words in found.message


def test_of_a_hidden_case_the_expected_value_is_not_told(pool: Pool) -> None:
    for code in ("def attempt(a):\n    return 7\n", "def attempt(a):\n    raise KeyError(a)\n"):
        result = run(pool, code, case_of("hidden", [1], 424242, visible=False))
        assert "424242" not in repr(result)
        raising = case_of("hidden", [1], None, visible=False, raises="LookupError")
        assert "LookupError" not in run(pool, "def attempt(a):\n    return 7\n", raising).cases[0].message


@pytest.mark.parametrize(
    ("body", "passed", "words"),
    [
        ("raise ValueError('empty')", True, ""),
        ("class Mine(ValueError): pass\n    raise Mine()", True, ""),
        ("raise TypeError('x')", False, "It should raise ValueError and raises TypeError: x in line 2."),
        ("return None", False, "It should raise ValueError and returns None."),
    ],
)
def test_an_exception_can_be_what_is_expected(pool: Pool, body: str, passed: bool, words: str) -> None:
    case = case_of("raises", [1], None, raises="ValueError")
    found = run(pool, f"def attempt(a):\n    {body}\n", case).cases[0]
    assert (found.passed, found.message) == (passed, words)
    assert found.expected == "raises ValueError"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("def attempt(a:\n    pass", "SyntaxError: '(' was never closed (line 1)"),
        ("def other(a):\n    pass", "NameError: the code defines no function 'attempt'"),
        ("attempt = 3", "NameError"),
        ("import nothing_like_this", "ModuleNotFoundError: No module named 'nothing_like_this' (line 1)"),
        ("raise SystemExit(2)", "SystemExit: 2 (line 1)"),
        ("while True:\n    pass", "takes longer than 5 s"),
        ("import os\nos._exit(0)", "the process ended itself"),
    ],
)
def test_code_that_cannot_be_loaded_is_one_error(pool: Pool, code: str, words: str) -> None:
    result = run(pool, code, case_of("one", [1], 1), case_of("two", [1], 1))
    assert result.error is not None
    assert words in result.error
    assert not result.passed
    assert [case.outcome for case in result.cases] == ["not-run", "not-run"]


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ("while True: pass", "too-slow"),
        ("import os; os._exit(0)", "crashed"),
        ("import time; time.sleep(99)", "too-slow"),
    ],
)
def test_what_ends_the_process_leaves_earlier_cases_and_stops_later_ones(
    pool: Pool, body: str, outcome: str
) -> None:
    code = f"def attempt(a):\n    print('at', a)\n    if a == 3:\n        {body}\n    return a\n"
    result = run(pool, code, *(case_of(f"case-{n}", [n], n) for n in range(1, 6)))
    assert [case.outcome for case in result.cases] == ["passed", "passed", outcome, "not-run", "not-run"]
    assert result.first_failure is result.cases[2]
    assert result.cases[2].stdout == "at 3\n", "what was printed before the end is wanted most"


def test_an_exception_or_a_lack_of_memory_does_not_stop_later_cases(pool: Pool) -> None:
    code = "def attempt(a):\n    if a == 1:\n        return 1 // 0\n    if a == 2:\n        return bytearray(10**9)\n    return a\n"
    result = run(pool, code, *(case_of(f"case-{n}", [n], n) for n in range(1, 4)))
    assert [case.outcome for case in result.cases] == ["raised", "out-of-memory", "passed"]


def test_random_numbers_are_the_same_on_every_run(pool: Pool) -> None:
    code = "import random\ndef attempt(a):\n    return random.random()\n"
    first = run(pool, code, case_of("a", [1], 0), case_of("b", [1], 0))
    again = run(pool, code, case_of("a", [1], 0), case_of("b", [1], 0))
    assert [case.got for case in first.cases] == [case.got for case in again.cases]


def test_what_was_printed_is_cut(pool: Pool) -> None:
    found = run_one(pool, "def attempt(a):\n    print('x' * 100_000)\n    return a\n", [1], 1)
    assert found.passed
    assert len(found.stdout) < 9000
    assert found.stdout.endswith("… (cut)")


def test_time_that_is_lied_about_is_seen_from_outside(pool: Pool) -> None:
    code = (
        "import time\nhonest = time.process_time\n"
        "for name in ('thread_time', 'process_time', 'perf_counter'):\n    setattr(time, name, lambda: 0.0)\n"
        "def attempt(a):\n    end = honest() + 0.4\n    while honest() < end: pass\n    return a\n"
    )
    found = run_one(pool, code, [1], 1)
    assert found.passed
    assert found.time_ms is not None
    assert found.time_ms > 300


def test_waiting_is_not_working(pool: Pool) -> None:
    found = run_one(pool, "import time\ndef attempt(a):\n    time.sleep(1.2)\n    return a\n", [1], 1)
    assert found.passed, "a second is processor time; the clock has more"
    assert found.time_ms is not None
    assert found.time_ms < 500


def test_long_answers_are_as_long_as_the_right_one_allows(pool: Pool) -> None:
    right = list(range(200_000))
    assert run_one(pool, "def attempt(n):\n    return list(range(n))\n", [200_000], right).passed


def test_a_tensor_is_compared_in_dtype_shape_and_values(pool: Pool) -> None:
    tensor = {"__tensor__": {"dtype": "float32", "shape": [2], "data": [1.0, 2.0]}}
    problem = problem_of(libraries=["torch"], compare="approx", limits={"seconds": 5, "memory_mb": 1024})
    code = "import torch\ndef attempt(x, how):\n    y = x * 2\n    return eval(how)\n"
    doubled = {"__tensor__": {"dtype": "float32", "shape": [2], "data": [2.0, 4.000001]}}
    cases = [
        case_of("as it is", [tensor, "y"], doubled),
        case_of("dtype", [tensor, "y.double()"], doubled),
        case_of("shape", [tensor, "y[None]"], doubled),
        case_of("value", [tensor, "y + 1"], doubled),
        case_of("list", [tensor, "y.tolist()"], doubled),
        case_of("memory", [tensor, "torch.zeros(10**12)"], doubled),
        case_of("gradient", [tensor, "(y.requires_grad_() * 1)"], doubled),
    ]
    result = run_cases(problem, code, cases, pool)
    assert [case.outcome for case in result.cases] == [
        "passed", "wrong", "wrong", "wrong", "wrong", "out-of-memory", "passed",
    ]  # fmt: skip
    assert "dtype should be float32 and is float64" in result.cases[1].message
    assert "shape should be [2] and is [1, 2]" in result.cases[2].message


def test_what_is_told_can_be_stored_whatever_was_said(pool: Pool) -> None:
    code = (
        "def attempt(how):\n    print('\\0', '\\ud800', 'ä')\n    bad = '\\0\\ud800'\n"
        "    if how == 'raise':\n        raise type('E', (Exception,), {})(bad)\n"
        "    return {'text': bad, 'key': {bad: 1}, 'object': type(bad, (), {'__repr__': lambda s: bad})() if how == 'object' else 0}[how]\n"
    )
    code = code.replace("type(bad,", "type('E',")
    result = run(pool, code, *(case_of(how, [how], 1) for how in ("text", "key", "object", "raise")))
    for case in result.cases:
        told = json.dumps([case.message, case.got, case.stdout], ensure_ascii=False)
        assert "\0" not in told
        told.encode("utf-8")
        assert case.stdout.endswith("ä\n")


def test_what_is_told_is_plain_data(pool: Pool) -> None:
    from pydantic import TypeAdapter

    from interviewer.sandbox.results import CodeResult

    result = run(pool, ADD, case_of("one", [1], 2), case_of("bad", ["a"], 2))
    kept = TypeAdapter(CodeResult).dump_json(result)
    assert TypeAdapter(CodeResult).validate_json(kept) == result
    assert json.loads(kept)["cases"][1]["outcome"] == "raised"


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ([(1, 5.0), (10, 50.0), (100, 500.0)], 1.0),
        ([(2, 4.0), (4, 16.0), (8, 64.0)], 2.0),
        ([(1, 3.0), (1000, 3.0)], 0.0),
        ([(1, 1.0), (4, 2.0), (16, 4.0)], 0.5),
    ],
)
def test_the_slope_of_known_curves(points: list[tuple[float, float]], expected: float) -> None:
    assert slope(points) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("times_ms", "exponent", "within"),
    [
        ((1.0, 2.0, 4.0), 1.0, True),
        ((1.0, 4.0, 16.0), 2.0, False),
        ((0.0001, 0.0002, 0.0004), None, None),
        ((0.01, 2.0, 4.0), None, None),
        ((), None, None),
    ],
)
def test_growth_is_told_only_where_it_was_measured(
    times_ms: tuple[float, ...], exponent: float | None, within: bool | None
) -> None:
    points = [GrowthPoint(100 * 2**at, ms, 5) for at, ms in enumerate(times_ms)]
    problem = problem_of(
        complexity={"time": "O(n)", "space": "O(1)", "exponent": [0.8, 1.2], "sizes": [1, 2, 3]}
    )
    found = growth_of(problem, points)
    assert (found.exponent, found.within) == (exponent, within)
    assert bool(found.note) is (exponent is None)
    assert found.stated_time == "O(n)"


def test_an_answer_of_ours_is_read_as_it_was_written() -> None:
    assert from_text('{"a": [{"__float__": "inf"}]}') == {"a": [float("inf")]}
