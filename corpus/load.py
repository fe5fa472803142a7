"""Read a pack's own files. What needs rubrics too is checked in `interviewer.packs`."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from corpus.errors import Fault, PackError
from corpus.located_yaml import LocatedYaml, read_text, read_yaml, validate
from corpus.model import Document, Pack, PackInfo, Question, Section

_HEADING = re.compile(r"^(#{1,6})\s+(.+?)\s*#*\s*$")
_FENCE = re.compile(r"^\s*(```|~~~)")
_NOTE_KEYS = {"category", "topics"}

Places = dict[str, tuple[LocatedYaml, int]]


def load_pack(root: Path) -> Pack:
    """The pack in `root`. Raises PackError with every fault found."""
    faults: list[Fault] = []
    pack, _ = read_pack(root, faults)
    if faults or pack is None:
        raise PackError(faults or [Fault(root, 0, "holds no pack")])
    return pack


def read_pack(root: Path, faults: list[Fault]) -> tuple[Pack | None, Places]:
    """Read what can be read, appending every fault. `Places` says in which file and at which index a question is."""
    if not root.is_dir():
        faults.append(Fault(root, 0, "is not a folder; name the folder that holds pack.yaml"))
        return None, {}
    info = _read_info(root, faults)
    questions, places = _read_questions(root, faults)
    guide = _read_documents(root / "guide", faults)
    notes = _read_documents(root / "notes", faults)
    if info is None:
        return None, places
    return Pack(root, info, questions, guide, notes), places


def _read_info(root: Path, faults: list[Fault]) -> PackInfo | None:
    document = read_yaml(root / "pack.yaml", faults)
    if document is None:
        return None
    info = validate(document, (), PackInfo, document.data, faults)
    if info is None:
        return None
    for key, ids in (
        ("rounds", [item.id for item in info.rounds]),
        ("categories", [item.id for item in info.categories]),
        ("dimensions", [item.id for item in info.dimensions]),
        ("levels", [item.id for item in info.levels]),
    ):
        faults.extend(
            document.fault((key, index, "id"), f"{key}: id {item!r} is given twice")
            for index, item in enumerate(ids)
            if item in ids[:index]
        )
    known = {category.id for category in info.categories}
    for index, item in enumerate(info.rounds):
        faults.extend(
            document.fault(("rounds", index, "categories"), f"round {item.id}: no category {name!r}")
            for name in item.categories
            if name not in known
        )
    if info.bands is not None and (
        list(info.bands) != sorted(set(info.bands)) or not 0 < info.bands[0] < info.bands[-1] < 1
    ):
        faults.append(document.fault(("bands",), "bands are four rising numbers between 0 and 1"))
    return info


def _read_questions(root: Path, faults: list[Fault]) -> tuple[tuple[Question, ...], Places]:
    questions: list[Question] = []
    places: Places = {}
    for path in sorted((root / "questions").glob("*.yaml")):
        document = read_yaml(path, faults)
        if document is None:
            continue
        if not isinstance(document.data, list):
            faults.append(document.fault((), "a question file is a list of questions"))
            continue
        for index, item in enumerate(document.data):
            question = validate(document, (index,), Question, item, faults)
            if question is None:
                continue
            if question.id in places:
                other, at = places[question.id]
                where = f"{other.path.name}:{other.line_of((at,))}"
                faults.append(
                    document.fault((index, "id"), f"question id {question.id!r} is used already at {where}")
                )
                continue
            places[question.id] = (document, index)
            questions.append(question)
    if not questions and not any(fault.path.parent == root / "questions" for fault in faults):
        faults.append(Fault(root / "questions", 0, "holds no questions (*.yaml)"))
    return tuple(questions), places


def _read_documents(folder: Path, faults: list[Fault]) -> tuple[Document, ...]:
    documents = []
    for path in sorted(folder.glob("*.md")):
        text = read_text(path, faults)
        if text is not None:
            document = parse_document(path, text, faults)
            if document is not None:
                documents.append(document)
    return tuple(documents)


def parse_document(path: Path, text: str, faults: list[Fault]) -> Document | None:
    """Split Markdown into sections by heading; text before the first `##` belongs to the title's section."""
    lines = text.splitlines()
    start = 0
    meta: dict[str, object] = {}
    if lines and lines[0].strip() == "---":
        try:
            end = lines.index("---", 1)
        except ValueError:
            faults.append(Fault(path, 1, "the front matter is not closed by a line '---'"))
            return None
        try:
            loaded = yaml.safe_load("\n".join(lines[1:end])) or {}
        except yaml.YAMLError as error:
            faults.append(Fault(path, 2, f"the front matter is not valid YAML: {str(error).splitlines()[0]}"))
            return None
        if not isinstance(loaded, dict) or set(loaded) - _NOTE_KEYS:
            faults.append(Fault(path, 2, "the front matter may hold 'category' and 'topics' only"))
            return None
        meta, start = loaded, end + 1
    title = ""
    sections: list[Section] = []
    heading, at, body = "", start + 1, list[str]()
    fenced = False

    def close() -> None:
        content = "\n".join(body).strip()
        if content:
            sections.append(Section(heading or title, content, at))

    for number, line in enumerate(lines[start:], start + 1):
        if _FENCE.match(line):
            fenced = not fenced
        match = None if fenced else _HEADING.match(line)
        if match is None:
            body.append(line)
            continue
        if len(match[1]) == 1:
            if title:
                faults.append(Fault(path, number, "a document has one title (#)"))
            title = match[2]
        close()
        heading, at, body = match[2], number, []
    close()
    if not title:
        faults.append(Fault(path, 1, "a document starts with a title (# …)"))
        return None
    if not sections:
        faults.append(Fault(path, 1, "the document has no text"))
        return None
    topics = meta.get("topics") or []
    category = meta.get("category")
    if not isinstance(topics, list) or not (category is None or isinstance(category, str)):
        faults.append(Fault(path, 2, "front matter: 'category' is a word and 'topics' a list of words"))
        return None
    return Document(path.stem, title, tuple(sections), path, category, tuple(str(topic) for topic in topics))
