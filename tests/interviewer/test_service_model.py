"""A model server is connected and let go of while the service runs."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from faulty_vllm import FaultyVllm
from round_world import World, make_world

from interviewer.build import Parts
from interviewer.errors import BadInput
from interviewer.llm.connect import ModelStatus
from interviewer.llm.errors import ModelUnavailable
from interviewer.model_in_use import ModelInUse

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
        status = await world.service.model.connect(server.url)
        assert (status.kind, status.name, circuit(world)) == ("server", "first-model", ["closed"])
        view = await world.start()
        server.break_down("hangs_before_headers")
        view = await world.say(view.id, ANSWER)
        assert (view.turn, server.asked, circuit(world)) == (1, 1, ["open"])

        status = await world.service.model.disconnect()
        assert (status.kind, circuit(world)) == ("none", ["closed"]), "a model that is gone raises no alarm"
        await world.service.aclose()


async def test_what_was_connected_stays_if_another_server_does_not_answer(world: World) -> None:
    async with FaultyVllm() as server, FaultyVllm() as down:
        down.break_down("refuses_at_start")
        await world.service.model.connect(server.url)
        with pytest.raises(ModelUnavailable, match="cannot be reached"):
            await world.service.model.connect(down.url)
        with pytest.raises(BadInput, match="server's address"):
            await world.service.model.connect(" ")
        assert world.service.model.status.where == server.url
        await world.service.aclose()


SERVER = ModelStatus("server", "", "m", "http://127.0.0.1:8000/v1")


@pytest.mark.parametrize(
    ("setting", "status", "wanted"),
    [
        (None, SERVER, True),
        (None, replace(SERVER, answers=False), True),
        (None, replace(SERVER, leaves_network=True), False),
        (None, replace(SERVER, kind="local"), False),
        (None, replace(SERVER, kind="none"), False),
        (True, replace(SERVER, leaves_network=True), True),
        (True, replace(SERVER, kind="local"), True),
        (False, SERVER, False),
    ],
)
def test_opinions_are_made_where_they_cost_nothing_unless_set(
    world: World, setting: bool | None, status: ModelStatus, wanted: bool
) -> None:
    settings = world.service.settings.model_copy(update={"second_opinion": setting})
    assert ModelInUse(settings, world.service.interviewer, status).gives_opinions() is wanted
