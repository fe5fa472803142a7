"""Every mistake that a person can make in a glossary is told by file, line and words."""

from pathlib import Path

import pytest
from faulty_packs import FIRST, Case, Told, assert_told, case, copy_pack

from interviewer.packs import check_role_pack, load_role_pack

GLOSSARY = "glossary.yaml"
SECOND = "- term: key-value cache\n"

CASES = [
    case("unknown key", GLOSSARY, SECOND, f"{SECOND}  like: cache\n", "like", "like: is not a known key"),
    case(
        "no plain words",
        GLOSSARY,
        "plain: [what the model keeps of the words before]",
        "plain: []",
        "plain: []",
        "plain: must not be empty",
    ),
    case("no term", GLOSSARY, SECOND, "- also: [KV]\n", "- also: [KV]", "term: is missing"),
    case(
        "a term twice",
        GLOSSARY,
        "key-value cache",
        "Continuous Batching",
        "Continuous Batching",
        "the term 'Continuous Batching' is given twice",
    ),
    Case(
        "no list",
        GLOSSARY,
        (Path(__file__).parent / "complete" / GLOSSARY).read_text(encoding="utf-8"),
        "term: cache\n",
        (Told(FIRST, "a glossary is a list of terms"),),
    ),
]


@pytest.mark.parametrize("spoilt", CASES, ids=[spoilt.name for spoilt in CASES])
def test_fault(spoilt: Case, tmp_path: Path) -> None:
    assert_told(spoilt, tmp_path)


def test_a_glossary_is_read(tmp_path: Path) -> None:
    first, second = load_role_pack(copy_pack(tmp_path)).pack.glossary
    assert (first.term, first.also) == ("continuous batching", ("in-flight batching",))
    assert second.plain == ("what the model keeps of the words before",)


def test_a_pack_needs_none(tmp_path: Path) -> None:
    root = copy_pack(tmp_path)
    (root / GLOSSARY).unlink()
    pack, faults = check_role_pack(root)
    assert faults == []
    assert pack is not None
    assert pack.pack.glossary == ()
