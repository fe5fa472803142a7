"""Read a pack's own files. What needs rubrics too is checked in `interviewer.packs`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus.documents import read_documents
from corpus.errors import Fault, PackError
from corpus.located_yaml import LocatedYaml, read_yaml, validate
from corpus.model import LEVELS, ONSITE, GlossaryEntry, LoopPlan, Pack, PackInfo, Question, Round
from corpus.problem_files import read_problems

Places = dict[str, tuple[LocatedYaml, int]]

_READ_SUFFIX = {"guide": ".md", "notes": ".md"}
_MEANT = {".yaml": {".yaml", ".yml", ".json", ".txt"}, ".md": {".md", ".markdown", ".txt"}}


@dataclass(frozen=True)
class PackFiles:
    """What was read of a pack, for whoever checks it against other files.

    `places` says in which file and at which index a question is; `named` are the ids of all questions, also of
    those with a fault; `complete` says that every question file could be parsed, so that nothing else is there;
    `whole` says that every question in them was without a fault of its own.
    """

    pack: Pack | None
    info: LocatedYaml | None
    places: Places
    named: frozenset[str]
    complete: bool
    whole: bool


def load_pack(root: Path) -> Pack:
    """The pack in `root`. Raises PackError with every fault found."""
    faults: list[Fault] = []
    pack = read_pack(root, faults).pack
    if faults or pack is None:
        raise PackError(faults or [Fault(root, 0, "holds no pack")])
    return pack


def read_pack(root: Path, faults: list[Fault]) -> PackFiles:
    """Read what can be read, appending every fault."""
    if not root.is_dir():
        faults.append(Fault(root, 0, "is not a folder; name the folder that holds pack.yaml"))
        return PackFiles(None, None, {}, frozenset(), False, False)
    document = read_yaml(root / "pack.yaml", faults)
    info = None if document is None else validate(document, (), PackInfo, document.data, faults)
    if document is not None and info is not None:
        _check_info(document, info, faults)
    bank = _read_questions(root / "questions", faults)
    guide = read_documents(_folder(root, "guide", faults), faults, needs_front_matter=False)
    notes = read_documents(_folder(root, "notes", faults), faults, needs_front_matter=True)
    problems = read_problems(root / "problems", faults)
    glossary = _read_glossary(root / "glossary.yaml", faults)
    for question_id, (where, at) in bank.places.items():
        named = where.data[at].get("problem")
        if named is not None and named not in problems.named:
            faults.append(where.fault((at, "problem"), f"{question_id}: there is no problem {named!r}"))
    pack = (
        None if info is None else Pack(root, info, bank.questions, guide, notes, problems.problems, glossary)
    )
    return PackFiles(pack, document, bank.places, bank.named, bank.complete, bank.whole)


def _read_glossary(path: Path, faults: list[Fault]) -> tuple[GlossaryEntry, ...]:
    """The entries of a file that a pack may have."""
    document = read_yaml(path, faults) if path.exists() else None
    if document is None:
        return ()
    if not isinstance(document.data, list):
        faults.append(document.fault((), "a glossary is a list of terms (- term: …)"))
        return ()
    found = [validate(document, (at,), GlossaryEntry, item, faults) for at, item in enumerate(document.data)]
    entries = tuple(entry for entry in found if entry is not None)
    first: dict[str, int] = {}
    for at, entry in enumerate(found):
        if entry is not None and first.setdefault(entry.term.casefold(), at) != at:
            faults.append(document.fault((at, "term"), f"the term {entry.term!r} is given twice"))
    return entries


def check_names(folder: Path, suffix: str, faults: list[Fault]) -> None:
    """Report what lies in `folder` and looks as if it were meant to be read, but is not read."""
    for path in sorted(folder.iterdir()):
        if path.name.startswith((".", "__")) or path.suffix == suffix:
            continue
        if path.is_dir():
            faults.append(Fault(path, 0, "is a folder; files in folders of folders are not read"))
        elif path.suffix.lower() in _MEANT[suffix]:
            faults.append(Fault(path, 0, f"is not read, because its name does not end in {suffix}"))


def _folder(root: Path, name: str, faults: list[Fault]) -> Path:
    folder = root / name
    if folder.is_dir():
        check_names(folder, _READ_SUFFIX[name], faults)
    elif folder.exists() or folder.is_symlink():
        faults.append(Fault(folder, 0, "is not a folder"))
    return folder


def _check_info(document: LocatedYaml, info: PackInfo, faults: list[Fault]) -> None:
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
    order = [LEVELS.index(level.id) for level in info.levels]
    faults.extend(
        document.fault(("levels", index), f"levels: {info.levels[index].id} stands after a higher level")
        for index in range(1, len(order))
        if order[index] < order[index - 1]
    )
    known = {category.id for category in info.categories}
    for index, item in enumerate(info.rounds):
        faults.extend(
            document.fault(("rounds", index, "categories", at), f"round {item.id}: no category {name!r}")
            for at, name in enumerate(item.categories)
            if name not in known
        )
        faults.extend(_part_faults(document, index, item))
    if not any(category.share for category in info.categories):
        faults.append(document.fault(("categories",), "categories: one needs a share above 0"))
    if info.bands is not None and (
        list(info.bands) != sorted(set(info.bands)) or not 0 < info.bands[0] < info.bands[-1] < 1
    ):
        faults.append(document.fault(("bands",), "bands are four rising numbers between 0 and 1"))
    if info.loop is not None:
        faults.extend(_loop_faults(document, info, info.loop))


def _part_faults(document: LocatedYaml, index: int, paper: Round) -> Iterator[Fault]:
    items = sum(part.count for part in paper.parts)
    if paper.parts and items != paper.questions:
        yield document.fault(
            ("rounds", index, "questions"),
            f"round {paper.id}: questions is {paper.questions}, and its parts have {items} items",
        )
    for at, part in enumerate(paper.parts):
        for place, name in enumerate(part.categories):
            if name not in paper.categories:
                yield document.fault(
                    ("rounds", index, "parts", at, "categories", place),
                    f"round {paper.id}: a part draws from {name!r}, and the round does not",
                )


def _loop_faults(document: LocatedYaml, info: PackInfo, plan: LoopPlan) -> Iterator[Fault]:
    rounds = {item.id: item for item in info.rounds}
    steps = [
        *((("loop", "stages", index), step) for index, step in enumerate(plan.stages)),
        *((("loop", "onsite", "choices", index), step) for index, step in enumerate(plan.onsite.choices)),
    ]
    seen = {ONSITE}
    for at, step in steps:
        if step.id in seen:
            why = f"is the name of the whole {ONSITE}" if step.id == ONSITE else "is given twice"
            yield document.fault((*at, "id"), f"loop: id {step.id!r} {why}")
        seen.add(step.id)
        if step.round not in rounds:
            yield document.fault(
                (*at, "round"), f"loop: {step.id} names the round {step.round!r}, which is not there"
            )
        elif rounds[step.round].parts and step.questions not in (None, rounds[step.round].questions):
            yield document.fault(
                (*at, "questions"),
                f"loop: {step.id} asks {step.questions} questions, and the parts of {step.round!r} have "
                f"{rounds[step.round].questions} items",
            )
    known = {level.id for level in info.levels}
    for index, choice in enumerate(plan.onsite.choices):
        if choice.from_level is not None and choice.from_level not in known:
            where = ("loop", "onsite", "choices", index, "from_level")
            yield document.fault(where, f"loop: {choice.id} is from a level on that the pack does not have")
    for level in info.levels:
        open_to = [choice for choice in plan.onsite.choices if choice.is_for(level.id)]
        fixed = sum(choice.always for choice in open_to)
        if not fixed <= plan.onsite.interviews <= len(open_to):
            yield document.fault(
                ("loop", "onsite", "interviews"),
                f"loop: an onsite has {plan.onsite.interviews} interviews, and {level.id} has {fixed} always and "
                f"{len(open_to)} to choose from",
            )


@dataclass(frozen=True)
class _Bank:
    questions: tuple[Question, ...]
    places: Places
    named: frozenset[str]
    complete: bool
    whole: bool


def _read_questions(folder: Path, faults: list[Fault]) -> _Bank:
    questions: list[Question] = []
    places: Places = {}
    first: dict[str, str] = {}  # question id -> where it was given first
    complete = True
    files = items = 0
    if folder.is_dir():
        check_names(folder, ".yaml", faults)
    for path in sorted(folder.glob("*.yaml")):
        files += 1
        document = read_yaml(path, faults)
        if document is None or not isinstance(document.data, list):
            complete = False
            if document is not None:
                faults.append(document.fault((), "a question file is a list of questions (- id: …)"))
            continue
        if not document.data:
            faults.append(document.fault((), "holds no questions"))
        for index, item in enumerate(document.data):
            question = validate(document, (index,), Question, item, faults)
            question_id = _id_of(item)
            items += 1
            if question_id is None:
                complete = False
            elif question_id in first:
                faults.append(
                    document.fault(
                        (index, "id"), f"question id {question_id!r} is used already at {first[question_id]}"
                    )
                )
            else:
                first[question_id] = f"{path.name}:{document.line_of((index, 'id'))}"
                if question is not None:
                    places[question_id] = (document, index)
                    questions.append(question)
    if not files:
        faults.append(Fault(folder, 0, "holds no questions (*.yaml)"))
    faults.extend(_same_text(questions, places))
    whole = complete and len(questions) == items
    return _Bank(tuple(questions), places, frozenset(first), complete, whole)


def _id_of(item: Any) -> str | None:
    found = item.get("id") if isinstance(item, dict) else None
    return found if isinstance(found, str) else None


def _same_text(questions: list[Question], places: Places) -> Iterator[Fault]:
    """Questions that were copied and never rewritten: the same title or prompt under two ids."""
    for key in ("title", "prompt"):
        first: dict[str, str] = {}
        for question in questions:
            text = getattr(question, key).casefold()
            if text in first:
                document, at = places[question.id]
                message = f"{question.id}: has the same {key} as {first[text]}"
                yield document.fault((at, key), message)
            first.setdefault(text, question.id)
