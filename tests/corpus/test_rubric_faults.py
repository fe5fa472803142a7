"""Every mistake that a person can make in a rubric file is told by file, line and words."""

from pathlib import Path

import pytest
from faulty_packs import FIRST, MATHS, RUBRICS, SERVING, Case, Told, assert_told, case, copy_pack

from interviewer.packs import check_role_pack

POWER = """    - {id: power, dimension: depth, weight: 1, text: Speaks of power.,
       shows: [chance to miss a difference, eighty percent power]}
"""
CERTAIN = """    - {id: certain, dimension: depth, kind: red_flag, weight: 1, text: Calls the mean exact.,
       shows: [there is no error, the benchmark is exact]}
"""

CASES = [
    case("unknown key", RUBRICS, "  groups:", "  mood: good\n  groups:", "mood", "mood: is not a known key"),
    case(
        "unknown key of a criterion",
        RUBRICS,
        "{id: power,",
        "{id: power, wait: 1,",
        "wait",
        "criteria.4.wait: is not a known key",
    ),
    case(
        "criterion without text",
        RUBRICS,
        " text: Speaks of power.,",
        "",
        "{id: power",
        "criteria.4.text: is missing",
    ),
    case(
        "criterion with empty text",
        RUBRICS,
        "Speaks of power.",
        '" "',
        '" "',
        "criteria.4.text: must not be empty",
    ),
    case(
        "unknown kind", RUBRICS, "kind: bonus", "kind: extra", "extra", "criteria.4.kind: must be 'required'"
    ),
    case(
        "weight of nought", RUBRICS, "weight: 3", "weight: 0", "weight: 0", "weight: must be greater than 0"
    ),
    case(
        "negative weight", RUBRICS, "weight: 3", "weight: -1", "weight: -1", "weight: must be greater than 0"
    ),
    case("weight in words", RUBRICS, "weight: 3", "weight: heavy", "heavy", "weight: must be a number"),
    case("endless weight", RUBRICS, "weight: 3", "weight: .inf", ".inf", "weight: must be a finite number"),
    case(
        "no dimension",
        RUBRICS,
        "{id: power, dimension: depth,",
        "{id: power,",
        "{id: power",
        "error-bars: criterion 'power' has no dimension",
    ),
    case(
        "unknown dimension",
        RUBRICS,
        "{id: power, dimension: depth,",
        "{id: power, dimension: wide,",
        "wide",
        "error-bars: no dimension 'wide' in pack.yaml",
    ),
    case(
        "one phrase",
        RUBRICS,
        "[McNemar, only the disagreements count]",
        "[McNemar]",
        "{id: paired",
        "error-bars: criterion 'paired' needs two or more 'shows'",
    ),
    case(
        "criterion twice",
        RUBRICS,
        "{id: root,",
        "{id: binomial,  ",
        "{id: binomial,  ",
        "id 'binomial' is used twice in the rubric",
    ),
    case(
        "same text",
        RUBRICS,
        "Speaks of power.",
        "Reports an interval.",
        "{id: power",
        "error-bars: has the same text as the entry at line",
    ),
    Case(
        "too few criteria",
        RUBRICS,
        POWER,
        "",
        (
            Told(
                "criteria:\n    - {id: binomial",
                "error-bars: a rubric has at least 5 criteria beside red flags",
            ),
            Told("criterion: power", "error-bars: the rubric has no criterion or group 'power'", MATHS),
        ),
    ),
    case(
        "no red flag",
        RUBRICS,
        CERTAIN,
        "",
        "criteria:\n    - {id: binomial",
        "error-bars: a rubric has at least one red flag",
    ),
    # Groups
    case(
        "group of that name as well",
        RUBRICS,
        "{id: numbers,",
        "{id: remedies,",
        "{id: remedies, need",
        "id 'remedies' is used twice in the rubric",
    ),
    case(
        "group that is not defined",
        RUBRICS,
        "Would speculate., group: remedies",
        "Would speculate., group: tricks",
        "tricks",
        "criterion 'speculate' names group 'tricks', which is not defined",
    ),
    case(
        "bonus in a group",
        RUBRICS,
        "kind: required, weight: 1, text: Would speculate.",
        "kind: bonus, weight: 1, text: Would speculate.",
        "{id: speculate",
        "criterion 'speculate' is in a group, so it must be required",
    ),
    case(
        "group that needs too many",
        RUBRICS,
        "need: 1",
        "need: 3",
        "need: 3",
        "group 'remedies' needs 3 of 2 criteria",
    ),
    case(
        "group that needs none",
        RUBRICS,
        "need: 1",
        "need: 0",
        "need: 0",
        "groups.0.need: must be greater than or equal to 1",
    ),
    case(
        "group without members",
        RUBRICS,
        "  groups:",
        "  groups:\n    - {id: empty, need: 1}",
        "{id: empty",
        "group 'empty' needs 1 of 0 criteria",
    ),
    # Levels
    case(
        "level that is none",
        RUBRICS,
        "IC4: [binomial, paired]",
        "IC4: [binomial, paired]\n    Staff: [root]",
        "Staff",
        "levels.Staff: must be 'IC1'",
    ),
    case(
        "level that the pack has not",
        RUBRICS,
        "IC4: [binomial, paired]",
        "IC4: [binomial, paired]\n    IC5: [binomial, paired]",
        "IC5",
        "error-bars: no level 'IC5' in pack.yaml",
    ),
    case(
        "level left out",
        RUBRICS,
        "    IC4: [binomial, paired]\n",
        "",
        "levels:\n    IC2: [binomial]",
        "error-bars: levels says nothing about IC4",
    ),
    case(
        "level that asks for nothing there",
        RUBRICS,
        "[binomial, paired]",
        "[binomial, pears]",
        "pears",
        "levels.IC4 names 'pears', which is no criterion or group",
    ),
    case(
        "level that asks for a fault",
        RUBRICS,
        "[binomial, paired]",
        "[binomial, certain]",
        "[binomial, certain]",
        "levels.IC4 names 'certain', which is no criterion or group that can be met",
    ),
    case(
        "level that asks twice",
        RUBRICS,
        "[binomial, paired]",
        "[binomial, binomial]",
        "binomial, binomial",
        "levels.IC4 names 'binomial' twice",
    ),
    case(
        "level that forgets",
        RUBRICS,
        "[binomial, paired]",
        "[paired]",
        "[paired]",
        "error-bars: IC4 no longer asks for 'binomial'",
    ),
    case(
        "bands that fall",
        RUBRICS,
        "0.3, 0.5",
        "0.5, 0.3",
        "bands:",
        "bands are four rising numbers between 0 and 1",
    ),
    case("three bands", RUBRICS, "0.5, 0.7", "0.7", "bands:", "bands.3: is missing"),
    # The file
    Case(
        "orphan",
        RUBRICS,
        "slow-tokens:",
        "slow-token:",
        (
            Told(FIRST, "there is no question 'slow-token' for this rubric"),
            Told("id: slow-tokens", "slow-tokens: there is no rubric for this question", SERVING),
        ),
    ),
    case(
        "indentation lost",
        RUBRICS,
        "  levels:\n    IC2: [binomial]",
        " levels:\n    IC2: [binomial]",
        "levels:\n    IC2: [binomial]",
        "is not valid YAML: while parsing a block mapping",
    ),
    case(
        "rubric twice in a file",
        RUBRICS,
        "error-bars:",
        "slow-tokens: {}\nerror-bars:",
        "slow-tokens: {}",
        "key 'slow-tokens' is given twice",
    ),
    Case(
        "rubric that is text",
        RUBRICS,
        "error-bars:",
        "other: soon\nerror-bars:",
        (
            Told("other", "must be a group of 'key: value' lines"),
            Told("other", "there is no question 'other' for this rubric"),
        ),
    ),
]


@pytest.mark.parametrize("spoilt", CASES, ids=lambda item: item.name)
def test_a_fault_is_told_by_file_and_line(spoilt: Case, tmp_path: Path) -> None:
    assert_told(spoilt, tmp_path)


def test_a_rubric_given_in_two_files(tmp_path: Path) -> None:
    root = copy_pack(tmp_path)
    text = (root / RUBRICS).read_text(encoding="utf-8")
    (root / "rubrics" / "more.yaml").write_text(text[text.index("error-bars:") :], encoding="utf-8")
    _, faults = check_role_pack(root)
    assert [(fault.path.name, fault.line, fault.message) for fault in faults] == [
        ("more.yaml", 1, "the rubric of 'error-bars' is given already in all.yaml")
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [("", "is empty"), ("{}\n", "holds no rubrics"), ("[]\n", "a rubric file maps question ids to rubrics")],
)
def test_a_file_without_rubrics(tmp_path: Path, content: str, words: str) -> None:
    root = copy_pack(tmp_path)
    (root / "rubrics" / "more.yaml").write_text(content)
    _, faults = check_role_pack(root)
    assert [(fault.path.name, fault.line, fault.message) for fault in faults] == [("more.yaml", 1, words)]


def test_a_rubric_file_that_cannot_be_read_hides_no_question(tmp_path: Path) -> None:
    """Which rubrics it would have held is not known, so no question is said to lack one."""
    root = copy_pack(tmp_path)
    (root / RUBRICS).write_text("slow-tokens:\n  criteria: [", encoding="utf-8")
    _, faults = check_role_pack(root)
    assert [(fault.path.name, fault.line) for fault in faults] == [("all.yaml", 2)]
    assert "is not valid YAML" in faults[0].message
