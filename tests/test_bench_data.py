"""What the benchmarks measure with: the labelled answers and the two halves of empty talk."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from bench.labelled import ANSWERS, Labelled, read_labelled
from bench.padding import FITTED, MEASURED
from interviewer.packs import BUILT_IN_PACK, RolePack, load_role_pack
from interviewer.personas import _PADDING
from rubrics import Verdict

RUN = 8


@pytest.fixture(scope="module")
def role() -> RolePack:
    return load_role_pack(BUILT_IN_PACK)


@pytest.fixture(scope="module")
def labelled(role: RolePack) -> list[Labelled]:
    return read_labelled(role)


def test_forty_questions_have_five_answers_each(labelled: list[Labelled]) -> None:
    assert len({row.question_id for row in labelled}) == 40
    assert Counter(row.kind for row in labelled) == dict.fromkeys(
        ("strong", "partial", "terse", "eloquent", "wrong"), 40
    )


def test_they_are_not_made_of_the_banks_own_words(role: RolePack, labelled: list[Labelled]) -> None:
    for row in labelled:
        question = role.pack.question(row.question_id)
        wordings = [
            text for c in role.rubrics[question.id].criteria for text in (c.text, c.partial or "", *c.shows)
        ]
        known = [question.model_answer, question.common_wrong_answer.text, *wordings]
        shared = runs(row.text) & set().union(*map(runs, known))
        assert not shared, (row.question_id, row.kind)


def runs(text: str) -> set[tuple[str, ...]]:
    """All runs of eight words."""
    words = text.lower().split()
    return {tuple(words[place : place + RUN]) for place in range(len(words) - RUN + 1)}


def test_a_missing_verdict_is_noticed(role: RolePack, tmp_path: Path) -> None:
    path = next(iter(sorted((ANSWERS / role.pack.info.id).glob("*.yaml"))))
    folder = tmp_path / role.pack.info.id
    folder.mkdir()
    first = role.rubrics[path.stem].criteria[0].id
    (folder / path.name).write_text(path.read_text("utf-8").replace(f"{first}:", "another:"), "utf-8")
    with pytest.raises(ValueError, match="not those of the rubric"):
        read_labelled(role, tmp_path)


def test_a_score_is_the_mean_of_both_readers(role: RolePack, labelled: list[Labelled]) -> None:
    row = labelled[0]
    rubric = role.rubrics[row.question_id]
    met = {criterion.id: Verdict.MET for criterion in rubric.criteria if criterion.kind != "red_flag"}
    none = {criterion.id: Verdict.MISSING for criterion in rubric.criteria}
    both = Labelled(row.question_id, row.kind, row.text, {**none, **met}, none)
    assert both.score(rubric) == pytest.approx(0.5)
    assert both.credit(rubric.criteria[0].id) == 0.5


def test_talk_is_fitted_and_measured_with_different_sentences() -> None:
    assert len({*FITTED, *MEASURED, *_PADDING}) == len(FITTED) + len(MEASURED) + len(_PADDING)
