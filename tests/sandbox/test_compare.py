"""What is equal, what is not, and in which words; of values that may hold anything."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interviewer.sandbox.compare import difference
from interviewer.sandbox.shown import shown, shown_args

NAN = {"__float__": "nan"}
INF = {"__float__": "inf"}
DATA = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.text() | st.sampled_from(["__tensor__", "__set__", "__float__", "__dict__"]), inner
        )
        | st.fixed_dictionaries({"dtype": inner, "shape": inner, "data": inner})
    ),
    max_leaves=25,
)


def tensor(shape: list[Any], data: list[Any], dtype: str = "float32") -> dict[str, Any]:
    return {"__tensor__": {"dtype": dtype, "shape": shape, "data": data}}


EQUAL = [
    (3, 3.0),
    ([1, [2]], [1.0, [2]]),
    (NAN, NAN),
    (INF, INF),
    ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    ({"__dict__": [[1, "a"], [2, "b"]]}, {"__dict__": [[2, "b"], [1, "a"]]}),
    ({"__set__": [1, 2]}, {"__set__": [2, 1]}),
    (tensor([2], [1.0, NAN]), tensor([2], [1.0, NAN])),
    (tensor([0, 3], []), tensor([0, 3], [])),
    (10**400, 10**400),
]

DIFFERENT = [
    (True, 1, "should be a bool and is a number"),
    (0, False, "should be a number and is a bool"),
    (None, 0, "should be None and is a number"),
    (1, "1", "should be a number and is a text"),
    ([1, 2], [1, 2, 3], "2 items expected, 3 found"),
    ([1, [2, 3]], [1, [2, 4]], "[1][1]: 3 expected, 4 found"),
    (NAN, 1.0, "nan expected, 1.0 found"),
    (1.0, INF, "1.0 expected, inf found"),
    ([1], {"__set__": [1]}, "should be a list and is a set"),
    ({"a": 1}, {"b": 1}, "the key 'a' is missing"),
    ({"a": 1}, {"a": 1, "b": 1}, "has the key 'b'"),
    ({"__set__": [1, 2]}, {"__set__": [1, 3]}, "3 is there and should not be"),
    (tensor([1], [1.0]), tensor([1], [1.0], "float64"), "the dtype should be float32 and is float64"),
    (tensor([1, 2], [1.0, 2.0]), tensor([2], [1.0, 2.0]), "the shape should be [1, 2] and is [2]"),
    (
        tensor([2], [1.0, 2.0]),
        tensor([2], [1.0, 3.0]),
        "1 of 2 values differ, the first at [1]: 2 expected, 3 found",
    ),
    (tensor([1], [1.0]), 1.0, "should be a tensor and is a number"),
    (1, {"__object__": {"type": "Any", "text": "x"}}, "an object of the type Any, which cannot be compared"),
    (10**400, 10**400 + 1, "expected"),
]

HOSTILE = [
    tensor([-1], []),
    tensor([2**62, 0], []),
    tensor([1] * 40, [1.0]),
    tensor([1], ["x"]),
    tensor([1], [10**400], "int64"),
    tensor([1], [True], "int64"),
    tensor([1], [1.5], "int64"),
    {"__tensor__": 3},
    {"__tensor__": {"dtype": [], "shape": [], "data": []}},
    {"__set__": 3},
    {"__dict__": [[1]]},
    {"__float__": "1e999"},
    {"__object__": 3},
    10**4000,
    1e308,
]


@pytest.mark.parametrize(("expected", "got"), EQUAL)
def test_equal(expected: Any, got: Any) -> None:
    assert difference(expected, got) is None
    assert difference(expected, got, unordered=True) is None
    assert difference(expected, got, tolerances=(1e-6, 1e-6)) is None


@pytest.mark.parametrize(("expected", "got", "words"), DIFFERENT)
def test_different_in_words(expected: Any, got: Any, words: str) -> None:
    found = difference(expected, got)
    assert found is not None
    assert words in found.text


@pytest.mark.parametrize("got", HOSTILE, ids=lambda item: str(item)[:40])
@pytest.mark.parametrize(
    "expected", [1, [1], "a", {"a": 1}, tensor([1], [1.0]), tensor([1], [1], "int64"), {"__set__": [1]}]
)
def test_whatever_comes_is_a_difference_and_not_an_error(expected: Any, got: Any) -> None:
    for options in ({}, {"unordered": True}, {"tolerances": (1e-6, 1e-6)}):
        assert difference(expected, got, **options) is not None  # type: ignore[arg-type]
    assert len(shown(got)) < 1000


@given(DATA)
def test_data_equals_itself_unless_it_is_an_array_that_is_none(data: Any) -> None:
    found = difference(data, data)
    assert found is None or "array" in found.text or "cannot be compared" in found.text


@given(DATA, DATA)
def test_comparing_and_showing_never_fail_and_stay_short(one: Any, other: Any) -> None:
    for options in ({}, {"unordered": True}, {"tolerances": (0.1, 0.1)}):
        found = difference(one, other, **options)  # type: ignore[arg-type]
        assert found is None or len(found.text) < 2000
    assert len(shown(one)) <= 401
    shown_args(one)


def test_deep_values_are_neither_compared_nor_an_error() -> None:
    deep: Any = 1
    for _ in range(900):
        deep = {"__set__": [deep]}
    found = difference(deep, deep, unordered=True) or difference({"a": deep}, {"a": deep})
    assert found is None or "deep" in found.text
    assert len(shown(deep)) < 401


@pytest.mark.parametrize(
    ("expected", "got", "same"),
    [
        ([1, 2, 2], [2, 1, 2], True),
        ([1, 2], [1, 1], False),
        ([[1, 2], [3]], [[3], [1, 2]], True),
        ([[1, 2]], [[2, 1]], False),
        ([3], [3.0], True),
        ([True], [1], False),
        ([{"a": 1, "b": 2}], [{"b": 2, "a": 1}], True),
    ],
)
def test_in_any_order(expected: Any, got: Any, same: bool) -> None:
    assert (difference(expected, got, unordered=True) is None) is same


@pytest.mark.parametrize(
    ("expected", "got", "same"),
    [
        (100.0, 100.05, True),
        (100.0, 100.2, False),
        (0.0, 0.0009, True),
        (0.0, 0.0011, False),
        (INF, 5.0, False),
        (5.0, INF, False),
        (INF, {"__float__": "-inf"}, False),
        (NAN, 0.0, False),
        (tensor([2], [100.0, INF]), tensor([2], [100.05, INF]), True),
        (tensor([1], [INF]), tensor([1], [1.0]), False),
        ([1.0, [2.0]], [1.0005, [2.001]], True),
        (10**400, 10**400 + 10, False),
    ],
)
def test_near_enough(expected: Any, got: Any, same: bool) -> None:
    """rtol 0.0005 of the expected value and atol 0.001, by hand."""
    assert (difference(expected, got, tolerances=(0.0005, 0.001)) is None) is same


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        (41, 42),
        ([1, 41], [1, 42]),
        (tensor([1], [41.0]), tensor([1], [42.0])),
        ({"a": 41}, {"a": 42}),
        ({"41": 1}, {"42": 1}),
    ],
)
def test_the_sentence_for_a_hidden_case_keeps_the_expected_value(expected: Any, got: Any) -> None:
    found = difference(expected, got)
    assert found is not None
    assert "41" in found.text
    assert "41" not in found.kind


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ([1, 2.5, "a", None, True], "[1, 2.5, 'a', None, True]"),
        (list(range(20)), "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, … 8 more]"),
        (NAN, "nan"),
        ({"__set__": []}, "set()"),
        ({"__set__": [1]}, "{1}"),
        ({"__set__": [["a", ["b"]]]}, "{('a', ('b',))}"),
        ({"__dict__": [[1, "a"]]}, "{1: 'a'}"),
        ({"__dict__": [[["a", "b"], [1, 2]], [[], 3]]}, "{('a', 'b'): [1, 2], (): 3}"),
        ({"__raises__": "ValueError"}, "raises ValueError"),
        (tensor([2, 2], [1.0, 2.5, -3.0, NAN]), "tensor([[1, 2.5], [-3, nan]], shape=[2, 2], dtype=float32)"),
        (tensor([0, 2], []), "tensor([], shape=[0, 2], dtype=float32)"),
    ],
)
def test_how_values_are_shown(value: Any, text: str) -> None:
    assert shown(value) == text


def test_arguments_are_shown_as_a_call_has_them() -> None:
    assert shown_args([1, "a", {"__kwargs__": {"k": [2]}}]) == "1, 'a', k=[2]"
    assert math.isfinite(len(shown_args([list(range(10**5)), "x" * 10**5])))
