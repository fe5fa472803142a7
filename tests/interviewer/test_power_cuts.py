"""A power cut at every commit and checkpoint: what was acknowledged is there, and the log is whole."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from power_cuts import Aftermath, after_a_cut, cuts, mixture, moments

COMMITS = 60


def aftermaths(folder: Path, seed: int, synchronous: str) -> list[Aftermath]:
    rng = random.Random(seed)
    (folder / "busy").mkdir(parents=True)
    log = list(moments(folder / "busy", COMMITS, rng, synchronous))
    found = []
    for number, cut in enumerate(cuts(log, rng, synchronous)):
        place = folder / f"cut-{number}"
        place.mkdir()
        found.append(after_a_cut(place, *cut))
    return found


def test_what_was_acknowledged_is_there_after_a_power_cut(tmp_path: Path) -> None:
    found = aftermaths(tmp_path, 3, "FULL")
    assert len(found) == COMMITS - 1
    assert [item.faults for item in found if item.faults] == []
    assert [item for item in found if item.lost] == []
    # The commit amid which the power went is there as a whole or not at all.
    assert {item.there - item.acknowledged for item in found} == {0, 1}


def test_the_cut_would_show_what_is_not_synced(tmp_path: Path) -> None:
    """With the next weaker setting the log is whole too, and acknowledged answers are gone from its end."""
    found = aftermaths(tmp_path, 3, "NORMAL")
    assert [item.faults for item in found if item.faults] == []
    assert sum(item.lost for item in found) > 0


@pytest.mark.parametrize(
    ("old", "new"), [(b"", b"n" * 5000), (b"o" * 5000, b"n" * 1024), (b"o" * 999, b"n" * 999)]
)
def test_a_mixture_is_made_of_both(old: bytes, new: bytes) -> None:
    rng = random.Random(1)
    for _ in range(50):
        mixed = mixture(old, new, rng)
        assert min(len(old), len(new)) <= len(mixed) <= max(len(old), len(new))
        for place, byte in enumerate(mixed):
            assert byte in (*old[place : place + 1], *new[place : place + 1], 0)
