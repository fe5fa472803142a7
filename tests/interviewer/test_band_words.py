"""A report says from which score on a band is reached, and what its level does to it."""

from __future__ import annotations

from dataclasses import replace

from test_report import KV, answered, every, report_of

from interviewer.band_words import bands_explained
from interviewer.export import render_report
from interviewer.packs import BUILT_IN_PACK, RolePack, load_role_pack
from rubrics import DEFAULT_BANDS

USUAL = (
    "A score below 0.15 is strong no hire, from 0.15 no hire, from 0.40 borderline, from 0.62 hire, "
    "from 0.82 strong hire."
)
LEVEL = (
    " A point that IC5 must show and that is open holds a question at “borderline” or below, and more than half of them "
    "open at “no hire” or below."
)
BOUNDS = (0.1, 0.2, 0.3, 0.9)


def with_bands(role: RolePack, pack: bool) -> RolePack:
    """The role with other bounds, of the pack or of one rubric."""
    if pack:
        info = role.pack.info.model_copy(update={"bands": BOUNDS})
        return replace(role, pack=replace(role.pack, info=info))
    rubric = role.rubrics["kv-cache"].model_copy(update={"bands": BOUNDS})
    return replace(role, rubrics={**role.rubrics, "kv-cache": rubric})


def test_bounds_and_level_are_explained_wherever_a_report_is_read(role: RolePack) -> None:
    report = report_of(role, *answered(role, 0, "kv-cache", every(KV, 0.5)), level="IC5")
    assert bands_explained(report) == USUAL + LEVEL
    assert USUAL in render_report(report, "md")[0].decode()
    assert '"bounds": [' in render_report(report, "json")[0].decode()


def test_a_level_that_expects_nothing_is_not_spoken_of(role: RolePack) -> None:
    rubric = role.rubrics["kv-cache"].model_copy(update={"levels": {}})
    role = replace(role, rubrics={**role.rubrics, "kv-cache": rubric})
    report = report_of(role, *answered(role, 0, "kv-cache", every(KV, 0.5)), level="IC5")
    assert bands_explained(report) == USUAL


def test_bounds_of_the_pack_and_of_a_rubric_are_named(role: RolePack) -> None:
    half = answered(role, 0, "kv-cache", every(KV, 0.5))
    of_pack = report_of(with_bands(role, pack=True), *half)
    assert of_pack.bounds == BOUNDS
    assert "from 0.10 no hire, from 0.20 borderline, from 0.30 hire, from 0.90 strong hire." in (
        bands_explained(of_pack)
    )
    of_rubric = report_of(with_bands(role, pack=False), *half)
    assert of_rubric.bounds == DEFAULT_BANDS
    title = role.pack.question("kv-cache").title
    assert f"{USUAL} “{title}” has bounds of its own: below 0.10 is strong no hire" in bands_explained(
        of_rubric
    )


def test_the_built_in_pack_writes_its_bounds_down() -> None:
    assert load_role_pack(BUILT_IN_PACK).pack.info.bands == DEFAULT_BANDS
