"""Candidates of bench/soak.py: one over the HTTP API, one over the page's own events, and the loop that both go through."""

from __future__ import annotations

import asyncio
import json
import random
import re
import secrets
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import httpx

T = TypeVar("T")

API = "/api/v1"
ROUND = {"round": "ml-systems", "level": "IC3", "questions": 12, "minutes": 120}
# How the service says that it takes no more for now, where there is no status to see (interviewer/capacity.py).
_REFUSAL = re.compile(
    r"(?:The server is busy|of your answers are under way already).* again in (?P<again_s>\d+) seconds"
)


class Refused(Exception):
    """The service takes no more for now; `again_s` is when to come back."""

    def __init__(self, again_s: float) -> None:
        super().__init__(f"refused for {again_s:.0f} s")
        self.again_s = again_s


class Failed(Exception):
    """Something went wrong that is no refusal. `kind` is a few words that all errors of its kind share."""

    def __init__(self, kind: str, told: str = "") -> None:
        super().__init__(told[:300])
        self.kind = kind


@dataclass
class Seen:
    """What happened to all candidates, by their kind. Times in seconds.

    `waited_s` is from the first try to send an answer until all that comes of it was heard, refusals included; `queued_s`
    from the try that was taken until the service began to work on it. `errors` are what was said, by their kind.
    """

    turns: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    waited_s: dict[str, list[float]] = field(default_factory=lambda: {"http": [], "page": []})
    queued_s: dict[str, list[float]] = field(default_factory=lambda: {"http": [], "page": []})
    errors: dict[str, list[str]] = field(default_factory=dict)
    answers_of: Counter[str] = field(default_factory=Counter)

    def fail(self, where: str, error: BaseException) -> None:
        """Keep an error under where it happened and its kind."""
        kind = error.kind if isinstance(error, Failed) else type(error).__name__
        self.errors.setdefault(f"{where}.{kind}", []).append(str(error))

    @property
    def failures(self) -> int:
        """How many errors there were."""
        return sum(len(told) for told in self.errors.values())


class Candidate(Protocol):
    """Somebody who starts a round and answers. What goes wrong raises Failed or httpx.HTTPError."""

    kind: str
    name: str

    async def begin(self) -> None:
        """Start a round and hear the first question. Raises Refused."""

    async def answer(self, text: str, key: str) -> float:
        """Say something and hear all that comes of it; seconds until the service began. Raises Refused."""


async def take_part(
    person: Candidate, answers: Sequence[str], chance: random.Random, seen: Seen, ends: float, think_s: float
) -> None:
    """Come within the first think time, then answer, wait for the whole reply and think, until it is over."""
    await asyncio.sleep(chance.uniform(0, think_s))
    try:
        await until_taken(person.begin, person.kind, seen, ends)
    except TimeoutError:
        return
    except (Failed, httpx.HTTPError) as error:
        seen.fail(f"{person.kind}.start", error)
        return
    seen.answers_of[person.name] = 0
    while True:
        await asyncio.sleep(think_s * chance.uniform(0.8, 1.2))
        if time.monotonic() > ends:
            return
        text, key, sent = (
            _in_own_words(chance.choice(answers), chance),
            secrets.token_hex(8),
            time.monotonic(),
        )
        try:
            queued = await until_taken(lambda t=text, k=key: person.answer(t, k), person.kind, seen, ends)
        except TimeoutError:
            return
        except (Failed, httpx.HTTPError) as error:
            seen.fail(f"{person.kind}.turn", error)
            continue
        seen.turns[person.kind] += 1
        seen.answers_of[person.name] += 1
        seen.waited_s[person.kind].append(time.monotonic() - sent)
        seen.queued_s[person.kind].append(queued)


async def until_taken(act: Callable[[], Awaitable[T]], kind: str, seen: Seen, ends: float) -> T:
    """Try until it is not refused any more. Raises TimeoutError when it is over before."""
    while True:
        try:
            return await act()
        except Refused as refusal:
            seen.refused[kind] += 1
            if time.monotonic() + refusal.again_s > ends:
                raise TimeoutError from refusal
            await asyncio.sleep(refusal.again_s)


def _in_own_words(answer: str, chance: random.Random) -> str:
    """The answer as nobody gave it before: nothing that is kept of earlier texts helps with its sentences."""
    return " ".join(
        f"In case {chance.randrange(10**6)}, {sentence[:1].lower()}{sentence[1:]}."
        for sentence in answer.rstrip(".").split(". ")
    )


class HttpCandidate:
    """Over the API, with server-sent events, as a program would that shows the reply while it is spoken."""

    kind = "http"

    def __init__(self, client: httpx.AsyncClient, name: str, token: str) -> None:
        self.name = name
        self._client = client
        self._headers = {"Authorization": f"Bearer {token}"}
        self._session = ""

    async def begin(self) -> None:
        """Start a round and hear the first question. Raises Refused."""
        made = await self._client.post(f"{API}/sessions", json=ROUND, headers=self._headers)
        _expect(made, 201, made.text)
        self._session = made.json()["id"]

    async def answer(self, text: str, key: str) -> float:
        """Say something and hear all that comes of it; seconds until the service began. Raises Refused."""
        sent, begun, told = time.monotonic(), None, ""
        headers = {**self._headers, "Idempotency-Key": key, "Accept": "text/event-stream"}
        url = f"{API}/sessions/{self._session}/messages"
        async with self._client.stream("POST", url, json={"text": text}, headers=headers) as reply:
            if reply.status_code != 200:
                _expect(reply, 200, (await reply.aread()).decode(errors="replace"))
            async for line in reply.aiter_lines():
                if line.startswith("event: "):
                    told = line.removeprefix("event: ")
                    begun = time.monotonic() if begun is None else begun
                elif line.startswith("data: ") and told == "error":
                    raise Failed("error_in_reply", line)
        if told != "settled" or begun is None:
            raise Failed("reply_not_settled", f"it ended with {told!r}")
        return begun - sent


class PageCandidate:
    """Over the page as a browser uses it: its events by the ids of their components, through Gradio's queue."""

    kind = "page"

    def __init__(self, client: httpx.AsyncClient, name: str, token: str) -> None:
        self.name = name
        self._client = client
        self._headers = {"Authorization": f"Bearer {token}", "Accept": "text/html"}
        self._page = secrets.token_hex(5)
        self._ids: dict[str, int] = {}
        self._events: list[dict[str, Any]] = []
        self._session = ""
        self._chat: Any = None

    async def begin(self) -> None:
        """Load the page if it is not there yet, start a round and hear the first question. Raises Refused."""
        if not self._ids:
            await self.open()
        event = self._event("mr-start-button")
        values = {
            "mr-round": ROUND["round"],
            "mr-questions": ROUND["questions"],
            "mr-minutes": ROUND["minutes"],
            "mr-mode": "practice",
        }
        by_id = {self._ids[name]: value for name, value in values.items()}
        given = [
            by_id.get(place, "IC3" if number == 1 else "") for number, place in enumerate(event["inputs"])
        ]
        out, _ = await self._run(event, given)
        session = out.get(self._ids["mr-session"])
        if not session:
            expect_no_notice(str(out))
            raise Failed("no_session", str(out))
        self._session, self._chat = session, out[self._ids["mr-chat"]]

    async def open(self) -> None:
        """Load the page and run what it runs when it is loaded."""
        (await self._client.get("/", headers=self._headers)).raise_for_status()
        config = (await self._client.get("/config", headers=self._headers)).json()
        self._ids = {
            item["props"]["elem_id"]: item["id"]
            for item in config["components"]
            if item["props"].get("elem_id")
        }
        self._events = [item for item in config["dependencies"] if item["backend_fn"]]
        for item in self._events:
            if any(target[1] == "load" for target in item["targets"]) and not item["inputs"]:
                await self._run(item, [])

    async def answer(self, text: str, key: str) -> float:
        """Say something and hear all that comes of it; seconds until the service began. Raises Refused."""
        sent = time.monotonic()
        out, begun = await self._run(self._event("mr-send"), [self._session, text, self._chat])
        expect_no_notice(str(out.get(self._ids["mr-note"], "")))
        self._chat = out.get(self._ids["mr-chat"], self._chat)
        return begun - sent

    def _event(self, button: str) -> dict[str, Any]:
        place = self._ids[button]
        return next(
            item for item in self._events if [place, "click"] in item["targets"] and len(item["inputs"]) > 2
        )

    async def _run(self, event: dict[str, Any], data: Sequence[Any]) -> tuple[dict[int, Any], float]:
        """An event's last values by component, and when the first came. Streams are put together as the browser does."""
        body = {
            "data": data,
            "fn_index": event["id"],
            "session_hash": self._page,
            "event_data": None,
            "trigger_id": None,
        }
        joined = await self._client.post("/gradio_api/queue/join", json=body, headers=self._headers)
        _expect(joined, 200, joined.text)
        shown: list[Any] = []
        latest: dict[int, Any] = {}
        begun: float | None = None
        where = {"session_hash": self._page}
        async with self._client.stream(
            "GET", "/gradio_api/queue/data", params=where, headers=self._headers
        ) as lines:
            async for line in lines.aiter_lines():
                if not line.startswith("data: "):
                    continue
                told = json.loads(line.removeprefix("data: "))
                if told["msg"] in ("process_generating", "process_completed"):
                    begun = time.monotonic() if begun is None else begun
                    if not told.get("success", True):
                        raise Failed("event_failed", str(told))
                    shown = _put_together(shown, told["output"].get("data", []))
                    latest |= {
                        place: value
                        for place, value in zip(event["outputs"], shown, strict=False)
                        if not (isinstance(value, dict) and value.get("__type__") == "update")
                    }
        if begun is None:
            raise Failed("event_said_nothing")
        return latest, begun


def _expect(reply: httpx.Response, status: int, text: str) -> None:
    if reply.status_code == 429:
        raise Refused(float(reply.headers["retry-after"]))
    if reply.status_code != status:
        raise Failed(f"status_{reply.status_code}", f"{reply.request.method} {reply.request.url.path} {text}")


def expect_no_notice(told: str) -> None:
    """Raises Refused or Failed for what the page says of something that went wrong."""
    if (refusal := _REFUSAL.search(told)) is not None:
        raise Refused(float(refusal["again_s"]))
    if "mr-notice" in told:
        raise Failed("notice", told)


def _put_together(shown: list[Any], data: list[Any]) -> list[Any]:
    """Values of a stream: whole the first time, then lists of changes as Gradio's `diff` writes them."""
    if not shown or not all(_is_change(item) for item in data):
        return data
    return [_changed(old, change) for old, change in zip(shown, data, strict=True)]


def _is_change(item: Any) -> bool:
    return isinstance(item, list) and all(
        isinstance(step, list) and len(step) == 3 and step[0] in ("replace", "append", "add", "delete")
        for step in item
    )


def _changed(value: Any, steps: list[Any]) -> Any:
    for kind, path, new in steps:
        value = _apply(value, kind, path, new)
    return value


def _apply(value: Any, kind: str, path: list[Any], new: Any) -> Any:
    if not path:
        return value + new if kind == "append" else new
    here, rest = path[0], path[1:]
    value = list(value) if isinstance(value, list) else dict(value)
    if rest or kind in ("replace", "append"):
        value[here] = _apply(value[here], kind, rest, new)
    elif kind == "add" and isinstance(value, list):
        value.insert(here, new)
    elif kind == "add":
        value[here] = new
    else:
        del value[here]
    return value
