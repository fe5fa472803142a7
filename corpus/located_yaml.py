"""YAML whose every value knows the line it came from, so that faults can be reported by file and line."""

from __future__ import annotations

import re
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
# A pack needs six. The composer recurses in C, so depth has to be bounded before it sees the text.
MAX_NESTING = 32
# Far more than the largest file of a pack by hand has: what is compared with each other stays small.
MAX_ENTRIES = 2_000
MAX_VALUES = 100_000
# Numbers, dates, yes and no. YAML 1.1 also counts in sixties (59:59:59), where a long number takes minutes to read.
MAX_VALUE_CHARS = 100

_TEXT_TAG = "tag:yaml.org,2002:str"
# What YAML itself does not allow, next to what no editor shows.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")


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
    """The file's text, or None with a fault appended (missing, no file, too large, not UTF-8, not text)."""
    try:
        if path.exists() and not path.is_file():
            faults.append(Fault(path, 0, "is not a file; a file is expected under this name"))
            return None
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            faults.append(Fault(path, 0, f"is {size:,} bytes; pack files are limited to {MAX_FILE_BYTES:,}"))
            return None
        raw = path.read_bytes()
    except (OSError, RuntimeError) as error:  # pathlib raises RuntimeError for some loops of symbolic links
        reason = getattr(error, "strerror", None) or error
        faults.append(Fault(path, 0, f"cannot be read: {reason}"))
        return None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        faults.append(Fault(path, line, "is not UTF-8 text; save the file with UTF-8 encoding"))
        return None
    found = _CONTROL.search(text)
    if found is not None:
        faults.append(Fault(path, text.count("\n", 0, found.start()) + 1, _control_fault(found)))
        return None
    return text


def _control_fault(found: re.Match[str]) -> str:
    return f"holds the control character U+{ord(found.group()):04X}, which is not text; delete it"


def read_yaml(path: Path, faults: list[Fault]) -> LocatedYaml | None:
    """Parse one file; on failure append faults and return None. Duplicate keys and aliases are faults."""
    text = read_text(path, faults)
    return None if text is None else parse_yaml(path, text, faults)


def parse_yaml(path: Path, text: str, faults: list[Fault], first_line: int = 1) -> LocatedYaml | None:
    """As `read_yaml`, for `text` that begins at line `first_line` of the file."""
    loader: Any = None
    found: list[tuple[int, str]] = []
    lines: dict[KeyPath, int] = {}
    data: Any = None
    try:
        found.extend(_unwanted(text))
        if not found:
            loader = _Loader(text)
            node = loader.get_single_node()
            if node is None:
                found.append((1, "is empty"))
            else:
                found.extend(_walk(loader, node, (), lines))
        if loader is not None and not found:
            data = loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        found.append(_syntax_fault(text, error))
    except (yaml.YAMLError, ValueError) as error:
        found.append((1, f"is not valid YAML: {str(error).splitlines()[0]}"))
    finally:
        if loader is not None:
            loader.dispose()
    shift = first_line - 1
    faults.extend(Fault(path, line + shift, message) for line, message in found)
    if found:
        return None
    return LocatedYaml(path, data, {at: line + shift for at, line in lines.items()})


def _unwanted(text: str) -> Iterator[tuple[int, str]]:
    """The first thing that YAML allows and a pack does not, before anything is built from the text."""
    # How many values each open collection holds by now; keys of a mapping count, too.
    open_ones: list[tuple[int, int]] = []
    values = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.AliasEvent):
            yield _line(event.start_mark), "YAML aliases (*name) are not allowed in packs"
            return
        if isinstance(event, yaml.CollectionEndEvent):
            open_ones.pop()
            continue
        if not isinstance(event, yaml.NodeEvent):
            continue
        values += 1
        if values > MAX_VALUES:
            yield _line(event.start_mark), f"is more than {MAX_VALUES:,} values; split the file"
            return
        if open_ones:
            most, held = open_ones[-1]
            if held == most:
                yield _line(event.start_mark), f"is more than {MAX_ENTRIES:,} entries in one place"
                return
            open_ones[-1] = most, held + 1
        if isinstance(event, yaml.CollectionStartEvent):
            open_ones.append((MAX_ENTRIES * (1 + isinstance(event, yaml.MappingStartEvent)), 0))
            if len(open_ones) > MAX_NESTING:
                yield _line(event.start_mark), f"is nested deeper than {MAX_NESTING} levels"
                return


def _syntax_fault(text: str, error: yaml.MarkedYAMLError) -> tuple[int, str]:
    problem = error.problem or error.context or "syntax error"
    mark = error.problem_mark or error.context_mark
    # Where the text ends says nothing; what was never closed began at the context.
    if error.context_mark is not None and "end of stream" in problem:
        mark = error.context_mark
    line = min(_line(mark), max(1, len(text.splitlines())))
    source = text.split("\n")[line - 1 : line]
    if source and "\t" in source[0][: len(source[0]) - len(source[0].lstrip())]:
        return line, "is not valid YAML: a tab cannot indent; use spaces"
    if error.context and error.context != problem:
        problem = f"{error.context}: {problem}"
    return line, f"is not valid YAML: {problem}"


def _line(mark: Any) -> int:
    return int(mark.line) + 1 if mark is not None else 1


def _walk(loader: Any, node: yaml.Node, at: KeyPath, lines: dict[KeyPath, int]) -> Iterator[tuple[int, str]]:
    """Note the line of every value; yield keys that are given twice or are no text, and values that are none."""
    lines.setdefault(at, _line(node.start_mark))
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key_node, value_node in node.value:
            line = _line(key_node.start_mark)
            if not isinstance(key_node, yaml.ScalarNode):
                yield line, "a key must be plain text"
                continue
            key = str(key_node.value)
            if key_node.tag != _TEXT_TAG:
                yield line, f"the key {key!r} is not text to YAML; put it in quotes"
            if key in seen:
                yield line, f"key {key!r} is given twice"
            seen.add(key)
            lines[(*at, key)] = line
            yield from _walk(loader, value_node, (*at, key), lines)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _walk(loader, item, (*at, index), lines)
    elif (found := _CONTROL.search(node.value)) is not None:  # written as an escape, such as "\\0"
        yield _line(node.start_mark), _control_fault(found)
    elif node.tag != _TEXT_TAG and len(node.value) > MAX_VALUE_CHARS:
        yield (
            _line(node.start_mark),
            f"is a value of {len(node.value):,} characters; put it in quotes if it is text",
        )
    elif node.tag != _TEXT_TAG:
        try:
            loader.construct_object(node)
        except (yaml.YAMLError, ValueError) as error:
            reason = getattr(error, "problem", None) or error
            yield _line(node.start_mark), f"{node.value!r} is not a value that YAML can read: {reason}"


def validate(
    document: LocatedYaml, at: KeyPath, model: type[ModelT], data: object, faults: list[Fault]
) -> ModelT | None:
    """Build `model` from `data` found at `at`, or append one fault per mistake and return None."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        found = error.errors(include_url=False)
        for item in found:
            if item["type"] == "too_short" and any(_is_within(other["loc"], item["loc"]) for other in found):
                continue  # pydantic counts the entries that are right; the others have been told already
            place = tuple(part for part in item["loc"] if part != "[key]")
            name = ".".join(str(part) for part in place)
            message = f"{name}: {_words(item)}" if name else _words(item)
            faults.append(document.fault((*at, *place), message))
        return None


def _is_within(place: tuple[int | str, ...], outer: tuple[int | str, ...]) -> bool:
    return len(place) > len(outer) and place[: len(outer)] == outer


_EXPECTED = {
    "string_type": "must be text; put it in quotes if it looks like a number, a date or yes or no",
    "tuple_type": "must be a list",
    "dict_type": "must be a group of 'key: value' lines",
    "model_type": "must be a group of 'key: value' lines",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "finite_number": "must be a finite number",
}


def _words(item: Any) -> str:
    match item["type"]:
        case "missing":
            return "is missing"
        case "extra_forbidden":
            return "is not a known key"
        case "value_error":
            return str(item["ctx"]["error"])
        case "string_too_short":
            return "must not be empty"
        case "too_short" if item["ctx"]["min_length"] == 1:
            return "must not be empty"
        case "too_short":
            return f"needs {item['ctx']['min_length']} entries or more, not {item['ctx']['actual_length']}"
        case kind if kind in _EXPECTED:
            return _EXPECTED[kind]
        case _:
            text: str = item["msg"].replace("Input should", "must").replace("String should", "must")
            return text[:1].lower() + text[1:]
