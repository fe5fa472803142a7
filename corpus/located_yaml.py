"""YAML whose every value knows the line it came from, so that faults can be reported by file and line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from corpus.errors import Fault

# The C parser is some ten times faster; it is missing from pure-Python builds of PyYAML.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

KeyPath = tuple[str | int, ...]
ModelT = TypeVar("ModelT", bound=BaseModel)

# A pack file is text that a person edits. Anything larger than this is a mistake, not a question bank.
MAX_FILE_BYTES = 4_000_000


@dataclass(frozen=True)
class LocatedYaml:
    """A parsed document. `lines` maps a key path to its 1-based line; the root is `()`."""

    path: Path
    data: Any
    lines: dict[KeyPath, int] = field(default_factory=dict)

    def line_of(self, key_path: Sequence[str | int]) -> int:
        """Line of the deepest known prefix of `key_path`."""
        prefix = tuple(key_path)
        while prefix and prefix not in self.lines:
            prefix = prefix[:-1]
        return self.lines.get(prefix, 1)

    def fault(self, key_path: Sequence[str | int], message: str) -> Fault:
        """A fault at the place of `key_path`."""
        return Fault(self.path, self.line_of(key_path), message)


def read_text(path: Path, faults: list[Fault]) -> str | None:
    """The file's text, or None with a fault appended (missing, unreadable, too large, not UTF-8)."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        faults.append(Fault(path, 0, f"cannot be read: {error.strerror or error}"))
        return None
    if len(raw) > MAX_FILE_BYTES:
        faults.append(Fault(path, 0, f"is {len(raw):,} bytes; pack files are limited to {MAX_FILE_BYTES:,}"))
        return None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        faults.append(Fault(path, line, "is not UTF-8 text; save the file with UTF-8 encoding"))
        return None


def read_yaml(path: Path, faults: list[Fault]) -> LocatedYaml | None:
    """Parse one file; on failure append faults and return None. Duplicate keys and aliases are faults."""
    text = read_text(path, faults)
    if text is None:
        return None
    loader = None
    try:
        loader = _Loader(text)
        for event in yaml.parse(text, Loader=_Loader):
            if isinstance(event, yaml.AliasEvent) and event.start_mark is not None:
                faults.append(
                    Fault(path, event.start_mark.line + 1, "YAML aliases (*name) are not allowed in packs")
                )
                return None
        node = loader.get_single_node()
        if node is None:
            faults.append(Fault(path, 1, "is empty"))
            return None
        lines: dict[KeyPath, int] = {}
        before = len(faults)
        faults.extend(Fault(path, line, message) for line, message in _walk(node, (), lines))
        data = loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        faults.append(
            Fault(path, line, f"is not valid YAML: {error.problem or error.context or 'syntax error'}")
        )
        return None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        faults.append(Fault(path, 1, f"is not valid YAML: {str(error).splitlines()[0]}"))
        return None
    finally:
        if loader is not None:
            loader.dispose()
    return LocatedYaml(path, data, lines) if len(faults) == before else None


def _walk(node: yaml.Node, at: KeyPath, lines: dict[KeyPath, int]) -> Iterator[tuple[int, str]]:
    lines.setdefault(at, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                yield key_node.start_mark.line + 1, "a key must be plain text"
                continue
            key = str(key_node.value)
            line = key_node.start_mark.line + 1
            if key in seen:
                yield line, f"key {key!r} is given twice"
            seen.add(key)
            lines[(*at, key)] = line
            yield from _walk(value_node, (*at, key), lines)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _walk(item, (*at, index), lines)


def validate(
    document: LocatedYaml, at: KeyPath, model: type[ModelT], data: object, faults: list[Fault]
) -> ModelT | None:
    """Build `model` from `data` found at `at`, or append one fault per mistake and return None."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        for item in error.errors(include_url=False):
            where = (*at, *item["loc"])
            name = ".".join(str(part) for part in item["loc"])
            faults.append(document.fault(where, f"{name}: {_words(item)}" if name else _words(item)))
        return None


def _words(item: Any) -> str:
    match item["type"]:
        case "missing":
            return "is missing"
        case "extra_forbidden":
            return "is not a known key"
        case "value_error":
            return str(item["ctx"]["error"])
        case "string_too_short" | "too_short":
            return "must not be empty"
        case _:
            text: str = item["msg"]
            return text[:1].lower() + text[1:]
