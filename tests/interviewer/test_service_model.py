"""A model server is connected and let go of while the service runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from faulty_vllm import FaultyVllm
from round_world import World, make_world

from interviewer.build import Parts
from interviewer.errors import BadInput
from interviewer.llm.errors import ModelUnavailable

ANSWER = "credit 0.3 It grows with the batch."


@pytest.fixture
def world(parts: Parts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """A service that waits shortly for a first token and asks for no opinions."""
    monkeypatch.setenv("MOCKROUND_LLM_FIRST_TOKEN_S", "0.2")
    return make_world(parts, f"sqlite:///{tmp_path / 'rounds.db'}", second_opinion=False)


def circuit(world: World) -> list[str]:
    """The states of the circuit that `/metrics` shows as the present one."""
    shown = world.service.metrics.render().decode()
    return re.findall(r'^mockround_model_circuit\{state="(\w+)"\} 1\.0$', shown, re.MULTILINE)


async def test_a_connected_server_has_the_limits_of_the_settings(world: World) -> None:
    async with FaultyVllm() as server:
        status = await world.service.connect_model(server.url)
        assert (status.kind, status.name, circuit(world)) == ("server", "first-model", ["closed"])
        view = await world.start()
        server.break_down("hangs_before_headers")
        view = await world.say(view.id, ANSWER)
        assert (view.turn, server.asked, circuit(world)) == (1, 1, ["open"])

        status = await world.service.disconnect_model()
        assert (status.kind, circuit(world)) == ("none", ["closed"]), "a model that is gone raises no alarm"
        await world.service.aclose()


async def test_what_was_connected_stays_if_another_server_does_not_answer(world: World) -> None:
    async with FaultyVllm() as server, FaultyVllm() as down:
        down.break_down("refuses_at_start")
        await world.service.connect_model(server.url)
        with pytest.raises(ModelUnavailable, match="cannot be reached"):
            await world.service.connect_model(down.url)
        with pytest.raises(BadInput, match="server's address"):
            await world.service.connect_model(" ")
        assert world.service.model_status.where == server.url
        await world.service.aclose()
