"""What `corpus check` remarks on in a pack without a fault: one edit to a new pack, which has no remark, and what is said."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from interviewer.authoring.remark import Remark, RemarkKind
from interviewer.authoring.remarks import counts_of, find_close_prompts, find_remarks, in_order
from interviewer.authoring.scaffold import new_pack
from interviewer.cli import app
from interviewer.packs import BUILT_IN_PACK, PackOnDisk, RolePack, read_role_pack
from retrieval import HashEmbedder

QUESTIONS = "questions/first.yaml"
RUBRICS = "rubrics/first.yaml"
NOTE = "notes/error-budgets.md"

TITLE = "title: A decision that you took back"
PROMPT = """    Tell me about a technical decision after an incident that you defended in public and later took back. What
    convinced you, who paid for the detour, and what do you do differently since?
"""
COPIED_PROMPT = """    Your ledger service has an availability objective of 99.9% over 30 days. On the twelfth, four fifths of the error
    budget are spent: one incident of 25 minutes and some small ones. A release that product has promised for Monday is
    waiting. What do you do, and whom do you tell?
"""
SECTION = """
## Minutes of an objective
A 99.9% availability objective over 30 days leaves 0.1% of 43,200 minutes, 43.2 minutes. At 99.99% it is 4.3 minutes,
less than people need to answer a page.

## Burn rate"""
OPM = "https://www.opm.gov"
STAR = '    - {title: "Dartmouth: using the STAR method"'


@dataclass(frozen=True)
class Told:
    """A remark that is expected: kind, file, the text that begins in its line, and words of the message."""

    kind: RemarkKind
    file: str
    at: str
    words: str


@dataclass(frozen=True)
class Edit:
    """In `file`, `old`, which stands there once, becomes `new`; then exactly `told` is remarked."""

    file: str
    old: str
    new: str
    told: tuple[Told, ...]


EDITS = {
    "the title of another question": Edit(
        QUESTIONS,
        TITLE,
        "title: Three fifths of the budget by the tenth",
        (
            Told(
                RemarkKind.TITLES_ALIKE,
                QUESTIONS,
                "title: Three",
                "decision-reversed has a title like error-budget",
            ),
        ),
    ),
    "a prompt with other numbers": Edit(
        QUESTIONS,
        PROMPT,
        COPIED_PROMPT,
        (
            Told(
                RemarkKind.PROMPTS_ALIKE,
                QUESTIONS,
                "prompt: |\n    Your ledger",
                "decision-reversed has a prompt like error-budget at first.yaml:",
            ),
        ),
    ),
    "a section told twice": Edit(
        NOTE,
        "\n## Burn rate",
        SECTION,
        (
            Told(
                RemarkKind.NOTES_ALIKE,
                NOTE,
                "## Minutes of",
                "'Minutes of an objective' says what 'The budget in minutes' at error-budgets.md:",
            ),
        ),
    ),
    "one source": Edit(
        QUESTIONS,
        STAR,
        "    # " + STAR.strip(),
        (
            Told(
                RemarkKind.FEW_SOURCES,
                QUESTIONS,
                'sources:\n    - {title: "US',
                "decision-reversed names 1 source",
            ),
        ),
    ),
    "an address without https": Edit(
        QUESTIONS,
        OPM,
        "http://www.opm.gov",
        (Told(RemarkKind.SOURCE_NOT_HTTPS, QUESTIONS, '- {title: "US', "http://www.opm.gov"),),
    ),
    "an address without https in a note": Edit(
        NOTE,
        "https://sre.google/sre-book",
        "http://sre.google/sre-book",
        (
            Told(
                RemarkKind.SOURCE_NOT_HTTPS, NOTE, "## Sources", "http://sre.google/sre-book/embracing-risk/"
            ),
        ),
    ),
    "a note whose list of sources has another name": Edit(
        NOTE,
        "## Sources",
        "## Where this is from",
        (
            Told(
                RemarkKind.NOTE_WITHOUT_SOURCES,
                NOTE,
                "# Error budgets",
                "'error-budgets' has no section '## Sources'",
            ),
        ),
    ),
    "a phrase that is the text": Edit(
        RUBRICS,
        '"it cost the other team two weekends of on-call"',
        '"what the detour cost and who paid for it"',
        (
            Told(
                RemarkKind.SHOWS_REPEAT_TEXT,
                RUBRICS,
                'shows: ["what the detour',
                "says the text of 'cost' again",
            ),
        ),
    ),
    "a topic of one question that no note mentions": Edit(
        QUESTIONS,
        "topics: [incidents, error-budget]",
        "topics: [incidents, error-budget, retries]",
        (
            Told(
                RemarkKind.TOPIC_WITHOUT_NOTE,
                QUESTIONS,
                "topics: [incidents",
                "no note names or mentions the topic 'retries', which 1 question is about",
            ),
            Told(
                RemarkKind.TOPIC_ASKED_ONCE,
                QUESTIONS,
                "topics: [incidents",
                "decision-reversed alone is about the topic 'retries'",
            ),
        ),
    ),
    "a topic that a note mentions in its text": Edit(
        QUESTIONS,
        "topics: [incidents, error-budget]",
        "topics: [incidents, error-budget, availability-objectives]",
        (
            Told(
                RemarkKind.TOPIC_ASKED_ONCE,
                QUESTIONS,
                "topics: [incidents",
                "alone is about the topic 'availability-objectives'",
            ),
        ),
    ),
    "a topic that only a note has": Edit(
        NOTE,
        "topics: [error-budget, incidents]",
        "topics: [error-budget, incidents, paging]",
        (Told(RemarkKind.TOPIC_NOT_ASKED, NOTE, "topics: [", "no question is about the topic 'paging'"),),
    ),
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A new pack, which has neither fault nor remark."""
    folder = tmp_path / "pack"
    new_pack(folder, "fresh", "Fresh", datetime(2026, 11, 1, tzinfo=UTC))
    return folder


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, (old, text.count(old))
    path.write_text(text.replace(old, new), encoding="utf-8")


def line_of(path: Path, marker: str) -> int:
    text = path.read_text(encoding="utf-8")
    assert text.count(marker) == 1, (marker, text.count(marker))
    return text.count("\n", 0, text.index(marker)) + 1


def role_of(pack: PackOnDisk) -> RolePack:
    assert pack.role is not None
    return pack.role


def check(*words: object) -> Any:
    return CliRunner().invoke(app, ["corpus", "check", *map(str, words)])


@pytest.mark.parametrize("name", EDITS)
def test_it_is_remarked_by_kind_file_line_and_words(root: Path, name: str) -> None:
    edit = EDITS[name]
    replace(root / edit.file, edit.old, edit.new)
    found = find_remarks(read_role_pack(root))
    expected = [(told.kind, root / told.file, line_of(root / told.file, told.at)) for told in edit.told]
    assert [(r.kind, r.path.resolve(), r.line) for r in found] == [
        (kind, path.resolve(), line) for kind, path, line in expected
    ], [str(remark) for remark in found]
    for remark, told in zip(found, edit.told, strict=True):
        assert told.words in remark.message

    done = check(root)
    assert (done.exit_code, done.stdout.splitlines()) == (0, [str(remark) for remark in found])
    assert f"0 faults, {len(found)} remarks" in done.stderr


def test_the_json_has_faults_remarks_and_counts(root: Path) -> None:
    replace(root / QUESTIONS, OPM, "http://www.opm.gov")
    done = check(root, "--json")
    document = json.loads(done.stdout)
    assert done.exit_code == 0
    (remark,) = document["remarks"]
    assert remark.keys() == {"kind", "file", "line", "message"}
    assert remark["kind"] == "source-not-https"
    assert document | {"remarks": []} == {
        "faults": [],
        "remarks": [],
        "judged": False,
        "counts": {"operations": {"IC2": 0, "IC3": 1}, "behavioral": {"IC2": 0, "IC3": 1}},
    }


def test_a_pack_with_a_fault_is_not_remarked_on(root: Path) -> None:
    replace(root / QUESTIONS, OPM, "http://www.opm.gov")
    replace(root / QUESTIONS, "category: behavioral\n  topics", "category: behaviour\n  topics")
    with pytest.raises(ValueError, match="faults"):
        find_remarks(read_role_pack(root))
    done = check(root, "--judge")
    assert done.exit_code == 2
    assert all("'behaviour'" in line or "'behavioral'" in line for line in done.stdout.splitlines())
    assert "Nothing was judged" in done.stderr
    assert json.loads(check(root, "--json").stdout).keys() == {"faults"}


def test_many_of_a_kind_are_cut_short_and_counted(root: Path) -> None:
    topics = ", ".join(f"matter-{number}" for number in range(30))
    replace(root / QUESTIONS, "[incidents, error-budget]", f"[incidents, error-budget, {topics}]")
    done = check(root)
    assert done.stdout.count("topic-asked-once") == done.stdout.count("topic-without-note") == 20
    assert "topic-asked-once: 10 more; --json lists all." in done.stderr
    assert len(json.loads(check(root, "--json").stdout)["remarks"]) == 60


def test_topics_that_most_questions_are_about_come_first() -> None:
    found = [
        r for r in find_remarks(read_role_pack(BUILT_IN_PACK)) if r.kind is RemarkKind.TOPIC_WITHOUT_NOTE
    ]
    counts = [int(remark.message.split("which ")[1].split()[0]) for remark in found]
    assert counts == sorted(counts, reverse=True)


def test_kinds_come_in_their_order_and_remarks_of_a_kind_keep_theirs() -> None:
    kinds = [RemarkKind.TOPIC_ASKED_ONCE, RemarkKind.TITLES_ALIKE, RemarkKind.TOPIC_ASKED_ONCE]
    remarks = [Remark(kind, Path("file"), number, "") for number, kind in enumerate(kinds)]
    assert [remark.line for remark in in_order(remarks)] == [1, 0, 2]


def test_every_level_and_category_is_counted() -> None:
    role = role_of(read_role_pack(BUILT_IN_PACK))
    counts = counts_of(role.pack)
    assert set(counts) == {category.id for category in role.pack.info.categories}
    assert {len(levels) for levels in counts.values()} == {len(role.pack.info.levels)}
    assert sum(sum(levels.values()) for levels in counts.values()) == len(role.pack.questions)


def test_prompts_are_compared_by_meaning_where_there_is_an_embedder(root: Path) -> None:
    """The hashed words of a copy are near to the original's; the two prompts of a new pack are not."""
    progress: list[tuple[int, int]] = []
    assert find_close_prompts(read_role_pack(root), HashEmbedder(), lambda *at: progress.append(at)) == []
    assert progress == [(2, 2)]
    replace(root / QUESTIONS, PROMPT, COPIED_PROMPT)
    (remark,) = find_close_prompts(read_role_pack(root), HashEmbedder())
    assert remark.kind is RemarkKind.PROMPTS_CLOSE
    assert "decision-reversed is close in meaning to error-budget" in remark.message
