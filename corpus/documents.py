"""Markdown files of a pack: front matter, one title, and sections that each say something."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from corpus.errors import Fault
from corpus.located_yaml import parse_yaml, read_text, validate
from corpus.model import Document, FrontMatter, Section

_HEADING = re.compile(r"^(#{1,6})\s+(.+?)\s*#*\s*$")
_SPACELESS = re.compile(r"^#{2,6}[^#\s]")
_EMPTY_HEADING = re.compile(r"^#{1,6}\s*$")
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})(.*)$")


@dataclass(frozen=True)
class _Part:
    """A heading with the lines under it; the text before the first heading has depth 0 and no heading."""

    depth: int
    heading: str
    line: int
    body: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return "\n".join(self.body).strip()


@dataclass(frozen=True)
class _Front:
    """Front matter, the index of the first line after it, and the lines of its category and topics."""

    meta: FrontMatter
    end: int
    category_line: int = 1
    topics_line: int = 1


def read_documents(folder: Path, faults: list[Fault], needs_front_matter: bool) -> tuple[Document, ...]:
    """Every `*.md` of `folder` that could be read, by name. A folder that is not there holds none."""
    documents = []
    for path in sorted(folder.glob("*.md")):
        text = read_text(path, faults)
        if text is not None:
            document = parse_document(path, text, faults, needs_front_matter)
            if document is not None:
                documents.append(document)
    return tuple(documents)


def parse_document(
    path: Path, text: str, faults: list[Fault], needs_front_matter: bool = False
) -> Document | None:
    """Split Markdown into sections by heading; text before the first `##` belongs to the title's section."""
    lines = text.replace("\r\n", "\n").split("\n")
    before = len(faults)
    front = _front_matter(path, lines, faults, needs_front_matter)
    if front is None:
        return None
    parts = _split(path, lines, front.end, faults)
    title = _title(path, parts, faults)
    sections = []
    for index, part in enumerate(parts):
        deeper = index + 1 < len(parts) and parts[index + 1].depth > part.depth
        if part.text:
            sections.append(Section(part.heading, part.text, part.line))
        elif part.depth > 0 and not deeper:
            faults.append(Fault(path, part.line, f"the section {part.heading!r} has no text"))
    if len(faults) > before:
        return None
    meta = front.meta
    return Document(
        path.stem,
        title,
        tuple(sections),
        path,
        meta.category,
        meta.topics,
        front.category_line,
        front.topics_line,
    )


def _front_matter(path: Path, lines: list[str], faults: list[Fault], needed: bool) -> _Front | None:
    """None where it never ends, so that nothing is known of what follows."""
    nothing = FrontMatter()
    if lines[0].rstrip() != "---":
        if needed:
            faults.append(
                Fault(
                    path, 1, "starts without front matter ('---', category, topics, '---'), which a note has"
                )
            )
        return _Front(nothing, 0)
    end = next((index for index, line in enumerate(lines[1:], 1) if line.rstrip() == "---"), None)
    if end is None:
        faults.append(Fault(path, 1, "the front matter is not closed by a line '---'"))
        return None
    document = parse_yaml(path, "\n".join(lines[1:end]), faults, first_line=2)
    if document is None:
        return _Front(nothing, end + 1)
    meta = validate(document, (), FrontMatter, document.data, faults)
    if meta is not None and needed and meta.category is None:
        faults.append(Fault(path, 2, "category: is missing from the front matter"))
    return _Front(meta or nothing, end + 1, document.line_of(("category",)), document.line_of(("topics",)))


def _split(path: Path, lines: list[str], start: int, faults: list[Fault]) -> list[_Part]:
    parts: list[_Part] = []
    current, body = _Part(0, "", start + 1), list[str]()
    fence, fence_line = "", 0
    for number, line in enumerate(lines[start:], start + 1):
        mark = _FENCE.match(line)
        if mark is not None and not fence:
            fence, fence_line = mark[1], number
        elif mark is not None and mark[1].startswith(fence) and not mark[2].strip():
            fence = ""
        heading = None if fence else _HEADING.match(line)
        if heading is not None:
            parts.append(_Part(current.depth, current.heading, current.line, tuple(body)))
            current, body = _Part(len(heading[1]), heading[2], number), []
            continue
        if not fence and _SPACELESS.match(line):
            faults.append(Fault(path, number, f"a heading needs a space after its #: {line.strip()[:60]!r}"))
        if not fence and _EMPTY_HEADING.match(line):
            faults.append(Fault(path, number, "a heading has no words"))
        body.append(line)
    parts.append(_Part(current.depth, current.heading, current.line, tuple(body)))
    if fence:
        faults.append(Fault(path, fence_line, f"the code block opened by {fence} is never closed"))
    return parts if parts[0].text else parts[1:]


def _title(path: Path, parts: list[_Part], faults: list[Fault]) -> str:
    titles = [part for part in parts if part.depth == 1]
    faults.extend(Fault(path, part.line, "a document has one title (#)") for part in titles[1:])
    if not titles:
        faults.append(Fault(path, 1, "a document starts with a title (# …)"))
        return ""
    if parts[0] is not titles[0]:
        faults.append(
            Fault(path, parts[0].line, "a document starts with its title (# …), nothing stands before it")
        )
    if not any(part.text for part in parts):
        faults.append(Fault(path, 1, "the document has no text"))
    return titles[0].heading
