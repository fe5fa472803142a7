"""Values cross the border as data and come back the same; what is no value is refused."""

from __future__ import annotations

import enum
import json
import math
from collections import Counter, OrderedDict, defaultdict, namedtuple
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from interviewer.sandbox.inside.values import TooDeep, encode, from_text, to_text

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.text(), inner)
        | st.dictionaries(st.integers() | st.booleans() | st.none() | st.text(), inner)
        | st.sets(st.integers() | st.text())
    ),
    max_leaves=20,
)


def same(a: Any, b: Any) -> bool:
    """Equal, where nan is equal to nan and True is not 1."""
    if isinstance(a, float) and isinstance(b, float):
        return a == b or (math.isnan(a) and math.isnan(b))
    if type(a) is not type(b):
        return False
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    return bool(a == b)


@given(PLAIN)
def test_a_value_comes_back_as_it_was(value: Any) -> None:
    assert same(from_text(to_text(value)), value)


@given(PLAIN)
def test_what_crosses_is_strict_json(value: Any) -> None:
    json.loads(to_text(value), parse_constant=lambda name: pytest.fail(name))


class Colour(enum.IntEnum):
    RED = 3


Point = namedtuple("Point", "x y")


@pytest.mark.parametrize(
    ("value", "data"),
    [
        ((1, (2, 3)), [1, [2, 3]]),
        (Point(1, 2), [1, 2]),
        (Colour.RED, 3),
        (np.int64(7), 7),
        (np.float32(0.5), 0.5),
        (np.bool_(True), True),
        (float("nan"), {"__float__": "nan"}),
        ([1.0, -math.inf], [1.0, {"__float__": "-inf"}]),
        (b"\x01\xff", {"__bytes__": "01ff"}),
        (Counter("aab"), {"a": 2, "b": 1}),
        (defaultdict(int, {"a": 1}), {"a": 1}),
        (OrderedDict([(1, 2)]), {"__dict__": [[1, 2]]}),
        ({(1, 2): "pair"}, {"__dict__": [[[1, 2], "pair"]]}),
        ({"__float__": "nan"}, {"__dict__": [["__float__", "nan"]]}),
        (frozenset([4]), {"__set__": [4]}),
        (range(3), {"__object__": {"type": "range", "text": "range(0, 3)"}}),
    ],
    ids=str,
)
def test_what_a_value_is_as_data(value: Any, data: Any) -> None:
    assert encode(value) == data


@pytest.mark.parametrize(
    "dtype", ["float32", "float64", "float16", "bfloat16", "int64", "int32", "uint8", "bool"]
)
def test_a_tensor_comes_back_with_dtype_and_shape(dtype: str) -> None:
    tensor = torch.tensor([[0, 1], [1, 0], [1, 1]]).to(getattr(torch, dtype))
    back = from_text(to_text(tensor))
    assert back.dtype == tensor.dtype
    assert torch.equal(back, tensor)


def test_an_array_and_what_is_in_it_come_back() -> None:
    array = np.array([[1.5, math.nan, -math.inf]])
    back = from_text(to_text({"a": [array, torch.tensor(2.0), torch.empty(0, 3)]}))
    np.testing.assert_array_equal(back["a"][0], array)
    assert back["a"][1].shape == ()
    assert back["a"][2].shape == (0, 3)


def test_a_tensor_with_a_gradient_is_its_numbers() -> None:
    tensor = torch.ones(2, requires_grad=True) * 2
    assert encode(tensor) == {"__tensor__": {"dtype": "float32", "shape": [2], "data": [2.0, 2.0]}}


def test_what_is_nested_without_end_is_refused() -> None:
    loop: list[Any] = []
    loop.append(loop)
    with pytest.raises(TooDeep):
        encode(loop)


@pytest.mark.parametrize(
    "text",
    [
        "NaN",
        "[Infinity]",
        '{"__float__": "x"}',
        '{"__float__": [1]}',
        '{"__set__": [{}]}',
        '{"__set__": 3}',
        '{"__dict__": [1]}',
        '{"__dict__": [[{}, 1]]}',
        '{"__bytes__": "zz"}',
        '{"__tensor__": 3}',
        '{"__tensor__": {"dtype": "float32", "shape": [2], "data": [1.0]}}',
        '{"__tensor__": {"dtype": "float32", "shape": [-1], "data": []}}',
        '{"__tensor__": {"dtype": "object", "shape": [0], "data": []}}',
        '{"__tensor__": {"dtype": "float32", "shape": [1], "data": ["x"]}}',
        '{"__ndarray__": {"dtype": "int64", "shape": [1], "data": [[1, 2]]}}',
        "[" * 100_000,
        "{",
    ],
)
def test_what_is_no_value_is_a_value_error(text: str) -> None:
    with pytest.raises((ValueError, RecursionError)):
        from_text(text)
