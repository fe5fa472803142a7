"""Practice, progress and readiness for programs and in the terminal."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from api_client import API, problem
from cli_runner import Run, whole_json
from round_world import World

DAY_S = 24 * 3600
THIN = "A bigger machine would help."


async def get(client: httpx.AsyncClient, path: str) -> Any:
    answer = await client.get(f"{API}/{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def play(client: httpx.AsyncClient, credit: float, wanted: dict[str, Any]) -> None:
    body = {"level": wanted["level"], "question_ids": wanted["question_ids"], "follow_ups": 0}
    view = (await client.post(f"{API}/sessions", json=body)).json()
    while view["phase"] == "open":
        said = {"text": f"credit {credit}"}
        view = (await client.post(f"{API}/sessions/{view['id']}/messages", json=said)).json()
    await client.post(f"{API}/sessions/{view['id']}/actions/end")


async def test_what_was_weak_is_due_the_next_day(client: httpx.AsyncClient, world: World) -> None:
    assert (await get(client, "today"))["newcomer"] is True
    await play(client, 0.2, {"level": "IC3", "question_ids": ["kv-cache"]})
    assert (await get(client, "practice"))["round"] is None
    world.clock.tick(DAY_S)
    found = await get(client, "practice")
    assert found["round"]["question_ids"] == ["kv-cache"]
    assert {"cache-grows", "paged"} < {item["point_id"] for item in found["due"]}
    rubric = world.service.role.rubrics["kv-cache"]
    assert not [c for c in rubric.criteria if c.text in json.dumps(found)], "no spoilers"
    assert (await get(client, "today"))["anything"] is True
    await play(client, 0.9, found["round"])
    assert (await get(client, "practice"))["due"] == []
    (area,) = (await get(client, "progress"))["areas"]
    assert [item["day"] for item in area["days"]] == ["2026-03-02", "2026-03-03"]


async def test_readiness_is_told_and_forgotten(client: httpx.AsyncClient) -> None:
    said = {"interview_on": "2026-03-09", "level": "IC1", "ratings": {"math": 3}}
    answer = await client.patch(f"{API}/readiness", json=said)
    assert answer.status_code == 200, answer.text
    found = await get(client, "readiness")
    assert answer.json() == found
    assert (found["level"], found["days_left"], len(found["plan"])) == ("IC1", 7, 7)
    assert [item["claimed"] for item in found["areas"]] == [None, 3]
    kept = (await client.patch(f"{API}/readiness", json={"ratings": {"math": None}})).json()
    assert (kept["interview_on"], kept["areas"][1]["claimed"]) == ("2026-03-09", None)
    assert (await client.patch(f"{API}/readiness", json={"interview_on": None})).json()["plan"] == []
    assert (await client.delete(f"{API}/readiness")).status_code == 204
    assert (await get(client, "readiness"))["level"] == "IC3"


async def test_a_probe_is_proposed(client: httpx.AsyncClient) -> None:
    both = await get(client, "readiness/probe")
    assert len(both["question_ids"]) == 2
    assert (await get(client, "readiness/probe?area=math"))["question_ids"] == ["variance"]
    problem(await client.get(f"{API}/readiness/probe?area=nowhere"), 404)


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"interview_on": "2020-01-01"}, 422),
        ({"interview_on": "soon"}, 422),
        ({"ratings": {"math": 7}}, 422),
        ({"ratings": {"nowhere": 1}}, 404),
        ({"level": "IC9"}, 404),
        ({"colour": "green"}, 422),
    ],
)
async def test_what_cannot_be_is_a_problem(
    client: httpx.AsyncClient, said: dict[str, Any], status: int
) -> None:
    answer = await client.patch(f"{API}/readiness", json=said)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


# The command line


def test_nothing_is_due_before_a_round(run: Run, place: tuple[object, ...]) -> None:
    said = run("practice", *place)
    assert (said.code, said.out) == (0, "")
    assert "nothing is due" in said.err
    assert whole_json(run("practice", "--json", *place))["cards"] == 0
    assert run("practice", "--start", *place).code == 0
    assert run("practice", "--start", "--json", *place).sentence.startswith("--start plays a round")
    assert "Nothing was scored yet" in run("progress", *place).err


def test_practice_the_next_day(run: Run, place: tuple[object, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    played = run("chat", "--question", "kv-cache", *place, "--llm", "none", stdin=f"{THIN}\n\n/end\n\n")
    assert played.code == 0, played.err
    found = whole_json(run("practice", "--json", *place))
    assert (found["due"], found["next_count"] > 0) == ([], True)
    assert "points come back on" in run("practice", *place).err
    assert "1 of the last 28 days" in run("progress", *place).err
    assert "systems" in run("progress", *place).out

    tomorrow = datetime.now(UTC) + timedelta(days=1)
    monkeypatch.setattr(  # the clock that every command is given
        "interviewer.commands.running.run_with_service.__kwdefaults__",
        {"store_url": None, "clock": lambda: tomorrow, "model": True},
    )
    listed = run("practice", *place)
    assert "kv-cache" in listed.out
    begun = run("practice", "--start", *place, "--llm", "none", stdin="/end\n\n")
    assert begun.code == 0, begun.err
    assert "runs out of GPU memory" in begun.out


def test_readiness_in_the_terminal(run: Run, place: tuple[object, ...]) -> None:
    on = (datetime.now(UTC) + timedelta(days=5)).date().isoformat()
    told = run("readiness", "--interview-on", on, "--rate", "math=3", "--level", "IC1", *place)
    assert told.code == 0, told.err
    assert "solid" in told.out
    assert "what is due, and rest" in told.out
    found = whole_json(run("readiness", "--json", *place))
    assert (found["interview_on"], found["level"]) == (on, "IC1")
    cleared = whole_json(run("readiness", "--interview-on", "none", "--json", *place))
    assert (cleared["interview_on"], cleared["plan"]) == (None, [])


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--rate", "math"], "is no rating"),
        (["--rate", "math=9"], "from 0 to 4"),
        (["--rate", "nowhere=1"], "no area"),
        (["--interview-on", "soon"], "is no date"),
        (["--interview-on", "2020-01-01"], "no date of an interview"),
        (["--level", "IC9"], "no level"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    run: Run, place: tuple[object, ...], words: list[str], sentence: str
) -> None:
    failed = run("readiness", *words, *place)
    assert failed.code == 2
    assert sentence in failed.sentence
