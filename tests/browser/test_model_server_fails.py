"""What a candidate sees of a model server that fails, and what the server sees of a page that is closed."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from real_page import Candidate
from real_server import Server

sys.path.insert(0, str(Path(__file__).parents[1] / "interviewer"))  # its scripted server is used here too

from faulty_vllm import Fault, FaultyVllm

from interviewer.packs import load_role_pack

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TINY = Path(__file__).parents[1] / "packs" / "tiny"


def part_of_an_answer(prompt: str) -> str:
    """The first sentence of the model answer to the question that was put: enough to be asked further."""
    plain = " ".join(prompt.split())
    bank = load_role_pack(TINY).pack.questions
    found = next(item for item in bank if " ".join(item.prompt.split())[:60] in plain)
    return found.model_answer.split(". ")[0] + "."


class ModelServer:
    """A `FaultyVllm` in a thread of its own, for tests that wait for a browser."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.server = FaultyVllm()
        self._do(self.server.__aenter__())

    @property
    def url(self) -> str:
        return self.server.url

    def break_down(self, fault: Fault) -> None:
        self._loop.call_soon_threadsafe(self.server.break_down, fault)

    def recover(self) -> None:
        self._do(self.server.recover())

    def wait(self, event: asyncio.Event) -> None:
        self._do(event.wait())

    def close(self) -> None:
        self._do(self.server.__aexit__())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def _do(self, work: Any) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(90)


@pytest.fixture
def models() -> Iterator[ModelServer]:
    made = ModelServer()
    yield made
    made.close()


@pytest.fixture
def server(chromium: Any, models: ModelServer, tmp_path: Path) -> Iterator[Server]:
    """A server on the small pack that talks to `models` and drops what nobody hears after a second."""
    settings = {"MOCKROUND_UNWATCHED_S": "1"}
    running = Server(tmp_path, TINY, llm=("--llm-url", models.url), settings=settings)
    try:
        running.start()
        yield running
    finally:
        running.kill()


def test_one_calm_sentence_and_a_closed_page_that_reaches_the_model_server(
    page: Any, server: Server, models: ModelServer
) -> None:
    me = Candidate(page, server)
    me.open()
    me.start()
    models.break_down("says_nothing")
    me.say(part_of_an_answer(me.heard[-1]))
    page.get_by_text("The language model gave no usable reply").wait_for()
    assert not me.errors

    while me.question_number == 1:
        me.press("skip")
    models.break_down("hangs_mid_stream")
    answer = part_of_an_answer(me.heard[-1])
    me.type(answer)
    page.click("#mr-send")
    models.wait(models.server.hangs)
    page.goto("about:blank")
    models.wait(models.server.hung_up)

    models.recover()
    heard = models.server.asked
    me.open()
    me.wait_turn()
    assert models.server.asked > heard, "what nobody heard is said anew"
    assert me.said[-1] == answer
