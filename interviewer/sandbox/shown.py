"""Encoded values as a person reads them: Python text, shortened in the middle of what is long. Pure.

Values may come from a candidate's process: whatever they hold, the text is bounded and made in bounded time.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

MAX_CHARS = 400
# Of a long list this many items are shown from its beginning, and of a text this many characters.
_ITEMS, _TEXT, _DEPTH, _NUMBERS = 12, 200, 6, 8
_NOT_SHOWN = "…"


def shown(value: Any, limit: int = MAX_CHARS) -> str:
    """Python text of an encoded value, at most about `limit` characters."""
    text = storable(_shown(value, 0))
    return text if len(text) <= limit else f"{text[:limit]}…"


def storable(text: str) -> str:
    """The text without what UTF-8 or a database cannot hold: halves of surrogate pairs, and NUL."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "\ufffd")


def shown_args(args: Any, limit: int = MAX_CHARS) -> str:
    """The arguments of a call, separated by commas; keyword arguments by name."""
    if not isinstance(args, list):
        return shown(args, limit)
    parts, named = list(args), {}
    if parts and isinstance(parts[-1], dict) and set(parts[-1]) == {"__kwargs__"}:
        named = parts.pop()["__kwargs__"]
    each = max(60, limit // max(1, len(parts) + len(named)))
    texts = [shown(part, each) for part in parts]
    if isinstance(named, dict):
        texts += [f"{name}={shown(part, each)}" for name, part in named.items()]
    return ", ".join(texts)


def _shown(value: Any, depth: int) -> str:
    if value is None or isinstance(value, bool):
        return repr(value)
    if isinstance(value, int):
        return repr(value) if value.bit_length() < 400 else f"an integer of {value.bit_length()} bits"
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, str):
        return repr(value) if len(value) <= _TEXT else f"{value[:_TEXT]!r}… ({len(value):,} characters)"
    if depth > _DEPTH:
        return _NOT_SHOWN
    if isinstance(value, list):
        return f"[{_items(value, depth)}]"
    if isinstance(value, dict):
        return _shown_dict(value, depth)
    return _NOT_SHOWN


def _shown_key(value: Any, depth: int) -> str:
    """What stands in a set or as the key of a dict: a list there was a tuple."""
    if not isinstance(value, list) or depth > _DEPTH:
        return _shown(value, depth)
    return f"({_items(value, depth, _shown_key)}{',' if len(value) == 1 else ''})"


def _items(value: list[Any], depth: int, one: Callable[[Any, int], str] = _shown) -> str:
    texts = [one(item, depth + 1) for item in value[:_ITEMS]]
    if len(value) > _ITEMS:
        texts.append(f"… {len(value) - _ITEMS:,} more")
    return ", ".join(texts)


def _shown_dict(value: dict[str, Any], depth: int) -> str:
    if len(value) == 1:
        ((tag, held),) = value.items()
        text = _shown_tag(tag, held, depth)
        if text is not None:
            return text
    return _pairs(((repr(key[:_TEXT]), item) for key, item in value.items()), len(value), depth)


def _pairs(pairs: Iterable[tuple[str, Any]], count: int, depth: int) -> str:
    texts = []
    for at, (key, item) in enumerate(pairs):
        if at == _ITEMS:
            texts.append(f"… {count - _ITEMS:,} more")
            break
        texts.append(f"{key}: {_shown(item, depth + 1)}")
    return "{" + ", ".join(texts) + "}"


def _shown_tag(tag: str, held: Any, depth: int) -> str | None:
    """None for a dict that only looks like a tag."""
    match tag, held:
        case "__float__", str():
            return held[:8]
        case "__set__", list():
            return f"{{{_items(held, depth, _shown_key)}}}" if held else "set()"
        case "__bytes__", str():
            return f"bytes.fromhex({held[:_TEXT]!r})"
        case "__dict__", list() if all(isinstance(pair, list) and len(pair) == 2 for pair in held[:_ITEMS]):
            pairs = ((_shown_key(pair[0], depth + 1), pair[1]) for pair in held[:_ITEMS])
            return _pairs(pairs, len(held), depth) if len(held) <= _ITEMS else _NOT_SHOWN
        case "__raises__", str():
            return f"raises {held[:80]}"
        case "__object__", {"type": str(kind), "text": str(text)}:
            return f"{text[:_TEXT]} (a {kind[:80]})"
        case (
            ("__tensor__" | "__ndarray__"),
            {"dtype": str(dtype), "shape": list(shape), "data": list(data)},
        ):
            return _shown_array("tensor" if tag == "__tensor__" else "array", dtype, shape, data)
    return None


def _shown_array(word: str, dtype: str, shape: list[Any], data: list[Any]) -> str:
    sizes = [size for size in shape if isinstance(size, int)][:8]
    whole = len(sizes) == len(shape) and math.prod(sizes) == len(data)
    if not data:
        numbers = "[]"
    elif whole and len(data) <= 4 * _NUMBERS and min(sizes, default=1) > 0:
        numbers = _nested(data, sizes)
    else:
        numbers = f"[{', '.join(_number(item) for item in data[:_NUMBERS])}, … {len(data) - _NUMBERS:,} more]"
    return f"{word}({numbers}, shape={sizes}, dtype={dtype[:12]})"


def _nested(data: list[Any], shape: list[int]) -> str:
    if not shape:
        return _number(data[0])
    step = len(data) // shape[0] if shape[0] else 0
    return (
        "[" + ", ".join(_nested(data[at * step : (at + 1) * step], shape[1:]) for at in range(shape[0])) + "]"
    )


def _number(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else _shown(value, _DEPTH)
