"""A class at once: many candidates over HTTP and over the page's own events, for minutes, each with an account of their own.

The server is `mockround serve` in a process of its own, with accounts and a model server that is scripted
(bench/scripted_vllm.py). Everybody starts within the first think time and then answers, waits for the whole reply, thinks
and answers again; candidates of the page load it first and talk through Gradio's queue, as a browser does. Memory is the
server's resident set; its slope is fitted after the warm-up. What is measured is on one machine, the candidates included.

    python bench/soak.py --minutes 10
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

import httpx
import numpy as np
import psutil

from bench.common import Row, write_results
from interviewer.access.accounts import Accounts
from interviewer.config import Settings
from interviewer.packs import load_role_pack

ROOT = Path(__file__).parent.parent
API = "/api/v1"
ROUND = {"round": "ml-systems", "level": "IC3", "questions": 12, "minutes": 120}
START_S = 300.0
SAMPLE_S = 5.0
CALL_S = 120.0


@dataclass
class Seen:
    """What happened to all candidates."""

    turns: Counter[str] = field(default_factory=Counter)
    waited_s: dict[str, list[float]] = field(default_factory=lambda: {"http": [], "page": []})
    errors: list[str] = field(default_factory=list)
    refused: int = 0
    answers_of: Counter[str] = field(default_factory=Counter)


def main() -> None:
    """Measure, and write bench/results/soak.json."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--http", type=int, default=300, help="candidates over HTTP")
    parser.add_argument("--page", type=int, default=50, help="candidates over the page's events")
    parser.add_argument("--think", type=float, default=45.0, help="seconds between messages")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--warm-up", type=float, default=3.0, help="minutes before the slope is fitted")
    wanted = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        _model() as model,
        _server(Path(folder), model, wanted) as found,
    ):
        url, server, tokens = found
        seen, memory, cpu_s = asyncio.run(_soak(url, server, tokens, wanted))
    write_results("soak", _rows(seen, memory, cpu_s, wanted))
    for sentence in seen.errors[:20]:
        print(sentence, file=sys.stderr)


async def _soak(
    url: str, server: psutil.Process, tokens: Sequence[str], wanted: argparse.Namespace
) -> tuple[Seen, list[tuple[float, float]], float]:
    """Everybody at once; the memory's samples are (minutes, MB)."""
    seen = Seen()
    answers = _answers()
    ends = time.monotonic() + wanted.minutes * 60
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    cpu_before = sum(server.cpu_times()[:2])
    async with httpx.AsyncClient(base_url=url, timeout=CALL_S, limits=limits) as client:
        people = [
            asyncio.create_task(
                (_over_http if place < wanted.http else _over_page)(
                    client, token, answers, random.Random(place), seen, ends, wanted.think
                )
            )
            for place, token in enumerate(tokens)
        ]
        watching = asyncio.create_task(_watch(server, seen, ends))
        results = await asyncio.gather(*people, return_exceptions=True)
        memory = await watching
    for result in results:
        if isinstance(result, BaseException):
            seen.errors.append(f"a candidate broke off: {type(result).__name__}: {result}")
    return seen, memory, sum(server.cpu_times()[:2]) - cpu_before


async def _watch(server: psutil.Process, seen: Seen, ends: float) -> list[tuple[float, float]]:
    began, samples = time.monotonic(), []
    while time.monotonic() < ends:
        samples.append(((time.monotonic() - began) / 60, server.memory_info().rss / 1e6))
        if len(samples) % 12 == 0:
            print(
                f"{samples[-1][0]:.0f} min: {seen.turns.total()} turns, {len(seen.errors)} errors, "
                f"{samples[-1][1]:.0f} MB",
                file=sys.stderr,
            )
        await asyncio.sleep(SAMPLE_S)
    return samples


async def _over_http(
    client: httpx.AsyncClient,
    token: str,
    answers: Sequence[str],
    chance: random.Random,
    seen: Seen,
    ends: float,
    think_s: float,
) -> None:
    await asyncio.sleep(chance.uniform(0, think_s))
    headers = {"Authorization": f"Bearer {token}"}
    made = await client.post(f"{API}/sessions", json=ROUND, headers=headers)
    if made.status_code != 201:
        seen.errors.append(f"POST /sessions: {made.status_code} {made.text[:200]}")
        return
    session = made.json()["id"]
    while True:
        await asyncio.sleep(think_s * chance.uniform(0.8, 1.2))
        if time.monotonic() > ends:
            return
        key = secrets.token_hex(8)
        while True:
            sent = time.monotonic()
            heard = await client.post(
                f"{API}/sessions/{session}/messages",
                json={"text": chance.choice(answers)},
                headers={**headers, "Idempotency-Key": key},
            )
            if heard.status_code != 429:
                break
            seen.refused += 1
            await asyncio.sleep(float(heard.headers.get("retry-after", "5")))
        if heard.status_code != 200 or not heard.json()["lines"]:
            seen.errors.append(f"POST messages: {heard.status_code} {heard.text[:200]}")
            continue
        seen.turns["http"] += 1
        seen.answers_of[token] += 1
        seen.waited_s["http"].append(time.monotonic() - sent)


async def _over_page(
    client: httpx.AsyncClient,
    token: str,
    answers: Sequence[str],
    chance: random.Random,
    seen: Seen,
    ends: float,
    think_s: float,
) -> None:
    await asyncio.sleep(chance.uniform(0, think_s))
    page = _Page(client, {"Authorization": f"Bearer {token}", "Accept": "text/html"}, secrets.token_hex(5))
    await page.open()
    session, chat = await page.begin()
    while True:
        await asyncio.sleep(think_s * chance.uniform(0.8, 1.2))
        if time.monotonic() > ends:
            return
        sent = time.monotonic()
        chat = await page.send(session, chance.choice(answers), chat)
        seen.turns["page"] += 1
        seen.answers_of[token] += 1
        seen.waited_s["page"].append(time.monotonic() - sent)


class _Page:
    """The page as a browser uses it: its events by the ids of their components, through Gradio's queue."""

    def __init__(self, client: httpx.AsyncClient, headers: dict[str, str], name: str) -> None:
        self._client = client
        self._headers = headers
        self._name = name
        self._ids: dict[str, int] = {}
        self._events: list[dict[str, Any]] = []

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

    async def begin(self) -> tuple[str, Any]:
        """Start a round; the session and what stands in the chat."""
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
        out = await self._run(event, given)
        session = out.get(self._ids["mr-session"])
        if not session:
            raise RuntimeError(f"no session was begun: {str(out)[:300]}")
        return session, out[self._ids["mr-chat"]]

    async def send(self, session: str, text: str, chat: Any) -> Any:
        """Say something; what stands in the chat afterwards."""
        event = self._event("mr-send")
        out = await self._run(event, [session, text, chat])
        told = str(out.get(self._ids["mr-note"], ""))
        if "mr-notice" in told:
            raise RuntimeError(told)
        return out.get(self._ids["mr-chat"], chat)

    def _event(self, button: str) -> dict[str, Any]:
        place = self._ids[button]
        return next(
            item for item in self._events if [place, "click"] in item["targets"] and len(item["inputs"]) > 2
        )

    async def _run(self, event: dict[str, Any], data: Sequence[Any]) -> dict[int, Any]:
        """An event's last values by component. What it streams is put together as the browser does."""
        body = {
            "data": data,
            "fn_index": event["id"],
            "session_hash": self._name,
            "event_data": None,
            "trigger_id": None,
        }
        joined = await self._client.post("/gradio_api/queue/join", json=body, headers=self._headers)
        if joined.status_code != 200:
            raise RuntimeError(f"queue/join: {joined.status_code} {joined.text[:200]}")
        shown: list[Any] = []
        latest: dict[int, Any] = {}
        where = {"session_hash": self._name}
        async with self._client.stream(
            "GET", "/gradio_api/queue/data", params=where, headers=self._headers
        ) as lines:
            async for line in lines.aiter_lines():
                if not line.startswith("data: "):
                    continue
                told = json.loads(line.removeprefix("data: "))
                if told["msg"] in ("process_generating", "process_completed"):
                    if not told.get("success", True):
                        raise RuntimeError(f"an event failed: {str(told)[:300]}")
                    shown = _put_together(shown, told["output"].get("data", []))
                    latest |= {
                        place: value
                        for place, value in zip(event["outputs"], shown, strict=False)
                        if not (isinstance(value, dict) and value.get("__type__") == "update")
                    }
        return latest


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


def _answers() -> list[str]:
    """Partial answers: every other sentence of the model answers."""
    pack = load_role_pack().pack
    texts = [item.model_answer.replace("\n", " ").split(". ") for item in pack.questions]
    return [". ".join(sentences[::2])[:1200] + "." for sentences in texts]


def _rows(
    seen: Seen, memory: list[tuple[float, float]], cpu_s: float, wanted: argparse.Namespace
) -> list[Row]:
    minutes, megabytes = np.array(memory).T
    late = minutes >= min(wanted.warm_up, minutes[-1] / 2)
    slope = float(np.polyfit(minutes[late], megabytes[late], 1)[0])
    turns = seen.turns.total()
    rows = [
        Row("candidates.http", wanted.http, "count"),
        Row("candidates.page", wanted.page, "count"),
        Row("minutes", wanted.minutes, "min"),
        Row("turns", turns, "count"),
        Row("errors", len(seen.errors), "count", n=turns),
        Row("refused", seen.refused, "count", n=turns),
        Row("memory.start", float(megabytes[0]), "MB"),
        Row("memory.end", float(megabytes[-1]), "MB"),
        Row("memory.slope", slope, "MB/min", n=int(late.sum())),
        Row("server_cpu_per_turn", 1000 * cpu_s / max(turns, 1), "ms", n=turns),
        Row("least_served", float(min(seen.answers_of.values(), default=0)), "turns", n=len(seen.answers_of)),
        Row("most_served", float(max(seen.answers_of.values(), default=0)), "turns", n=len(seen.answers_of)),
    ]
    for kind, waits in seen.waited_s.items():
        for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99)):
            value = float(np.quantile(waits, share)) if waits else None
            rows.append(Row(f"turn.{kind}.{name}", value, "s", n=len(waits)))
    return rows


@contextmanager
def _model() -> Iterator[str]:
    port = _free_port()
    process = subprocess.Popen([sys.executable, str(ROOT / "bench" / "scripted_vllm.py"), str(port)])
    try:
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.terminate()
        process.wait()


@contextmanager
def _server(
    folder: Path, model: str, wanted: argparse.Namespace
) -> Iterator[tuple[str, psutil.Process, list[str]]]:
    """The server with an account for everybody; the index is the one of the data folder at hand."""
    data = folder / "data"
    data.mkdir()
    with suppress(OSError):
        (data / "index").symlink_to(Settings().data / "index")
    accounts = Accounts(folder / "users.json")
    accounts.add("user0", "nobody types this one")
    # One hash serves for all: nobody signs in with a password here, and a hash takes long on purpose.
    file = json.loads(accounts.path.read_text(encoding="utf-8"))
    count = wanted.http + wanted.page
    file["users"] = {f"user{place}": file["users"]["user0"] for place in range(count)}
    accounts.path.write_text(json.dumps(file), encoding="utf-8")
    tokens = [accounts.add_token(f"user{place}", "soak") for place in range(count)]
    port = _free_port()
    command = [sys.executable, "-m", "interviewer.cli", "serve", "--port", str(port), "--data", str(data)]
    command += ["--auth", str(accounts.path), "--llm-url", model]
    log = (folder / "serve.log").open("wb")
    process = subprocess.Popen(
        command, stderr=log, env={**os.environ, "PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1"}
    )
    url = f"http://127.0.0.1:{port}"
    try:
        _await(url, process)
        yield url, psutil.Process(process.pid), tokens
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()
        log.close()
        text = (folder / "serve.log").read_text(encoding="utf-8", errors="replace")
        if "Traceback" in text:
            print(text[-4000:], file=sys.stderr)


def _await(url: str, process: subprocess.Popen[bytes]) -> None:
    ends = time.monotonic() + START_S
    while time.monotonic() < ends and process.poll() is None:
        with suppress(httpx.HTTPError):
            if httpx.get(f"{url}/readyz").status_code == 200:
                return
        time.sleep(0.5)
    raise RuntimeError("the server did not start")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main()
