"""A new pack: it passes the check and its own judge, has the name that was asked for, and overwrites nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interviewer.authoring.own_answers import judge_own_answers
from interviewer.authoring.remarks import find_close_prompts, find_remarks
from interviewer.authoring.scaffold import new_pack
from interviewer.errors import BadInput
from interviewer.judge.embedded import EmbeddedJudge
from interviewer.packs import load_role_pack, read_role_pack
from retrieval import default_embedder

NOW = datetime(2026, 11, 27, tzinfo=UTC)


def test_it_has_neither_fault_nor_remark_and_bears_its_name(tmp_path: Path) -> None:
    new_pack(tmp_path / "deep" / "pack", "sre", 'Site "Reliability": Engineer #1', NOW)
    pack = read_role_pack(tmp_path / "deep" / "pack")
    assert pack.faults == ()
    assert find_remarks(pack) == []
    assert pack.role is not None
    info = pack.role.pack.info
    assert (info.id, info.title, info.as_of) == ("sre", 'Site "Reliability": Engineer #1', "2026-11")
    assert len(pack.role.pack.questions) == len(pack.role.rubrics) == 2
    assert (len(pack.role.pack.notes), len(pack.role.pack.guide)) == (1, 1)


def test_it_says_where_somebody_has_to_decide(tmp_path: Path) -> None:
    new_pack(tmp_path / "pack", "sre", "SRE", NOW)
    for name in ("pack.yaml", "questions/first.yaml", "rubrics/first.yaml", "guide/the-process.md"):
        assert "DECIDE" in (tmp_path / "pack" / name).read_text(encoding="utf-8"), name


async def test_its_own_answers_stand_before_the_judge(tmp_path: Path) -> None:
    """An example that our own judge does not follow would teach the wrong thing."""
    new_pack(tmp_path / "pack", "sre", "SRE", NOW)
    pack = read_role_pack(tmp_path / "pack")
    embedder = default_embedder()
    assert [str(r) for r in await judge_own_answers(pack, EmbeddedJudge(embedder))] == []
    assert find_close_prompts(pack, embedder) == []


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "pack").mkdir()
    new_pack(tmp_path / "pack", "sre", "SRE", NOW)
    assert load_role_pack(tmp_path / "pack").pack.info.id == "sre"


@pytest.mark.parametrize("name", ["full", "file", "link"])
def test_nothing_is_overwritten(tmp_path: Path, name: str) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / ".hidden").write_text("mine", encoding="utf-8")
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(BadInput, match=name):
        new_pack(tmp_path / name, "sre", "SRE", NOW)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("pack_id", "title", "words"),
    [
        ("My Role", "Role", "--id: 'My Role' is no id"),
        ("", "Role", "--id: '' is no id"),
        ("../up", "Role", "--id"),
        ("role", "  ", "--title"),
        ("role", "two\nlines", "--title"),
        ("role", "half \udce9", "--title"),
    ],
)
def test_a_name_that_cannot_be_used_makes_no_folder(
    tmp_path: Path, pack_id: str, title: str, words: str
) -> None:
    with pytest.raises(BadInput) as told:
        new_pack(tmp_path / "pack", pack_id, title, NOW)
    assert str(told.value).startswith(words)
    assert str(told.value).endswith(".")
    assert not (tmp_path / "pack").exists()


@given(st.text(min_size=1, max_size=30))
def test_every_title_is_read_back_as_it_was_given_or_refused(
    tmp_path_factory: pytest.TempPathFactory, title: str
) -> None:
    folder = tmp_path_factory.mktemp("titles") / "pack"
    try:
        new_pack(folder, "role", title, NOW)
    except BadInput:
        return
    assert load_role_pack(folder).pack.info.title == title.strip()
