"""Whether what came out of a sandbox is what was expected. Pure; both are encoded values, and `got` may hold anything.

Numbers compare by value (3 equals 3.0), but a bool is only equal to a bool. nan equals nan, since what is compared are
results and not numbers. Lists and tuples are the same; a set is a set. Tensors and arrays compare in kind, dtype, shape
and values, and what differs is named in that order.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus import ProblemInfo
from interviewer.sandbox.inside.values import DTYPES
from interviewer.sandbox.shown import shown

MAX_DEPTH = 120
_SIMPLE = (int, str, float)


@dataclass(frozen=True)
class Difference:
    """Where and how two values differ. `kind` is the sentence without any expected value: safe for a hidden case."""

    text: str
    kind: str


Numbers = Callable[[float, float], bool]


def difference(
    expected: Any, got: Any, *, unordered: bool = False, tolerances: tuple[float, float] | None = None
) -> Difference | None:
    """The first difference; None if there is none. `tolerances` are (rtol, atol) as in numpy.isclose."""
    try:
        if unordered and isinstance(expected, list) and isinstance(got, list):
            return _as_multisets(expected, got)
        return _differ(
            expected, got, (), _same_number if tolerances is None else _near(*tolerances), tolerances
        )
    except RecursionError:
        return _words((), "is nested too deep to be compared")


def difference_for(info: ProblemInfo, expected: Any, got: Any) -> Difference | None:
    """The first difference in the way that a problem compares (one with a checker asks that instead)."""
    return difference(
        expected,
        got,
        unordered=info.compare == "unordered",
        tolerances=info.tolerances if info.compare == "approx" else None,
    )


def _near(rtol: float, atol: float) -> Numbers:
    def near(expected: float, got: float) -> bool:
        if _same_number(expected, got):
            return True
        try:
            return (
                math.isfinite(expected)
                and math.isfinite(got)
                and abs(expected - got) <= atol + rtol * abs(expected)
            )
        except OverflowError:
            return False  # integers beyond every float, and not the same

    return near


def _same_number(a: float, b: float) -> bool:
    return a == b or (a != a and b != b)


def _as_multisets(expected: list[Any], got: list[Any]) -> Difference | None:
    """The same items as often, in whatever order."""
    if len(expected) != len(got):
        return _length((), expected, got)
    missing: dict[str, list[Any]] = {}
    for item in expected:
        missing.setdefault(_key(item), []).append(item)
    for item in got:
        same = missing.get(_key(item))
        if not same:
            text = f"{shown(item, 120)} is there and should not be, or is there too often"
            return Difference(text, text)
        same.pop()
    return None


def _key(item: Any) -> str:
    """One text for equal values: 3 and 3.0 are, and the order of a dict's keys says nothing."""
    return json.dumps(_plain_numbers(item, 0), sort_keys=True)


def _plain_numbers(item: Any, depth: int) -> Any:
    if isinstance(item, float) and item.is_integer():
        return int(item)
    if depth > MAX_DEPTH:
        return None
    if isinstance(item, list):
        return [_plain_numbers(each, depth + 1) for each in item]
    if isinstance(item, dict):
        if set(item) == {"__set__"} and isinstance(item["__set__"], list):
            return {"__set__": sorted(_key(each) for each in item["__set__"])}
        return {key: _plain_numbers(each, depth + 1) for key, each in item.items()}
    return item


At = tuple[int | str, ...]


def _differ(
    expected: Any, got: Any, at: At, same: Numbers, tolerances: tuple[float, float] | None
) -> Difference | None:
    if len(at) > MAX_DEPTH:
        return _words(at, "is nested too deep to be compared")
    if _is_number(expected) and _is_number(got):
        return None if same(_finite(expected), _finite(got)) else _value(at, expected, got)
    if isinstance(expected, list) and isinstance(got, list):
        return _differ_lists(expected, got, at, same, tolerances)
    kinds = _kind(expected), _kind(got)
    if kinds[0] != kinds[1]:
        return _words(at, f"should be {kinds[0]} and is {kinds[1]}")
    match kinds[0]:
        case "a tensor" | "an array":
            return _differ_arrays(next(iter(expected.values())), next(iter(got.values())), at, tolerances)
        case "a set":
            found = _as_multisets(expected["__set__"], got["__set__"])
            return None if found is None else _words(at, found.text)
        case "a dict":
            return _differ_dicts(_pairs(expected), _pairs(got), at, same, tolerances)
    return None if expected == got else _value(at, expected, got)


def _differ_lists(
    expected: list[Any], got: list[Any], at: At, same: Numbers, tolerances: tuple[float, float] | None
) -> Difference | None:
    if len(expected) != len(got):
        return _length(at, expected, got)
    for index, (one, other) in enumerate(zip(expected, got, strict=True)):
        # The usual case without a call for each of a hundred thousand numbers.
        if type(one) is type(other) and type(one) in _SIMPLE and one == other:
            continue
        found = _differ(one, other, (*at, index), same, tolerances)
        if found is not None:
            return found
    return None


def _differ_dicts(
    expected: dict[str, tuple[Any, Any]],
    got: dict[str, tuple[Any, Any]],
    at: At,
    same: Numbers,
    tolerances: tuple[float, float] | None,
) -> Difference | None:
    for name, (key, value) in expected.items():
        if name not in got:
            where = _place(at)
            return Difference(f"{where}the key {shown(key, 80)} is missing", f"{where}a key is missing")
        found = _differ(value, got[name][1], (*at, shown(key, 40)), same, tolerances)
        if found is not None:
            return found
    for name, (key, _) in got.items():
        if name not in expected:
            return _words(at, f"has the key {shown(key, 80)}, which should not be there")
    return None


def _differ_arrays(
    expected: Any, got: Any, at: At, tolerances: tuple[float, float] | None
) -> Difference | None:
    want, have = _array(expected), _array(got)
    if have is None or want is None:
        return _words(at, "is an array that cannot be read")
    for what, mine, theirs in (
        ("the dtype", expected["dtype"], got["dtype"]),
        ("the shape", str(list(want.shape)), str(list(have.shape))),
    ):
        if mine != theirs:
            text = f"{_place(at)}{what} should be {mine} and is {theirs}"
            return Difference(text, text)
    if tolerances is None:
        equal = (want == have) | ((want != want) & (have != have))
    else:
        with np.errstate(invalid="ignore", over="ignore"):
            equal = np.isclose(have, want, rtol=tolerances[0], atol=tolerances[1], equal_nan=True)
    if bool(equal.all()):
        return None
    wrong = int(equal.size - equal.sum())
    first = tuple(int(index) for index in np.argwhere(~equal)[0]) if equal.ndim else ()
    where = f"{_place(at)}{wrong:,} of {equal.size:,} values differ, the first at {list(first)}"
    should, found = _figure(want[first].item()), _figure(have[first].item())
    return Difference(f"{where}: {should} expected, {found} found", f"{where}: {found} found")


def _figure(value: float) -> str:
    return f"{value:.8g}" if isinstance(value, float) else repr(value)


def _array(held: Any) -> NDArray[Any] | None:
    """The array of a tag's contents; None for contents that are none."""
    if not isinstance(held, dict) or held.keys() != {"dtype", "shape", "data"}:
        return None
    dtype, shape, data = held["dtype"], held["shape"], held["data"]
    if dtype not in DTYPES or not isinstance(shape, list) or not isinstance(data, list):
        return None
    if len(shape) > 32 or not all(type(size) is int and size >= 0 for size in shape):
        return None
    if math.prod(shape) != len(data):
        return None
    kinds = set(map(type, data))
    numbers = data
    if dtype == "bool":
        fits, kind = kinds <= {bool}, "bool"
    elif "int" in dtype:
        fits, kind = kinds <= {int}, "int64"
    else:
        fits, kind = (
            kinds <= {int, float, dict} and (dict not in kinds or all(map(_is_number, data))),
            "float64",
        )
        if fits and dict in kinds:
            numbers = [_finite(item) for item in data]
    if not fits:
        return None
    try:
        return np.array(numbers, dtype=kind).reshape(shape)
    except (ValueError, OverflowError, TypeError):
        return None


def _is_number(value: Any) -> bool:
    if isinstance(value, dict):
        return value.keys() == {"__float__"} and value["__float__"] in ("nan", "inf", "-inf")
    return isinstance(value, int | float) and not isinstance(value, bool)


def _finite(value: Any) -> float:
    return float(value["__float__"]) if isinstance(value, dict) else value


def _kind(value: Any) -> str:
    if value is None:
        return "None"
    if _is_number(value):
        return "a number"
    for kind, name in ((bool, "a bool"), (str, "a text"), (list, "a list")):
        if isinstance(value, kind):
            return name
    tag = next(iter(value)) if isinstance(value, dict) and len(value) == 1 else ""
    held = value[tag] if tag else None
    match tag, held:
        case "__tensor__", _:
            return "a tensor"
        case "__ndarray__", _:
            return "an array"
        case "__set__", list():
            return "a set"
        case "__bytes__", str():
            return "bytes"
        case "__object__", {"type": str(name)}:
            return f"an object of the type {name[:80]}, which cannot be compared"
    return "a dict"


def _pairs(value: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """The dict as (key, value) by a text for the key."""
    pairs = value.get("__dict__") if len(value) == 1 else None
    if isinstance(pairs, list) and all(isinstance(pair, list) and len(pair) == 2 for pair in pairs):
        return {_key(key): (key, item) for key, item in pairs}
    return {_key(key): (key, item) for key, item in value.items()}


def _length(at: At, expected: list[Any], got: list[Any]) -> Difference:
    return Difference(
        f"{_place(at)}{len(expected):,} items expected, {len(got):,} found",
        f"{_place(at)}the number of items is wrong: {len(got):,}",
    )


def _value(at: At, expected: Any, got: Any) -> Difference:
    where, found = _place(at), shown(got, 120)
    kind = f"{where}{found} is wrong" if at else f"the result {found} is not the right one"
    return Difference(f"{where}{shown(expected, 120)} expected, {found} found", kind)


def _words(at: At, words: str) -> Difference:
    text = f"{_place(at)}{words}" if at else f"the result {words}"
    return Difference(text, text)


def _place(at: At) -> str:
    return "".join(f"[{part}]" for part in at[:8]) + ("… : " if len(at) > 8 else ": ") if at else ""
