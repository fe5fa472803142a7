"""Every mistake that a person can make in the guide or in a note is told by file, line and words."""

from pathlib import Path

import pytest
from faulty_packs import FIRST, GUIDE, NOTE, Case, assert_told, case, copy_pack

from interviewer.packs import check_role_pack, load_role_pack

FRONT = "---\ncategory: serving\ntopics: [batching]\n---\n"

CASES = [
    case("no front matter", NOTE, FRONT, "", FIRST, "starts without front matter"),
    case(
        "front matter left open",
        NOTE,
        FRONT,
        FRONT[:-4],
        FIRST,
        "the front matter is not closed by a line '---'",
    ),
    case(
        "no category",
        NOTE,
        "category: serving\n",
        "",
        "topics:",
        "category: is missing from the front matter",
    ),
    case(
        "unknown category", NOTE, "category: serving", "category: cooking", "cooking", "no category 'cooking'"
    ),
    case(
        "unknown key",
        NOTE,
        "topics: [batching]",
        "topics: [batching]\nauthor: me",
        "author",
        "author: is not a known key",
    ),
    case(
        "topic with a space", NOTE, "[batching]", "[big batches]", "big", "topics.0: 'big batches' is no id"
    ),
    case(
        "front matter that is no YAML",
        NOTE,
        "topics: [batching]",
        "topics: [batching]]",
        "topics",
        "is not valid YAML",
    ),
    case("no title", NOTE, "# Continuous", "## Continuous", FIRST, "a document starts with a title (# …)"),
    case("two titles", NOTE, "## What", "# What", "# What", "a document has one title (#)"),
    case(
        "text before the title",
        GUIDE,
        "# The process",
        "Read this.\n\n# The process",
        "Read this.",
        "a document starts with its title",
    ),
    case(
        "empty section",
        GUIDE,
        "About four weeks from the first call to an offer.",
        "",
        "## How long",
        "the section 'How long it takes' has no text",
    ),
    case("heading without a space", GUIDE, "## How", "##How", "##How", "a heading needs a space after its #"),
    case("heading without words", GUIDE, "## How", "##\n## How", "##\n", "a heading has no words"),
    case(
        "code left open",
        NOTE,
        "batch = queue.take()\n```",
        "batch = queue.take()",
        "```python",
        "the code block opened by ``` is never closed",
    ),
]


@pytest.mark.parametrize("spoilt", CASES, ids=lambda item: item.name)
def test_a_fault_is_told_by_file_and_line(spoilt: Case, tmp_path: Path) -> None:
    assert_told(spoilt, tmp_path)


def test_an_empty_document(tmp_path: Path) -> None:
    root = copy_pack(tmp_path)
    (root / "guide" / "more.md").write_text("\n")
    _, faults = check_role_pack(root)
    assert {(fault.path.name, fault.line) for fault in faults} == {("more.md", 1)}


def test_sections_of_a_document(tmp_path: Path) -> None:
    """A heading begins a section, a `#` inside code does not, and the text under the title is the title's."""
    note = load_role_pack(copy_pack(tmp_path)).pack.notes[0]
    assert (note.name, note.title, note.category, note.topics) == (
        "batching",
        "Continuous batching",
        "serving",
        ("batching",),
    )
    assert [(section.heading, section.line) for section in note.sections] == [
        ("Continuous batching", 5),
        ("What it costs", 8),
    ]
    assert note.sections[1].text.endswith("```python\n# a comment, no heading\nbatch = queue.take()\n```")
