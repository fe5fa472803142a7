"""What is logged, in both forms, and that no word of an answer is in it."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from api_client import API, make_client
from round_world import ScriptedJudge, World, make_world
from sqlalchemy.exc import DataError

from interviewer.build import Parts
from interviewer.errors import StoreUnavailable
from interviewer.judge.protocol import AnswerToJudge
from interviewer.logs import LogFormat, configure_logs, without_words
from interviewer.store import EventStore
from rubrics import Assessment

SECRET = "my former employer's name"
BODY = {"round": "systems", "level": "IC3"}


@pytest.fixture
def logged(capsys: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Afterwards logging is as pytest has it."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:], _ = handlers, root.setLevel(level)


class Failing(ScriptedJudge):
    """Fails with the answer in the error's text, as a library might."""

    async def assess(self, item: AnswerToJudge) -> Assessment:
        raise ValueError(f"cannot parse {item.answer!r}")


@pytest.mark.usefixtures("logged")
@pytest.mark.parametrize("form", ["text", "json"])
async def test_requests_and_errors_are_logged_without_words(
    parts: Parts, tmp_path: Path, form: LogFormat, capsys: pytest.CaptureFixture[str]
) -> None:
    world = make_world(parts, f"sqlite:///{tmp_path / 'rounds.db'}", judge=Failing())
    configure_logs(form, "debug")
    async with make_client(world) as client:
        session = (await client.post(f"{API}/sessions", json=BODY)).json()["id"]
        answer = await client.post(f"{API}/sessions/{session}/messages", json={"text": SECRET})
        assert answer.status_code == 500
        await client.get(f"{API}/search", params={"q": SECRET})
        await client.post(f"{API}/sessions/{SECRET}/messages", json={"text": SECRET})
    await world.service.aclose()
    text = capsys.readouterr().err
    assert SECRET not in text
    assert session not in text
    if form == "json":
        lines = [json.loads(line) for line in text.splitlines()]
        asked = [line for line in lines if line["logger"] == "mockround.requests"]
        assert [(line["method"], line["route"], line["status"]) for line in asked] == [
            ("POST", f"{API}/sessions", 201),
            ("POST", f"{API}/sessions/{{session_id}}/messages", 500),
            ("GET", f"{API}/search", 200),
            ("POST", f"{API}/sessions/{{session_id}}/messages", 404),
        ]
        assert all(line["ms"] >= 0 and line["at"] and line["level"] for line in asked)
    else:
        assert f"INFO mockround.requests: GET {API}/search 200" in text


@pytest.mark.usefixtures("logged")
def test_a_stream_that_is_cut_as_the_server_stops_is_no_fault(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("uvicorn", "uvicorn.error"):  # another test may have run a server with its own ways
        monkeypatch.setattr(logging.getLogger(name), "handlers", [])
        monkeypatch.setattr(logging.getLogger(name), "propagate", True)
    configure_logs("text", "warning")
    for error in (asyncio.CancelledError(), ValueError()):
        logging.getLogger("uvicorn.error").error("Exception in ASGI application", exc_info=error)
    logging.getLogger("uvicorn.error").error("Cancel 3 running tasks")
    told = capsys.readouterr().err
    assert ("ValueError" in told, "Cancel 3" in told, "CancelledError" in told) == (True, True, False)


def test_an_error_is_where_and_what_but_not_its_text() -> None:
    try:
        try:
            raise ValueError(SECRET)
        except ValueError as error:
            raise StoreUnavailable("The database does not answer.") from error
    except StoreUnavailable as error:
        told = without_words(error)
    assert SECRET not in told
    assert told.index("builtins.ValueError") < told.index("StoreUnavailable: The database does not answer.")
    assert "test_logs.py" in told


async def test_the_database_s_errors_do_not_quote_what_was_stored(world: World, store_url: str) -> None:
    store = EventStore(store_url)
    with pytest.raises(StoreUnavailable) as raised, store.transaction() as connection:
        connection.exec_driver_sql("SELECT no_such_column FROM sessions")
    cause = raised.value.__cause__
    assert cause is not None
    assert getattr(cause, "hide_parameters", None) is True
    assert "hidden" in str(DataError("SELECT ?", (SECRET,), ValueError(), hide_parameters=True))
    store.close()
