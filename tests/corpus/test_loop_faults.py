"""The loop of a pack: what it says, and every mistake in it by file, line and words."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from faulty_packs import COMPLETE

from corpus import LEVELS
from interviewer.packs import BUILT_IN_PACK, check_role_pack, load_role_pack

TINY = Path(__file__).parents[1] / "packs" / "tiny"
TALK = "id: talk, title: First talk, round: all"


@pytest.mark.parametrize(
    "root", [BUILT_IN_PACK, BUILT_IN_PACK.parent / "senior_mle"], ids=lambda path: path.name
)
def test_the_packs_that_come_with_mockround_have_the_loop_of_the_role(root: Path) -> None:
    pack = load_role_pack(root).pack
    assert pack.loop is not None
    stages = [stage.id for stage in pack.loop.stages]
    assert stages[0] == "recruiter-screen"
    assert stages[-1] == "hiring-manager-screen"
    assert pack.loop.stages[-1].shapes_onsite
    assert 3 <= pack.loop.onsite.interviews <= 5
    for level in pack.info.levels:
        fixed = [item for item in pack.loop.onsite.choices if item.always and item.is_for(level.id)]
        assert len(fixed) <= pack.loop.onsite.interviews
    asked = {step.round for step in (*pack.loop.stages, *pack.loop.onsite.choices)}
    assert asked <= {item.id for item in pack.info.rounds}


def test_a_pack_without_a_loop_offers_none() -> None:
    assert load_role_pack(COMPLETE).pack.loop is None


def test_an_interview_is_for_a_level_and_those_above() -> None:
    loop = load_role_pack().pack.loop
    assert loop is not None
    design = next(item for item in loop.onsite.choices if item.round == "ml-systems")
    assert [design.is_for(level) for level in LEVELS] == [False, False, True, True, True]
    coding = next(item for item in loop.onsite.choices if item.round == "ml-coding")
    assert all(coding.is_for(level) for level in LEVELS)


@pytest.mark.parametrize(
    ("old", "new", "at", "words"),
    [
        ("id: depth", "id: design", "Depth interview", "loop: id 'design' is given twice"),
        ("id: numbers", "id: talk", "Numbers interview", "loop: id 'talk' is given twice"),
        ("id: depth", "id: onsite", "Depth interview", "loop: id 'onsite' is the name of the whole onsite"),
        (
            TALK,
            TALK.replace("all", "chat"),
            "First talk",
            "loop: talk names the round 'chat', which is not there",
        ),
        (
            "Depth interview, round: systems",
            "Depth, round: x",
            "id: depth",
            "loop: depth names the round 'x'",
        ),
        ("interviews: 3", "interviews: 2", "interviews: 2", "must be greater than or equal to 3"),
        ("interviews: 3", "interviews: 6", "interviews: 6", "must be less than or equal to 5"),
        (
            "interviews: 3",
            "interviews: 4",
            "interviews: 4",
            "4 interviews, and IC1 has 1 always and 3 to choose from",
        ),
        ("looks_for: Who you are.", "colour: red", "First talk", "looks_for: is missing"),
        (
            "always: true",
            "from_level: IC2",
            "Design interview",
            "design is from a level on that the pack does not have",
        ),
        ("minutes: 20, ", "minutes: 0, ", "First talk", "must be greater than or equal to 1"),
        ("always: true", 'always: "yes"', "Design interview", "always"),
        (
            "questions: 1, shapes",
            "questions: 4, shapes",
            "loop:",
            "asks 5 questions of round 'all' and the bank has 4",
        ),
    ],
)
def test_a_mistake_is_told_by_file_line_and_words(
    tmp_path: Path, old: str, new: str, at: str, words: str
) -> None:
    root = Path(shutil.copytree(TINY, tmp_path / "pack"))
    path = root / "pack.yaml"
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    line = next(number for number, row in enumerate(path.read_text().splitlines(), 1) if at in row)
    _, faults = check_role_pack(root)
    assert [(fault.path.name, fault.line) for fault in faults if words in fault.message] == [
        ("pack.yaml", line)
    ], faults


def test_a_stage_plays_a_paper_as_a_whole(tmp_path: Path) -> None:
    root = Path(shutil.copytree(TINY, tmp_path / "tiny"))
    paper = "{id: sheet, title: Sheet, minutes: 9, categories: [systems], questions: 1, parts: [{kind: problem, count: 1}]}"
    for name, old, new in (
        ("pack.yaml", "categories:\n", f"  - {paper}\ncategories:\n"),
        ("pack.yaml", TALK, TALK.replace("all", "sheet")),
        ("questions/all.yaml", "  level: IC5\n", "  level: IC5\n  problem: top_gap\n"),
    ):
        path = root / name
        assert old in path.read_text("utf-8")
        path.write_text(path.read_text("utf-8").replace(old, new, 1), "utf-8")
    assert check_role_pack(root)[1] == []
    text = (root / "pack.yaml").read_text("utf-8")
    (root / "pack.yaml").write_text(
        text.replace("minutes: 20, questions: 1", "minutes: 20, questions: 2"), "utf-8"
    )
    assert "loop: talk asks 2 questions, and the parts of 'sheet' have 1 items" in {
        fault.message for fault in check_role_pack(root)[1]
    }
