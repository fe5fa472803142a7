"""Twelve ways in which a model server fails, each through a whole round: nothing is lost and nothing is guessed."""

from __future__ import annotations

from pathlib import Path

import pytest
from fault_world import play
from faulty_vllm import FAULTS, Fault

from interviewer.build import Parts

# What the requests of a round ended as, beside `ok`, for each fault.
ENDS: dict[Fault, set[str]] = {
    "refuses_at_start": {"unavailable"},
    "dies_before_first_token": {"unavailable"},
    "dies_mid_stream": {"unavailable"},
    "hangs_before_headers": {"timed_out"},
    "hangs_mid_stream": {"timed_out"},
    "sends_garbage": {"unavailable"},
    "sends_half_a_json": {"garbled"},
    "is_busy": {"unavailable"},
    "is_unavailable": {"unavailable"},
    "context_too_long": {"too_long"},
    "other_model": set(),
    "says_nothing": {"garbled"},
}


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("interviewer.llm.server_calls.wait_random_exponential", lambda **_: lambda _: 0.0)


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_round_survives_its_model_server(real_parts: Parts, tmp_path: Path, fault: Fault) -> None:
    outcome = await play(real_parts, f"sqlite:///{tmp_path / 'rounds.db'}", fault)
    assert outcome.answers >= 6
    assert outcome.answers_lost == 0
    assert outcome.wrong_scores == 0
    assert outcome.unscored == 0, "the embedded judge needs no server"
    assert outcome.recovered
    assert outcome.finished
    assert set(outcome.failures) - {"ok"} - {"circuit_open"} == ENDS[fault]
    assert outcome.failures["ok"] > 0
    assert len(outcome.told) == (1 if ENDS[fault] else 0), "once for an outage, not at every turn"
    for sentence in outcome.told:
        assert "answers are kept" in sentence
        assert "http" not in sentence.lower()
