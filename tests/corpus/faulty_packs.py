"""A pack without a fault, copied and spoilt: what one edit is expected to be told, by file, line and words."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from typer.testing import CliRunner

from interviewer.cli import app
from interviewer.packs import check_role_pack

FIRST = "(the first line)"

COMPLETE = Path(__file__).parent / "complete"

PACK = "pack.yaml"
SERVING = "questions/serving.yaml"
MATHS = "questions/maths.yaml"
RUBRICS = "rubrics/all.yaml"
GUIDE = "guide/process.md"
NOTE = "notes/batching.md"


@dataclass(frozen=True)
class Told:
    """An expected fault: `at` is text that stands once in the file as spoilt and begins in the line meant.

    FIRST is the first line, "" the file as a whole.
    """

    at: str
    words: str
    file: str | None = None


@dataclass(frozen=True)
class Case:
    """In `file`, `old` (which stands there once) becomes `new`, and exactly `told` is expected."""

    name: str
    file: str
    old: str
    new: str
    told: tuple[Told, ...]


def case(name: str, file: str, old: str, new: str, at: str, words: str, where: str | None = None) -> Case:
    """A case with one expected fault, in `where` or else in the file edited."""
    return Case(name, file, old, new, (Told(at, words, where),))


def copy_pack(folder: Path) -> Path:
    """The pack without a fault, in a folder of its own."""
    return Path(shutil.copytree(COMPLETE, folder / "pack"))


def spoil(root: Path, spoilt: Case) -> list[tuple[str, int, str]]:
    """Make the edit; returns the expected faults as (file, line, words), sorted by file and line."""
    path = root / spoilt.file
    text = path.read_text(encoding="utf-8")
    assert text.count(spoilt.old) == 1, (
        f"{spoilt.old!r} stands {text.count(spoilt.old)} times in {spoilt.file}"
    )
    path.write_text(text.replace(spoilt.old, spoilt.new), encoding="utf-8")
    expected = []
    for told in spoilt.told:
        file = told.file or spoilt.file
        expected.append((file, _line(root / file, told.at), told.words))
    return sorted(expected)


def assert_told(spoilt: Case, folder: Path) -> None:
    """The check finds exactly what is expected, in order, and the command prints it and exits with 2."""
    root = copy_pack(folder)
    expected = spoil(root, spoilt)
    _, faults = check_role_pack(root)
    found = [(fault.path.relative_to(root).as_posix(), fault.line, fault.message) for fault in faults]
    assert [item[:2] for item in found] == [item[:2] for item in expected], found
    for (_, _, message), (_, _, words) in zip(found, expected, strict=True):
        assert words in message

    done = CliRunner().invoke(app, ["corpus", "check", str(root)])
    assert done.exit_code == 2
    assert done.stdout.splitlines() == [str(fault) for fault in faults]


def _line(path: Path, marker: str) -> int:
    if not marker:
        return 0
    if marker == FIRST:
        return 1
    text = path.read_text(encoding="utf-8")
    assert text.count(marker) == 1, f"{marker!r} stands {text.count(marker)} times in {path.name}"
    return text.count("\n", 0, text.index(marker)) + 1
