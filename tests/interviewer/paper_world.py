"""The tiny role with a paper of four items, and code that is run by saying what its tests show."""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

from round_world import TINY

from corpus import Choice, Part, Round
from interviewer.errors import RunningOff
from interviewer.packs import RolePack
from interviewer.sandbox.results import CaseResult, CodeResult, Growth, GrowthPoint

PAPER = Round(
    id="paper",
    title="Online paper",
    minutes=20,
    categories=("systems", "math"),
    questions=4,
    parts=(Part(kind="choices", count=2), Part(kind="problem", count=2, categories=("systems",))),
)
# Right are A and C.
CHOICES = tuple(
    Choice(text=f"Option {letter}.", correct=letter in "AC", why=f"{letter} is as it is.") for letter in "ABC"
)
_CHANGES: dict[str, dict[str, Any]] = {
    "kv-cache": {"problem": "top_gap"},
    "checkpoint": {"problem": "pick_pair"},
    "variance": {"choices": CHOICES},
    "idle-gpu": {"choices": CHOICES},
}
GREW = Growth(
    "top_gap",
    tuple(GrowthPoint(n, n / 1000, 7) for n in (1000, 4000, 16000)),
    1.02,
    (0.8, 1.3),
    True,
    "O(n)",
    "O(1)",
    "",
)
PASSED = CaseResult("example-1", True, True, "passed", "", "1", "1", "1", "", 1.0, 1.0)
FAILED = replace(PASSED, name="edge-none", passed=False, outcome="wrong", message="It is wrong.")


def paper_role(role: RolePack) -> RolePack:
    """Two items with choices, then two coding problems, in 20 minutes."""
    questions = tuple(item.model_copy(update=_CHANGES.get(item.id, {})) for item in role.pack.questions)
    info = role.pack.info.model_copy(update={"rounds": (*role.pack.info.rounds, PAPER)})
    return replace(role, pack=replace(role.pack, info=info, questions=questions))


class SaidRuns:
    """Code that says `right`, or is among those, passes both tests, and any other the first; `off` runs nothing."""

    def __init__(self, off: bool = False, right: Collection[str] = ()) -> None:
        self.off = off
        self.right = right

    async def run(self, problem: str, code: str, examples_only: bool = False) -> CodeResult:
        if self.off:
            raise RunningOff("Running code is off.")
        second = replace(PASSED, name="edge-none") if "# right" in code or code in self.right else FAILED
        return CodeResult(problem, second.passed, (PASSED, second), None)

    async def growth(self, problem: str, code: str) -> Growth:
        return replace(GREW, problem=problem)


def write_paper_pack(folder: Path) -> Path:
    """The tiny pack as files, with the same paper."""
    root = Path(shutil.copytree(TINY, folder / "paper"))
    pack, bank = root / "pack.yaml", root / "questions" / "all.yaml"
    paper = PAPER.model_dump(mode="json")
    pack.write_text(
        pack.read_text("utf-8").replace("categories:\n", f"  - {json.dumps(paper)}\ncategories:\n", 1),
        "utf-8",
    )
    text = bank.read_text("utf-8")
    for name, changed in _CHANGES.items():
        for key, value in changed.items():
            given = value if key == "problem" else json.dumps([item.model_dump() for item in value])
            text = text.replace(f"- id: {name}\n", f"- id: {name}\n  {key}: {given}\n", 1)
    bank.write_text(text, "utf-8")
    return root
