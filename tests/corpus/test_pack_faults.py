"""Every mistake that a person can make in pack.yaml and in the folders of a pack is told by file, line and words."""

import json
from pathlib import Path

import pytest
from faulty_packs import FIRST, PACK, RUBRICS, Case, Told, assert_told, case, copy_pack
from typer.testing import CliRunner

from corpus import PackError, load_pack
from interviewer.cli import app
from interviewer.packs import check_role_pack, load_role_pack

SCREEN = "  - {id: screen, title: Screen, minutes: 20, categories: [serving], questions: 1}"
IC4 = "  - {id: IC4, title: Staff engineer}"

CASES = [
    case("unknown key", PACK, "bands:", "colour: red\nbands:", "colour", "colour: is not a known key"),
    case("missing key", PACK, "title: A pack that uses everything\n", "", FIRST, "title: is missing"),
    case("id with a space", PACK, "id: complete", "id: my pack", "my pack", "id: 'my pack' is no id"),
    case("upper-case id", PACK, "id: complete", "id: Complete", "Complete", "ids are up to 80 of a-z"),
    case("no such month", PACK, '"2026-11"', '"2026-13"', "2026-13", "as_of: '2026-13' is no month"),
    case("date without quotes", PACK, '"2026-11"', "2026-11-01", "2026-11-01", "as_of: must be text"),
    case(
        "empty title", PACK, "title: Screen", 'title: " "', 'title: " "', "rounds.0.title: must not be empty"
    ),
    case("unknown level", PACK, "{id: IC4,", "{id: IC9,", "IC9", "levels.1.id: must be 'IC1'"),
    case("level twice", PACK, IC4, f"{IC4}\n  - {{id: IC4, title: Again}}", "Again", "'IC4' is given twice"),
    Case(
        "levels out of order",
        PACK,
        IC4,
        f"{IC4}\n  - {{id: IC3, title: Senior}}",
        (
            Told("Senior", "levels: IC3 stands after a higher level"),
            Told("levels:\n    IC2: [roofline]", "slow-tokens: levels says nothing about IC3", RUBRICS),
            Told("levels:\n    IC2: [binomial]", "error-bars: levels says nothing about IC3", RUBRICS),
        ),
    ),
    case(
        "round twice",
        PACK,
        SCREEN,
        SCREEN + "\n  - {id: screen, title: Again, minutes: 5, categories: [maths], questions: 1}",
        "Again",
        "rounds: id 'screen' is given twice",
    ),
    case(
        "category of a round",
        PACK,
        "categories: [serving, maths]",
        "categories: [serving, maths, cooking]",
        "cooking",
        "round loop: no category 'cooking'",
    ),
    case(
        "kind of a part",
        PACK,
        "kind: choices",
        "kind: essay",
        "essay",
        "rounds.2.parts.0.kind: must be 'problem'",
    ),
    Case(
        "parts that do not add up",
        PACK,
        "count: 1}",
        "count: 2}",
        (
            Told("count: 2}", "round 'paper' has a part of 2 items (choices) and the bank has 1 for it"),
            Told("count: 2}", "round paper: questions is 1, and its parts have 2 items"),
        ),
    ),
    Case(
        "part of a field that the round has not",
        PACK,
        "count: 1}",
        "count: 1, categories: [maths]}",
        (
            Told("[maths]}", "round 'paper' has no questions"),
            Told("[maths]}", "round paper: a part draws from 'maths', and the round does not"),
        ),
    ),
    case(
        "category named twice in a round",
        PACK,
        "[serving, maths]",
        "[serving, serving, maths]",
        "serving, serving",
        "rounds.1.categories: 'serving' is given twice",
    ),
    case(
        "round without categories",
        PACK,
        "[serving, maths]",
        "[]",
        "categories: []",
        "categories: must not be empty",
    ),
    case(
        "round without time",
        PACK,
        "minutes: 45",
        "minutes: 0",
        "minutes: 0",
        "must be greater than or equal to 1",
    ),
    case("number in words", PACK, "minutes: 45", "minutes: long", "minutes: long", "must be a whole number"),
    case("number in quotes", PACK, "minutes: 45", 'minutes: "45"', 'minutes: "45"', "must be a whole number"),
    case(
        "round longer than its bank",
        PACK,
        "questions: 2",
        "questions: 3",
        "questions: 3",
        "round 'loop' asks 3 questions and the bank has 2 for it",
    ),
    case(
        "category without questions",
        PACK,
        "dimensions:\n",
        "  - {id: cooking, title: Cooking, share: 0}\ndimensions:\n",
        "id: cooking",
        "category 'cooking' has no questions",
    ),
    Case(
        "round and category without questions",
        PACK,
        f"{SCREEN}\n",
        f"{SCREEN}\n  - {{id: late, title: Late, minutes: 5, categories: [x], questions: 1}}\n",
        (Told("id: late", "round late: no category 'x'"), Told("id: late", "round 'late' has no questions")),
    ),
    case("share above one", PACK, "share: 0.75", "share: 75", "share: 75", "must be less than or equal to 1"),
    case(
        "category twice",
        PACK,
        "dimensions:\n",
        "  - {id: maths, title: Again, share: 0.1}\ndimensions:\n",
        "Again",
        "categories: id 'maths' is given twice",
    ),
    case(
        "dimension twice",
        PACK,
        "bands:",
        "  - {id: depth, title: Again, text: Again.}\nbands:",
        "Again.",
        "dimensions: id 'depth' is given twice",
    ),
    case("bands that fall", PACK, "0.4, 0.6", "0.6, 0.4", "bands:", "bands are four rising numbers"),
    case("bands from nought", PACK, "[0.2,", "[0,", "bands:", "bands are four rising numbers"),
    case(
        "rubrics elsewhere",
        PACK,
        "rubrics: rubrics",
        "rubrics: marks",
        "",
        "is not a folder; pack.yaml's 'rubrics' names the folder",
        "marks",
    ),
    case(
        "key twice", PACK, "id: complete", "id: complete\nid: other", "id: other", "key 'id' is given twice"
    ),
    case("alias", PACK, "id: complete", "x: &a [1]\ny: *a\nid: complete", "*a", "YAML aliases (*name)"),
    case("tab", PACK, "    minutes: 45", "\tminutes: 45", "\tminutes", "a tab cannot indent; use spaces"),
    case("quote left open", PACK, '"2026-11"', '"2026-11', "as_of", "is not valid YAML"),
    case("yes as a key", PACK, "id: complete", "yes: 1\nid: complete", "yes: 1", "the key 'yes' is not text"),
    case("control character", PACK, "title: Screen", "title: Scr\x07een", "Scr", "control character U+0007"),
    case("nesting", PACK, "bands:", f"x: {'[' * 40}{']' * 40}\nbands:", "x: [", "is nested deeper than 32"),
]


@pytest.mark.parametrize("spoilt", CASES, ids=lambda item: item.name)
def test_a_fault_is_told_by_file_and_line(spoilt: Case, tmp_path: Path) -> None:
    assert_told(spoilt, tmp_path)


def only_fault(root: Path) -> str:
    """The one fault of a pack, as it is printed, without the pack's folder."""
    _, faults = check_role_pack(root)
    assert len(faults) == 1, faults
    return str(faults[0]).replace(f"{root}/", "").replace(str(root), ".")


def test_a_pack_without_a_fault(tmp_path: Path) -> None:
    root = copy_pack(tmp_path)
    role = load_role_pack(root)
    assert [question.id for question in role.pack.questions] == ["error-bars", "slow-tokens"]
    done = CliRunner().invoke(app, ["corpus", "check", str(root)])
    assert done.exit_code == 0
    assert " 0 faults, " in done.stderr


def test_loading_names_the_first_fault_and_counts_the_rest(tmp_path: Path) -> None:
    root = copy_pack(tmp_path)
    text = (root / PACK).read_text(encoding="utf-8")
    (root / PACK).write_text(text.replace("minutes: 20", "minutes: 0").replace("share: 0.75", "share: 2"))
    with pytest.raises(PackError) as raised:
        load_role_pack(root)
    assert [fault.line for fault in raised.value.faults] == [12, 20]
    assert str(raised.value).startswith(f"{root / PACK}:12: rounds.0.minutes: must be")
    assert str(raised.value).endswith("(and 1 more)")
    with pytest.raises(PackError):
        load_pack(root)


def test_a_fault_as_json(tmp_path: Path) -> None:
    root = copy_pack(tmp_path)
    (root / "notes" / "more.markdown").write_text("# More\n")
    done = CliRunner().invoke(app, ["corpus", "check", str(root), "--json"])
    assert done.exit_code == 2
    words = "is not read, because its name does not end in .md"
    assert json.loads(done.stdout) == {
        "faults": [{"file": str(root / "notes" / "more.markdown"), "line": 0, "message": words}]
    }


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert only_fault(tmp_path / "nowhere") == ".: is not a folder; name the folder that holds pack.yaml"


def test_a_folder_without_pack_yaml(tmp_path: Path) -> None:
    root = copy_pack(tmp_path)
    (root / PACK).unlink()
    assert only_fault(root) == "pack.yaml: cannot be read: No such file or directory"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "pack.yaml:1: is empty"),
        (b"# nothing but a comment\n", "pack.yaml:1: is empty"),
        (b"- id: complete\n", "pack.yaml:1: must be a group of 'key: value' lines"),
        (b"title: caf\xe9\n", "pack.yaml:1: is not UTF-8 text; save the file with UTF-8 encoding"),
        (b"#" * 4_000_001, "pack.yaml: is 4,000,001 bytes; pack files are limited to 4,000,000"),
    ],
)
def test_a_file_that_is_no_pack(tmp_path: Path, content: bytes, words: str) -> None:
    root = copy_pack(tmp_path)
    (root / PACK).write_bytes(content)
    assert only_fault(root) == words


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("questions/more.yml", "is not read, because its name does not end in .yaml"),
        ("questions/more.json", "is not read, because its name does not end in .yaml"),
        ("rubrics/more.txt", "is not read, because its name does not end in .yaml"),
        ("guide/more.txt", "is not read, because its name does not end in .md"),
        ("notes/more/deep.md", "is a folder; files in folders of folders are not read"),
    ],
)
def test_a_file_that_would_not_be_read(tmp_path: Path, name: str, words: str) -> None:
    root = copy_pack(tmp_path)
    path = root / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("x", encoding="utf-8")
    place = name.removesuffix("/deep.md")
    assert only_fault(root) == f"{place}: {words}"


def test_what_nobody_meant_to_be_read_is_no_fault(tmp_path: Path) -> None:
    root = copy_pack(tmp_path)
    (root / "questions" / ".draft.yml").write_text("x")
    (root / "notes" / "figure.png").write_bytes(b"\x89PNG")
    assert check_role_pack(root)[1] == []


def test_a_file_where_a_folder_is_expected(tmp_path: Path) -> None:
    root = copy_pack(tmp_path)
    for path in (root / "guide").iterdir():
        path.unlink()
    (root / "guide").rmdir()
    assert check_role_pack(root)[1] == []
    (root / "guide").write_text("How a candidate is interviewed.")
    assert only_fault(root) == "guide: is not a folder"


def test_a_byte_order_mark_and_windows_line_ends_are_no_fault(tmp_path: Path) -> None:
    root = copy_pack(tmp_path)
    for path in root.rglob("*.*"):
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    role = load_role_pack(root)
    assert role.pack.notes[0].sections[1].text.startswith("A long prompt delays")
    assert role.pack.notes[0].sections[1].line == 8
