"""A role as the interviewer uses it: the pack's questions joined with their rubrics, checked against each other."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import corpus
from corpus import Fault, LoopPlan, LoopStep, Pack, PackError, Question
from corpus.load import Places, check_names
from corpus.located_yaml import LocatedYaml, read_yaml, validate
from rubrics import DEFAULT_BANDS, Kind, Rubric

BUILT_IN_PACK = Path(corpus.__file__).parent / "nvidia_mle"

MIN_CRITERIA = 5


@dataclass(frozen=True)
class RolePack:
    """A pack with a rubric for every question."""

    pack: Pack
    rubrics: Mapping[str, Rubric]

    def __repr__(self) -> str:
        return f"RolePack({self.pack!r})"

    def bands(self, question_id: str) -> tuple[float, float, float, float]:
        """Lower bounds of bands 1-4 that apply to a question: the rubric's, else the pack's, else the default."""
        return self.rubrics[question_id].bands or self.pack.info.bands or DEFAULT_BANDS


@dataclass(frozen=True)
class PackOnDisk:
    """What was read of a pack, its faults by file and line, and where every question and rubric stands."""

    role: RolePack | None
    faults: tuple[Fault, ...]
    questions: Places = field(default_factory=dict)
    rubrics: Mapping[str, LocatedYaml] = field(default_factory=dict)

    def question_place(self, question_id: str, *key: str | int) -> tuple[Path, int]:
        """File and line of a key of a question. Raises KeyError."""
        document, at = self.questions[question_id]
        return document.path, document.line_of((at, *key))

    def rubric_place(self, question_id: str, *key: str | int) -> tuple[Path, int]:
        """File and line of a key of a question's rubric. Raises KeyError."""
        document = self.rubrics[question_id]
        return document.path, document.line_of((question_id, *key))


def load_role_pack(root: Path = BUILT_IN_PACK) -> RolePack:
    """The role in `root`. Raises PackError with every fault found."""
    role, faults = check_role_pack(root)
    if faults or role is None:
        raise PackError(faults or [Fault(root, 0, "holds no pack")])
    return role


def check_role_pack(root: Path) -> tuple[RolePack | None, list[Fault]]:
    """Everything that is wrong with a pack, by file and line; the role if it could be read at all."""
    found = read_role_pack(root)
    return found.role, list(found.faults)


def read_role_pack(root: Path) -> PackOnDisk:
    """A pack with its faults, for whoever has more to say of it by file and line."""
    faults: list[Fault] = []
    files = corpus.read_pack(root, faults)
    pack = files.pack
    if pack is None or files.info is None:
        return PackOnDisk(None, tuple(sorted(set(faults))))
    rubrics = _read_rubrics((root / pack.info.rubrics).resolve(), faults)
    for question in pack.questions:
        _check_question(pack, question, files.places, faults)
        document, at = files.places[question.id]
        rubric = rubrics.valid.get(question.id)
        if rubric is not None:
            _check_ladder(question, rubric, document, at, faults)
            _check_rubric(pack, question, rubric, rubrics.sources[question.id], faults)
        elif question.id not in rubrics.sources and rubrics.complete:
            faults.append(document.fault((at, "id"), f"{question.id}: there is no rubric for this question"))
    if files.complete:
        faults.extend(
            document.fault((question_id,), f"there is no question {question_id!r} for this rubric")
            for question_id, document in rubrics.sources.items()
            if question_id not in files.named
        )
    _check_documents(pack, faults)
    if files.whole:
        _check_supply(pack, files.info, faults)
    role = RolePack(pack, rubrics.valid)
    return PackOnDisk(role, tuple(sorted(set(faults))), files.places, rubrics.sources)


@dataclass(frozen=True)
class _Rubrics:
    """Rubrics without a fault, the file of every rubric that is there, and whether every file could be parsed."""

    valid: dict[str, Rubric]
    sources: dict[str, LocatedYaml]
    complete: bool


def _read_rubrics(folder: Path, faults: list[Fault]) -> _Rubrics:
    valid: dict[str, Rubric] = {}
    sources: dict[str, LocatedYaml] = {}
    if not folder.is_dir():
        faults.append(
            Fault(folder, 0, "is not a folder; pack.yaml's 'rubrics' names the folder of rubric files")
        )
        return _Rubrics(valid, sources, False)
    complete = True
    check_names(folder, ".yaml", faults)
    for path in sorted(folder.glob("*.yaml")):
        document = read_yaml(path, faults)
        if document is None or not isinstance(document.data, dict):
            complete = False
            if document is not None:
                faults.append(document.fault((), "a rubric file maps question ids to rubrics"))
            continue
        if not document.data:
            faults.append(document.fault((), "holds no rubrics"))
        for name, data in document.data.items():
            if name in sources:
                faults.append(
                    document.fault(
                        (name,), f"the rubric of {name!r} is given already in {sources[name].path.name}"
                    )
                )
                continue
            sources[name] = document
            rubric = validate(document, (name,), Rubric, data, faults)
            if rubric is not None:
                valid[name] = rubric
    return _Rubrics(valid, sources, complete)


def _check_question(pack: Pack, question: Question, places: Places, faults: list[Fault]) -> None:
    document, at = places[question.id]
    here = question.id
    categories = {category.id for category in pack.info.categories}
    rounds = {item.id for item in pack.info.rounds}
    levels: set[str] = {level.id for level in pack.info.levels}
    named: list[tuple[tuple[str | int, ...], str, str, Collection[str]]] = [
        (("category",), "category", question.category, categories),
        *((("rounds", index), "round", name, rounds) for index, name in enumerate(question.rounds)),
        (("level",), "level", question.level, levels),
    ]
    for index, step in enumerate(question.follow_ups):
        named.append((("follow_ups", index, "level"), "level", step.level, levels))
        if step.category is not None:
            named.append((("follow_ups", index, "category"), "category", step.category, categories))
    for place, noun, name, known in named:
        if name not in known:
            faults.append(document.fault((at, *place), f"{here}: no {noun} {name!r} in pack.yaml"))
    for index, name in enumerate(question.rounds):
        known_both = name in rounds and question.category in categories
        if known_both and question.category not in pack.round(name).categories:
            faults.append(
                document.fault(
                    (at, "rounds", index), f"{here}: round {name!r} does not draw from {question.category!r}"
                )
            )
    for index, step in enumerate(question.follow_ups):
        if step.criterion is None and step.category == question.category:
            faults.append(
                document.fault(
                    (at, "follow_ups", index, "category"),
                    f"{here}: the step stays in {question.category!r} and names no criterion",
                )
            )
    faults.extend(_repeated(document, (at, "follow_ups"), [step.text for step in question.follow_ups], here))
    if not any(step.category not in (None, question.category) for step in question.follow_ups):
        faults.append(
            document.fault((at, "follow_ups"), f"{here}: no step of the ladder crosses into another category")
        )


def _check_ladder(
    question: Question, rubric: Rubric, document: LocatedYaml, at: int, faults: list[Fault]
) -> None:
    targets = {criterion.id for criterion in rubric.criteria} | {group.id for group in rubric.groups}
    for index, step in enumerate(question.follow_ups):
        if step.criterion is not None and step.criterion not in targets:
            where = (at, "follow_ups", index, "criterion")
            faults.append(
                document.fault(
                    where, f"{question.id}: the rubric has no criterion or group {step.criterion!r}"
                )
            )
    covered = {step.criterion for step in question.follow_ups}
    for criterion in rubric.criteria:
        if criterion.kind is Kind.REQUIRED and criterion.group is None and criterion.id not in covered:
            faults.append(
                document.fault(
                    (at, "follow_ups"), f"{question.id}: no step of the ladder is about {criterion.id!r}"
                )
            )
    for group in rubric.groups:
        members = {member.id for member in rubric.members(group.id)}
        if group.id not in covered and not members & covered:
            faults.append(
                document.fault(
                    (at, "follow_ups"), f"{question.id}: no step of the ladder is about group {group.id!r}"
                )
            )


def _check_rubric(
    pack: Pack, question: Question, rubric: Rubric, document: LocatedYaml, faults: list[Fault]
) -> None:
    dimensions = {dimension.id for dimension in pack.info.dimensions}
    here = question.id
    if sum(criterion.kind is not Kind.RED_FLAG for criterion in rubric.criteria) < MIN_CRITERIA:
        faults.append(
            document.fault(
                (here, "criteria"), f"{here}: a rubric has at least {MIN_CRITERIA} criteria beside red flags"
            )
        )
    if not any(criterion.kind is Kind.RED_FLAG for criterion in rubric.criteria):
        faults.append(document.fault((here, "criteria"), f"{here}: a rubric has at least one red flag"))
    for index, criterion in enumerate(rubric.criteria):
        where = (here, "criteria", index)
        if criterion.dimension is None:
            faults.append(document.fault(where, f"{here}: criterion {criterion.id!r} has no dimension"))
        elif criterion.dimension not in dimensions:
            faults.append(
                document.fault(
                    (*where, "dimension"), f"{here}: no dimension {criterion.dimension!r} in pack.yaml"
                )
            )
        if len(criterion.shows) < 2:
            faults.append(
                document.fault(where, f"{here}: criterion {criterion.id!r} needs two or more 'shows'")
            )
    faults.extend(_repeated(document, (here, "criteria"), [item.text for item in rubric.criteria], here))
    known = {level.id for level in pack.info.levels}
    faults.extend(
        document.fault((here, "levels", name), f"{here}: no level {name!r} in pack.yaml")
        for name in rubric.levels
        if name not in known
    )
    before: tuple[str, ...] = ()
    for level in pack.info.levels:
        entries = rubric.levels.get(level.id)
        if entries is None:
            faults.append(document.fault((here, "levels"), f"{here}: levels says nothing about {level.id}"))
            continue
        lost = [entry for entry in before if entry not in entries]
        if lost:
            faults.append(
                document.fault(
                    (here, "levels", level.id), f"{here}: {level.id} no longer asks for {lost[0]!r}"
                )
            )
        before = entries


def _repeated(
    document: LocatedYaml, at: tuple[str | int, ...], texts: Sequence[str], here: str
) -> Iterator[Fault]:
    """List items whose `text` was copied and never rewritten."""
    for index, text in enumerate(texts):
        if text in texts[:index]:
            first = document.line_of((*at, texts.index(text)))
            yield document.fault(
                (*at, index, "text"), f"{here}: has the same text as the entry at line {first}"
            )


def _check_documents(pack: Pack, faults: list[Fault]) -> None:
    categories = {category.id for category in pack.info.categories}
    for note in pack.notes:
        if note.category is not None and note.category not in categories:
            faults.append(Fault(note.path, note.category_line, f"no category {note.category!r} in pack.yaml"))


def _check_supply(pack: Pack, info: LocatedYaml, faults: list[Fault]) -> None:
    """Categories and rounds that the bank leaves without questions; only for a bank that was read as a whole."""
    for index, category in enumerate(pack.info.categories):
        if not any(question.category == category.id for question in pack.questions):
            faults.append(info.fault(("categories", index), f"category {category.id!r} has no questions"))
    for index, item in enumerate(pack.info.rounds):
        found = len(pack.questions_of(item.id))
        if not found:
            faults.append(info.fault(("rounds", index), f"round {item.id!r} has no questions"))
        elif found < item.questions:
            faults.append(
                info.fault(
                    ("rounds", index, "questions"),
                    f"round {item.id!r} asks {item.questions} questions and the bank has {found} for it",
                )
            )
        for at, part in enumerate(item.parts):
            fitting = sum(item.fits(question, part) for question in pack.questions)
            if found and fitting < part.count:
                faults.append(
                    info.fault(
                        ("rounds", index, "parts", at),
                        f"round {item.id!r} has a part of {part.count} items ({part.kind}) and the bank has {fitting} for it",
                    )
                )
    if pack.loop is not None:
        faults.extend(_loop_supply(pack, pack.loop, info))


def _loop_supply(pack: Pack, plan: LoopPlan, info: LocatedYaml) -> Iterator[Fault]:
    """Rounds that the loop's steps ask more of than there is, as none of them asks what another one did."""
    steps: tuple[LoopStep, ...] = (*plan.stages, *plan.onsite.choices)
    for item in pack.info.rounds:
        asked = sum(step.questions or item.questions for step in steps if step.round == item.id)
        found = len(pack.questions_of(item.id))
        if asked > found:
            yield info.fault(
                ("loop",),
                f"the loop asks {asked} questions of round {item.id!r} and the bank has {found} for it",
            )
