"""Every mistake in the files of a coding problem is told by file, line and words."""

import shutil
from pathlib import Path

import pytest
from faulty_packs import copy_pack

from corpus import Fault, load_pack
from corpus.problem_files import read_problems
from interviewer.packs import check_role_pack

TINY = Path(__file__).parents[1] / "packs" / "tiny"
YAML = "problem.yaml"

CASES = [
    ("unknown key", YAML, "level: IC1", "level: IC1\ncolour: red", YAML, 10, "colour: is not a known key"),
    ("missing key", YAML, "minutes: 10\n", "", YAML, 1, "minutes: is missing"),
    ("other id", YAML, "id: top_gap", "id: bottom_gap", YAML, 1, "the id is 'bottom_gap' and the folder 'top_gap'"),
    ("no id", YAML, "id: top_gap", "id: Top Gap", YAML, 1, "'Top Gap' is no id"),
    ("no function name", YAML, "function: top_gap", "function: top-gap", YAML, 6, "no name of a Python function"),
    ("keyword", YAML, "function: top_gap", "function: lambda", YAML, 6, "no name of a Python function"),
    ("library", YAML, "level: IC1", "level: IC1\nlibraries: [pandas]", YAML, 10, "libraries.0: must be 'numpy' or 'torch'"),
    ("kind", YAML, "kind: algorithms", "kind: graphs", YAML, 8, "kind: must be 'algorithms' or 'ml-coding'"),
    ("compare", YAML, "compare: exact", "compare: nearly", YAML, 15, "compare: must be"),
    ("tolerance without use", YAML, "compare: exact", "compare: exact\nrtol: 0.1", YAML, 1, "go with compare: approx"),
    ("exponent", YAML, "exponent: [0.7, 1.5]", "exponent: [1.5, 0.7]", YAML, 17, "the lower bound stands first"),
    ("sizes", YAML, "[4000, 16000, 64000]", "[4000, 4000, 64000]", YAML, 17, "sizes rise"),
    ("two sizes", YAML, "[4000, 16000, 64000]", "[4000, 16000]", YAML, 17, "needs 3 entries or more"),
    ("date for a value", YAML, "expected: 5", "expected: 2026-01-01", YAML, 13, "which JSON does not know"),
    ("nan for a value", YAML, "expected: 5", "expected: .nan", YAML, 13, '{"__float__": "nan"}'),
    ("no examples", YAML, "examples:\n", "examples: []\nelse:\n", YAML, 12, "examples: must not be empty"),
    ("signature", YAML, "def top_gap(times: list[int]) -> int:", "top_gap(times)", YAML, 7, "signature is not the 'def top_gap"),
    ("wrong file's name", YAML, "wrong_given_order.py", "given_order.py", YAML, 20, "is no file of a wrong solution"),
    ("wrong file missing", YAML, "wrong_given_order.py", "wrong_order.py", YAML, 20, "there is no file wrong_order.py"),
    ("wrong file twice", YAML, "wrong_one_arrival.py", "wrong_given_order.py", YAML, 21, "is listed twice"),
    ("nothing fails", YAML, "fails: [example-1]", "fails: []", YAML, 20, "wrong.0.fails: must not be empty"),
    ("syntax", "solution.py", "if len(times) < 2:", "if len(times) < 2", "solution.py", 5, "is not valid Python: expected ':'"),
    ("no function", "solution_2.py", "def top_gap", "def gap", "solution_2.py", 0, "defines no function 'top_gap'"),
    ("starter's names", "starter.py", "(times: list[int])", "(values: list[int])", "starter.py", 1, "takes (values)"),
    ("no oracle", "tests.py", "def oracle", "def obvious", "tests.py", 0, "defines no function 'oracle'"),
    ("hidden without seed", "tests.py", "def hidden(seed)", "def hidden()", "tests.py", 10, "hidden takes 1 arguments"),
    ("checker not asked for", "tests.py", "def oracle", "def check(a, e, g):\n    return None\n\n\ndef oracle", "tests.py", 18, "check goes with compare: checker"),
]  # fmt: skip


def told(folder: Path) -> list[tuple[str, int, str]]:
    faults: list[Fault] = []
    read_problems(folder, faults)
    return [(fault.path.name, fault.line, fault.message) for fault in faults]


@pytest.fixture
def problems(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TINY / "problems", tmp_path / "problems"))


def test_the_tiny_packs_problems_have_no_fault(problems: Path) -> None:
    assert told(problems) == []
    pack = load_pack(TINY)
    assert [problem.id for problem in pack.problems] == ["pick_pair", "row_softmax", "top_gap"]
    assert pack.problem("top_gap").info.seconds == 1
    assert (pack.problem("row_softmax").info.seconds, pack.problem("row_softmax").info.memory_mb) == (5, 2048)
    assert (pack.problem("pick_pair").info.seconds, pack.problem("pick_pair").info.memory_mb) == (2, 512)
    with pytest.raises(KeyError):
        pack.problem("nothing")


@pytest.mark.parametrize(
    ("file", "old", "new", "where", "line", "words"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_a_mistake_is_told(
    problems: Path, file: str, old: str, new: str, where: str, line: int, words: str
) -> None:
    path = problems / "top_gap" / file
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
    path.write_text(text.replace(old, new), encoding="utf-8")
    found = told(problems)
    assert any((name, at) == (where, line) and words in message for name, at, message in found), found


@pytest.mark.parametrize("name", ["problem.yaml", "tests.py", "starter.py", "solution.py", "solution_2.py"])
def test_a_missing_file_is_told(problems: Path, name: str) -> None:
    (problems / "top_gap" / name).unlink()
    assert (name, 0, "cannot be read: No such file or directory") in told(problems)


def test_what_nobody_reads_is_told(problems: Path) -> None:
    (problems / "top_gap" / "wrong_more.py").write_text("def top_gap(times): ...\n")
    (problems / "top_gap" / "notes.md").write_text("# Notes\n")
    (problems / "loose.yaml").write_text("id: loose\n")
    (problems / "empty").mkdir()
    assert [item for item in told(problems) if "empty" not in item[0] and item[1] == 0] == [
        ("problem.yaml", 0, "cannot be read: No such file or directory"),
        ("starter.py", 0, "cannot be read: No such file or directory"),
        ("tests.py", 0, "cannot be read: No such file or directory"),
        ("solution.py", 0, "cannot be read: No such file or directory"),
        ("solution_2.py", 0, "cannot be read: No such file or directory"),
        ("loose.yaml", 0, "is not read: a problem is a folder that holds problem.yaml"),
        ("notes.md", 0, "is not read; a problem has no file of this name"),
        ("wrong_more.py", 0, "is not listed under 'wrong' in problem.yaml"),
    ]


def test_a_question_names_a_problem_that_is_there(tmp_path: Path) -> None:
    root = copy_pack(tmp_path)
    questions = root / "questions" / "maths.yaml"
    text = questions.read_text(encoding="utf-8")
    assert text.count("\n  title:") == 1
    questions.write_text(text.replace("\n  title:", "\n  problem: top_gap\n  title:"), encoding="utf-8")
    (fault,) = check_role_pack(root)[1]
    assert fault.path == questions
    assert fault.message.endswith("there is no problem 'top_gap'")
    assert "problem: top_gap" in questions.read_text(encoding="utf-8").splitlines()[fault.line - 1]
    shutil.copytree(TINY / "problems", root / "problems")
    assert check_role_pack(root)[1] == []


def test_problems_that_are_a_file_are_told(tmp_path: Path) -> None:
    root = copy_pack(tmp_path)
    (root / "problems").write_text("")
    assert [str(fault) for fault in check_role_pack(root)[1]] == [f"{root / 'problems'}: is not a folder"]
