"""A class at once: many candidates over HTTP and over the page's own events, for minutes, each with an account of their own.

The server is `mockround serve` in a process of its own, with accounts and a model server that is scripted
(bench/scripted_vllm.py). Everybody starts within the first think time and then answers, waits for the whole reply, thinks
and answers again (bench/soak_people.py); no sentence is said twice, so each is embedded. Candidates of the page load it
first and talk through Gradio's queue, as a browser does. Whoever is refused comes back when they were told to.

Everything is on one machine, so processor time is told apart by process (user and system time): the server's, the model
server's and the candidates'. What comes before the warm-up is over (everybody's start, the loading of pages, the first
reading of each rubric) is in no figure that says `steady`. Memory is the server's resident set, read every five seconds;
its slope is the median of the slopes between any two readings after the warm-up, and between those of the second half of
that: growth that ends, as that of a cache that fills, shows there as a flatter line. A single jump, such as an arena that the
allocator takes or gives back, does not move a median. What errors there were is said by kind.

    python bench/soak.py --minutes 10
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import httpx
import numpy as np
import psutil
from numpy.typing import NDArray
from scipy.stats import theilslopes

from bench.common import Row, free_port, write_results
from bench.soak_people import HttpCandidate, PageCandidate, Seen, take_part
from interviewer.access.accounts import Accounts
from interviewer.config import Settings
from interviewer.packs import load_role_pack

ROOT = Path(__file__).parent.parent
START_S = 300.0
SAMPLE_S = 5.0
CALL_S = 120.0


@dataclass(frozen=True)
class Processes:
    """Who works: the server, the model server, and this process with all candidates."""

    server: psutil.Process
    model: psutil.Process

    def cpu_s(self) -> tuple[float, float, float]:
        """Processor time so far: server, model server, candidates."""
        used = [sum(process.cpu_times()[:2]) for process in (self.server, self.model)]
        return used[0], used[1], time.process_time()


@dataclass(frozen=True)
class Sample:
    """What was read at one moment. `health_s` is how long `/healthz` took: what any request waits in the event loop."""

    minute: float
    megabytes: float
    cpu_s: tuple[float, float, float]
    turns: int
    health_s: float


@dataclass
class Watched:
    """All samples, in order."""

    samples: list[Sample] = field(default_factory=list)

    def after(self, minute: float) -> list[Sample]:
        """Those from a minute on; the second half where that would leave none."""
        return [item for item in self.samples if item.minute >= min(minute, self.samples[-1].minute / 2)]


def main() -> None:
    """Measure, and write bench/results/soak.json."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--http", type=int, default=300, help="candidates over HTTP")
    parser.add_argument("--page", type=int, default=50, help="candidates over the page's events")
    parser.add_argument("--think", type=float, default=45.0, help="seconds between messages")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument(
        "--warm-up", type=float, default=3.0, help="minutes before what is steady is measured"
    )
    wanted = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        _model() as (url, model),
        _server(Path(folder), url, wanted) as (address, server, tokens),
    ):
        processes = Processes(server, psutil.Process(model.pid))
        seen, watched = asyncio.run(_soak(address, processes, tokens, wanted))
    write_results("soak", rows_of(seen, watched, wanted.http, wanted.page, wanted.minutes, wanted.warm_up))
    for kind, told in sorted(seen.errors.items()):
        print(f"{kind}, {len(told)} times, such as: {told[0]}", file=sys.stderr)


async def _soak(
    url: str, processes: Processes, tokens: Sequence[str], wanted: argparse.Namespace
) -> tuple[Seen, Watched]:
    """Everybody at once."""
    seen = Seen()
    answers = _answers()
    ends = time.monotonic() + wanted.minutes * 60
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    async with httpx.AsyncClient(base_url=url, timeout=CALL_S, limits=limits) as client:
        kinds = (HttpCandidate,) * wanted.http + (PageCandidate,) * wanted.page
        people = [
            asyncio.create_task(
                take_part(
                    kind(client, f"user{place}", token),
                    answers,
                    random.Random(place),
                    seen,
                    ends,
                    wanted.think,
                )
            )
            for place, (kind, token) in enumerate(zip(kinds, tokens, strict=True))
        ]
        watched = await _watch(client, processes, seen, ends)
        results = await asyncio.gather(*people, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            seen.fail("broke_off", result)
    return seen, watched


async def _watch(client: httpx.AsyncClient, processes: Processes, seen: Seen, ends: float) -> Watched:
    began, watched = time.monotonic(), Watched()
    while time.monotonic() < ends:
        asked = time.monotonic()
        with suppress(httpx.HTTPError):
            await client.get("/healthz")
        watched.samples.append(
            Sample(
                (asked - began) / 60,
                processes.server.memory_info().rss / 1e6,
                processes.cpu_s(),
                seen.turns.total(),
                time.monotonic() - asked,
            )
        )
        if len(watched.samples) % 12 == 0:
            print(
                f"{watched.samples[-1].minute:.0f} min: {seen.turns.total()} turns, {seen.refused.total()} refused, "
                f"{seen.failures} errors, {watched.samples[-1].megabytes:.0f} MB",
                file=sys.stderr,
            )
        await asyncio.sleep(SAMPLE_S)
    return watched


def _answers() -> list[str]:
    """Partial answers: every other sentence of the model answers."""
    pack = load_role_pack().pack
    texts = [item.model_answer.replace("\n", " ").split(". ") for item in pack.questions]
    return [". ".join(sentences[::2])[:1200] + "." for sentences in texts]


def rows_of(seen: Seen, watched: Watched, http: int, page: int, minutes: float, warm_up: float) -> list[Row]:
    """What the run came to."""
    turns = seen.turns.total()
    steady = watched.after(warm_up)
    first, last = steady[0], steady[-1]
    spent_min, done = last.minute - first.minute, last.turns - first.turns
    rows = [
        Row("candidates.http", http, "count"),
        Row("candidates.page", page, "count"),
        Row("minutes", minutes, "min"),
        Row("turns", turns, "count"),
        Row("errors", seen.failures, "count", n=turns),
        *(Row(f"errors.{kind}", len(told), "count", n=turns) for kind, told in sorted(seen.errors.items())),
        Row("refused.http", seen.refused["http"], "count", n=seen.turns["http"]),
        Row("refused.page", seen.refused["page"], "count", n=seen.turns["page"]),
        Row("steady.turns_per_s", done / (60 * spent_min) if spent_min else None, "turns/s", n=done),
    ]
    used = [after - before for before, after in zip(first.cpu_s, last.cpu_s, strict=True)]
    for name, cpu_s in zip(("server", "model_server", "candidates"), used, strict=True):
        rows.append(Row(f"steady.{name}_cpu_per_turn", 1000 * cpu_s / max(done, 1), "ms", n=done))
    rows += [
        Row("memory.start", watched.samples[0].megabytes, "MB"),
        Row("memory.after_warm_up", first.megabytes, "MB"),
        Row("memory.end", last.megabytes, "MB"),
        *memory_slopes(steady),
        Row("least_served", float(min(seen.answers_of.values(), default=0)), "turns", n=len(seen.answers_of)),
        Row("most_served", float(max(seen.answers_of.values(), default=0)), "turns", n=len(seen.answers_of)),
        *_quantiles("healthz", [item.health_s for item in steady]),
    ]
    for kind in ("http", "page"):
        rows += _quantiles(f"queued.{kind}", seen.queued_s[kind])
        rows += _quantiles(f"turn.{kind}", seen.waited_s[kind])
    return rows


def memory_slopes(steady: Sequence[Sample]) -> list[Row]:
    """MB a minute through all samples and through the second half of them (Theil 1950, Sen 1968)."""
    points = np.array([(item.minute, item.megabytes) for item in steady])
    parts = {"memory.slope": points, "memory.slope_second_half": points[len(points) // 2 :]}
    return [_slope(name, part) for name, part in parts.items()]


def _slope(metric: str, points: NDArray[np.float64]) -> Row:
    """The median of the slopes between any two points, with its 95 % interval."""
    if len(points) < 2:
        return Row(metric, None, "MB/min", n=len(points))
    found = theilslopes(points[:, 1], points[:, 0], 0.95)
    low, high = float(found.low_slope), float(found.high_slope)
    return Row(metric, float(found.slope), "MB/min", low=low, high=high, n=len(points))


def _quantiles(name: str, waits: Sequence[float]) -> list[Row]:
    return [
        Row(f"{name}.{what}", float(np.quantile(waits, share)) if waits else None, "s", n=len(waits))
        for what, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))
    ]


@contextmanager
def _model() -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    port = free_port()
    process = subprocess.Popen([sys.executable, str(ROOT / "bench" / "scripted_vllm.py"), str(port)])
    try:
        _await(f"http://127.0.0.1:{port}/health", process)
        yield f"http://127.0.0.1:{port}/v1", process
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
    port = free_port()
    command = [sys.executable, "-m", "interviewer.cli", "serve", "--port", str(port), "--data", str(data)]
    command += ["--auth", str(accounts.path), "--llm-url", model]
    log = (folder / "serve.log").open("wb")
    process = subprocess.Popen(
        command, stderr=log, env={**os.environ, "PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1"}
    )
    url = f"http://127.0.0.1:{port}"
    try:
        _await(f"{url}/readyz", process)
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
            if httpx.get(url).status_code == 200:
                return
        time.sleep(0.5)
    raise RuntimeError(f"nothing answers at {url}")


if __name__ == "__main__":
    main()
