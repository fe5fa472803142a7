"""Killing the service at random moments: what was acknowledged is there, once, and every log is whole."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from killed_service import Ordeal
from sqlalchemy import create_engine, text

from interviewer.build import Parts
from interviewer.store import default_url

KILLS = 15

pytestmark = pytest.mark.slow


def test_killing_loses_nothing_and_doubles_nothing(parts: Parts, tmp_path: Path) -> None:
    rng = random.Random(8)
    ordeal = Ordeal(parts, default_url(tmp_path))
    for number in range(KILLS):
        # Every fifth while the process starts and the database is opened.
        ordeal.live_and_die(rng.uniform(0, 0.4), once_ready=number % 5 != 4)
    ordeal.look()
    assert (ordeal.kills, ordeal.lost, ordeal.doubled, ordeal.faults) == (KILLS, set(), set(), [])
    assert ordeal.answers > KILLS
    assert ordeal.sent_again > 0, "some kills came between a message and its acknowledgement"


def test_what_is_lost_is_seen(parts: Parts, tmp_path: Path) -> None:
    """The last answer of a log, and a whole session, taken away behind the service's back."""
    ordeal = Ordeal(parts, default_url(tmp_path), candidates=2)
    while ordeal.answers < 4 or not all(ordeal.acknowledged.values()):
        ordeal.live_and_die(0.2)
    first, second = list(ordeal.acknowledged)[:2]
    engine = create_engine(default_url(tmp_path))
    last = "SELECT max(seq) FROM events WHERE kind = 'answered' AND session_id = :id"
    with engine.begin() as connection:
        connection.execute(
            text(f"DELETE FROM events WHERE session_id = :id AND seq >= ({last})"), {"id": first}
        )
        connection.execute(text("DELETE FROM events WHERE session_id = :id"), {"id": second})
    engine.dispose()
    ordeal.look()
    assert {session for session, _ in ordeal.lost} == {first, second}
    assert len(ordeal.lost) == 1 + len(ordeal.acknowledged[second])
    assert any(first in fault for fault in ordeal.faults)
