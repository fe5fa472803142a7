"""Python values as JSON data and back. This side of the border has the real values; the other sees the data alone.

| value | data |
|---|---|
| None, bool, int, finite float, str, list | themselves |
| tuple | a list |
| dict with text as keys | itself |
| dict with other keys | `{"__dict__": [[key, value], …]}` |
| set, frozenset | `{"__set__": […]}` in an order of its own |
| nan, inf, -inf | `{"__float__": "nan"}` |
| bytes | `{"__bytes__": "hex"}` |
| tensor | `{"__tensor__": {"dtype": "float32", "shape": […], "data": [flat]}}`, NumPy's `__ndarray__` |
| anything else | `{"__object__": {"type": …, "text": …}}`, which is equal to nothing and is not turned back |

NumPy's scalars become plain numbers. This file also runs inside the sandbox: standard library only, nothing of ours.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable
from typing import Any, NoReturn

TAGS = frozenset(
    {"__dict__", "__set__", "__float__", "__bytes__", "__tensor__", "__ndarray__", "__object__", "__raises__"}
)
MAX_DEPTH = 100
MAX_OBJECT_TEXT = 200
DTYPES = (
    "bool", "uint8", "int8", "int16", "int32", "int64", "float16", "bfloat16", "float32", "float64",
)  # fmt: skip

_PLAIN = {bool, int, str, type(None)}


class TooDeep(ValueError):
    """The value is nested deeper than MAX_DEPTH, or in itself."""


def to_text(value: Any) -> str:
    """JSON text of a value. Raises TooDeep, RecursionError, MemoryError."""
    return json.dumps(encode(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def from_text(text: str | bytes) -> Any:
    """The value of a JSON text. Raises ValueError for what is none, or holds a tag with the wrong contents."""
    return json.loads(text, object_hook=_decoded, parse_constant=no_constant)


def encode(value: Any, depth: int = 0) -> Any:
    """The data of a value."""
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is float:
        return value if math.isfinite(value) else {"__float__": repr(value)}
    if depth > MAX_DEPTH:
        raise TooDeep(f"the value is nested deeper than {MAX_DEPTH} levels")
    if kind in (list, tuple):
        return _encode_list(value, depth)
    if kind is dict:
        return _encode_dict(value, depth)
    if kind in (set, frozenset):
        return {"__set__": _encode_list(list(value), depth)}
    if kind in (bytes, bytearray):
        return {"__bytes__": bytes(value).hex()}
    return _encode_other(value, depth)


def _encode_list(items: Iterable[Any], depth: int) -> list[Any]:
    found = list(items)
    kinds = set(map(type, found))
    # Long lists of plain values are the rule, and a call for each of them would take longer than the solution.
    if kinds <= _PLAIN or (
        kinds <= _PLAIN | {float} and all(math.isfinite(i) for i in found if type(i) is float)
    ):
        return found
    return [encode(item, depth + 1) for item in found]


def _encode_dict(value: dict[Any, Any], depth: int) -> Any:
    if all(type(key) is str for key in value) and not TAGS & value.keys():
        return {key: encode(item, depth + 1) for key, item in value.items()}
    return {"__dict__": [[encode(key, depth + 1), encode(item, depth + 1)] for key, item in value.items()]}


def _encode_other(value: Any, depth: int) -> Any:
    torch, numpy = sys.modules.get("torch"), sys.modules.get("numpy")
    if torch is not None and isinstance(value, torch.Tensor):
        name = str(value.dtype).removeprefix("torch.")
        if name in DTYPES and value.layout is torch.strided:
            flat = value.detach().cpu().contiguous().flatten().tolist()
            return _array("__tensor__", name, list(value.shape), flat)
    elif numpy is not None and isinstance(value, numpy.ndarray):
        if value.dtype.name in DTYPES:
            return _array("__ndarray__", value.dtype.name, list(value.shape), value.ravel().tolist())
    elif numpy is not None and isinstance(value, numpy.generic):
        plain = value.item()
        if type(plain) in _PLAIN or type(plain) is float:
            return encode(plain, depth + 1)
    # Subclasses: an IntEnum, a namedtuple, a defaultdict, an OrderedDict, a Counter, a str of one's own.
    for base in (bool, int, float, str):
        if isinstance(value, base):
            return encode(base(value), depth + 1)
    if isinstance(value, list | tuple):
        return _encode_list(list(value), depth)
    if isinstance(value, dict):
        return _encode_dict(dict(value), depth)
    return {"__object__": {"type": type(value).__name__[:MAX_OBJECT_TEXT], "text": _text_of(value)}}


def _array(tag: str, dtype: str, shape: list[int], flat: list[Any]) -> Any:
    return {tag: {"dtype": dtype, "shape": shape, "data": _encode_list(flat, 0)}}


def _text_of(value: Any) -> str:
    try:
        return repr(value)[:MAX_OBJECT_TEXT]
    except BaseException as error:  # noqa: BLE001 - the candidate's own __repr__ may raise anything
        return f"(its repr raises {type(error).__name__})"


def no_constant(name: str) -> NoReturn:
    """For `json.loads`: NaN and the infinities, which Python reads, are no JSON."""
    raise ValueError(f"{name} is no JSON")


def _decoded(data: dict[str, Any]) -> Any:
    """The value of a tagged object; called from the innermost outwards, so that what it holds is decoded already."""
    if len(data) != 1:
        return data
    ((tag, held),) = data.items()
    try:
        match tag:
            case "__float__":
                return {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}[held]
            case "__dict__":
                return dict(_hashable_keys(held))
            case "__set__":
                return {_hashable(item) for item in held}
            case "__bytes__":
                return bytes.fromhex(held)
            case "__tensor__" | "__ndarray__":
                return _decode_array(tag, held)
    except (TypeError, KeyError, AttributeError, RuntimeError) as error:
        raise ValueError(f"{tag} does not hold what it should: {error}") from error
    return data


def _hashable_keys(pairs: Any) -> Iterable[tuple[Any, Any]]:
    for key, value in pairs:
        yield _hashable(key), value


def _hashable(value: Any) -> Any:
    """A key that was a tuple came as a list."""
    return tuple(map(_hashable, value)) if isinstance(value, list) else value


def _decode_array(tag: str, held: Any) -> Any:
    dtype, shape, data = held["dtype"], held["shape"], held["data"]
    if dtype not in DTYPES or not all(type(size) is int and size >= 0 for size in shape):
        raise ValueError(f"{tag} has no known dtype and shape")
    if math.prod(shape) != len(data):
        raise ValueError(f"{tag} has {len(data)} numbers for the shape {shape}")
    # Loaded when the sandbox was started, where the problem has the library.
    library = sys.modules.get("torch" if tag == "__tensor__" else "numpy")
    if library is None:
        raise ValueError(f"{tag} needs a library that this problem does not have")
    if tag == "__tensor__":
        return library.tensor(data, dtype=getattr(library, dtype)).reshape(shape)
    return library.array(data, dtype=dtype).reshape(shape)
