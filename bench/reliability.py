"""What is lost when the process is killed or the power goes: kills at random moments, and cuts of the power.

- `server`: the whole server (page and API, no language model, the pack of the tests) is killed by SIGKILL while candidates
  send over HTTP with an Idempotency-Key, and started again on the same data; they send again what was not acknowledged. An
  answer is acknowledged when the server's answer begins. Four of five kills come within seconds after the first one of a
  life, every fifth anywhere from the start on. Every 25th life is `mockround serve` from nothing with the embedded judge;
  the others are forks of a process that has built the app, with hashed embeddings and a scripted judge, since the threads
  of PyTorch do not outlive a fork.
- `service`: the same service with a scripted judge and hashed embeddings, in forks of this process, so that hundreds of
  kills take minutes. Every fifth comes while the process starts and opens the database.
- `json`: the alternative, the same kills of the same service with its log in a JSON file that is rewritten at every step.
  A file that is cut off is given up, and the candidates begin anew.
- `power`: a log cut at every commit as a power cut does, with what was not synced there, missing or torn
  (tests/interviewer/power_cuts.py says how), against SQLite with `synchronous=NORMAL`.

After every kill the logs that were written are compared with what was acknowledged and verified as
`mockround sessions verify` does, before anything else opens the database.

    python bench/reliability.py [--server 50] [--service 450] [--cuts 200] [--parts server,service,json,power]
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

# Threads of a library do not outlive a fork, so it must have none.
os.environ |= {"OMP_NUM_THREADS": "1"}
sys.path.insert(0, str(Path(__file__).parent.parent))
for _folder in ("tests", "tests/interviewer"):
    sys.path.append(str(Path(__file__).parent.parent / _folder))

import httpx
import uvicorn
from killed_service import Ordeal
from power_cuts import Aftermath, after_a_cut, cuts, moments
from real_server import Server
from round_world import NO_MODEL, TINY, ScriptedJudge

from bench.common import RESULTS, Row, write_results
from bench.json_log import JsonLog
from bench.resampling import exact_interval
from interviewer.build import Parts, build_service
from interviewer.config import Settings
from interviewer.errors import StoreUnavailable
from interviewer.events import Answered
from interviewer.packs import load_role_pack
from interviewer.server import create_app
from interviewer.store import EventStore, default_url
from interviewer.verify import verify
from retrieval import HashEmbedder, build_passages, open_retriever
from ui.app import mount_page

SEED = 8
PARTS = ("server", "service", "json", "power")
CANDIDATES = 4
# From the moment from which one waits to the kill: several answers long.
LONGEST_S = {"server": 5.0, "service": 0.8}
# A life in which nobody is told anything by then is ended all the same.
PATIENCE_S = 90.0
COMMITS_A_LOG = 50
ANSWER = (
    "Answer {key}: the cache grows with layers, heads, tokens and bytes a number; I would page it, watch its share of "
    "the memory, and refuse new sequences before old ones have to be recomputed."
)


@dataclass
class Toll:
    """What kills came to. `looks` are logs verified after kills, `faulty` those with a fault; JSON files in the alternative."""

    kills: int = 0
    answers: int = 0
    lost: int = 0
    doubled: int = 0
    looks: int = 0
    faulty: int = 0
    sent_again: int = 0
    cold_starts: int = 0


def main() -> None:
    """Measure, and write bench/results/reliability.json, part by part."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--server", type=int, default=50, help="kills of the whole server")
    parser.add_argument(
        "--service", type=int, default=450, help="kills of the service, and of the alternative"
    )
    parser.add_argument("--cuts", type=int, default=200, help="power cuts, for either setting")
    parser.add_argument("--parts", default=",".join(PARTS))
    options = parser.parse_args()
    wanted = options.parts.split(",")
    if not set(wanted) <= set(PARTS):
        raise SystemExit(f"Parts are {', '.join(PARTS)}.")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if "power" in wanted:
            keep(power_rows(folder, options.cuts))
        if "service" in wanted:
            keep(kill_rows("service", kill_service(folder, options.service)))
        if "json" in wanted:
            keep(kill_rows("json", kill_json(folder, options.service)))
        if "server" in wanted:
            kill_server(folder, options.server)


def keep(rows: Sequence[Row]) -> None:
    """Write rows in place of those of the same part; both kinds of kills together stand first."""
    path = RESULTS / "reliability.json"
    before = json.loads(path.read_text(encoding="utf-8"))["rows"] if path.is_file() else []
    part = rows[0].metric.partition(".")[0]
    kept = [Row(**row) for row in before if row["metric"].partition(".")[0] in {*PARTS} - {part}]
    of_parts = sorted([*kept, *rows], key=lambda row: PARTS.index(row.metric.partition(".")[0]))
    write_results("reliability", [*totals(of_parts), *of_parts])


def totals(rows: Iterable[Row]) -> list[Row]:
    """What the kills of the server and of the service came to together."""
    found: Counter[str] = Counter()
    for row in rows:
        part, _, measure = row.metric.partition(".")
        if part in ("server", "service"):
            found[measure] += int(row.value or 0)
    answers, looks = found["answers_acknowledged"], found["logs_verified"]
    return [
        Row("kills", found["kills"], "kills"),
        Row("answers_acknowledged", answers, "answers"),
        share("answers_lost", found["answers_lost"], "answers", answers, against="json.answers_lost"),
        share("answers_duplicated", found["answers_duplicated"], "answers", answers),
        Row("logs_verified", looks, "logs"),
        Row("logs_with_faults", found["logs_with_faults"], "logs", n=looks),
    ]


def tell(part: str, done: int, wanted: int, toll: Toll) -> None:
    """A line of progress, now and then."""
    if done % max(1, wanted // 10) == 0 or done == wanted:
        print(
            f"{part}: {done}/{wanted} kills, {toll.answers} answers acknowledged, {toll.lost} lost, "
            f"{toll.doubled} doubled, {toll.faulty} logs with faults",
            file=sys.stderr,
            flush=True,
        )


# The service, in forks


def scripted_parts(folder: Path) -> Parts:
    """The tests' pack with hashed embeddings and a scripted judge: nothing has to be loaded."""
    role, embedder = load_role_pack(TINY), HashEmbedder()
    passages = build_passages(role.pack, role.rubrics)
    retriever = open_retriever(folder / "hashed", passages, embedder)
    return Parts(role, embedder, retriever, passages, ScriptedJudge(), None, NO_MODEL)


def kill_service(folder: Path, kills: int) -> Toll:
    """The service on SQLite as it is shipped."""
    (folder / "service").mkdir()
    ordeal = Ordeal(scripted_parts(folder), default_url(folder / "service"))
    rng, toll = random.Random(SEED), Toll()
    for number in range(1, kills + 1):
        ordeal.live_and_die(rng.uniform(0, LONGEST_S["service"]), once_ready=number % 5 != 0)
        if number == kills:
            ordeal.look()
        toll = toll_of(ordeal)
        tell("service", number, kills, toll)
    return toll


def toll_of(ordeal: Ordeal) -> Toll:
    """What an ordeal came to."""
    return Toll(
        ordeal.kills,
        ordeal.answers,
        len(ordeal.lost),
        len(ordeal.doubled),
        ordeal.looks,
        ordeal.faulty,
        ordeal.sent_again,
    )


def kill_json(folder: Path, kills: int) -> Toll:
    """The same kills of the same service on a JSON file; a new one where the last was cut off."""
    parts, rng, toll = scripted_parts(folder), random.Random(SEED), Toll()
    spoilt = Toll()
    ordeal = Ordeal(parts, str(folder / "log.json"), open_store=JsonLog)
    for number in range(1, kills + 1):
        wait_s, once_ready = rng.uniform(0, LONGEST_S["service"]), number % 5 != 0
        try:
            ordeal.live_and_die(wait_s, once_ready)
        except StoreUnavailable:
            spoilt = sum_of(spoilt, toll_of(ordeal), lost=ordeal.answers, files=1)
            ordeal = Ordeal(parts, str(folder / f"log-{number}.json"), open_store=JsonLog)
        toll = sum_of(spoilt, toll_of(ordeal), lost=len(ordeal.lost), files=0)
        tell("json", number, kills, toll)
    return toll


def sum_of(before: Toll, more: Toll, lost: int, files: int) -> Toll:
    """Two tolls in one; `files` are files that could not be read any more."""
    return Toll(
        before.kills + more.kills,
        before.answers + more.answers,
        before.lost + lost,
        before.doubled + more.doubled,
        before.looks + more.looks + files,
        before.faulty + files,
    )


# The whole server


class Visitor:
    """A candidate over HTTP: answers as fast as it may, and keeps what was acknowledged and what was not."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.session: str | None = None
        self.acknowledged: set[tuple[str, str]] = set()
        self.pending: tuple[str, str] | None = None
        self.sent_again = 0

    def talk(self, url: str, told: threading.Event) -> None:
        """Until the server is gone; `told` is set once something is acknowledged."""
        try:
            with httpx.Client(base_url=f"{url}/api/v1", timeout=120) as client:
                while True:
                    self._turn(client, told)
        except httpx.TransportError:
            return

    def _turn(self, client: httpx.Client, told: threading.Event) -> None:
        if self.pending is None and (self.session is None or self._is_over(client)):
            body = {"round": "all", "level": "IC3", "minutes": 600, "seed": len(self.acknowledged)}
            self.session = client.post("/sessions", json=body).raise_for_status().json()["id"]
        if self.pending is None:
            key = uuid.uuid4().hex
            self.pending = (key, ANSWER.format(key=key))
        else:
            self.sent_again += 1
        key, text = self.pending
        headers = {"Accept": "text/event-stream", "Idempotency-Key": key}
        path = f"/sessions/{self.session}/messages"
        with client.stream("POST", path, json={"text": text}, headers=headers) as answer:
            answer.raise_for_status()
            assert self.session is not None
            self.acknowledged.add((self.session, text))
            self.pending = None
            told.set()
            for _ in answer.iter_lines():
                pass

    def _is_over(self, client: httpx.Client) -> bool:
        return bool(client.get(f"/sessions/{self.session}").raise_for_status().json()["phase"] != "open")


def kill_server(folder: Path, kills: int) -> None:
    """The whole server, killed while visitors talk to it. What it came to is kept after every fifth kill."""
    data = folder / "server" / "data"
    data.mkdir(parents=True)
    cold = Server(folder / "server", TINY, settings={"MOCKROUND_RUN_CODE": "off"})
    server: Server | WarmServer
    settings = Settings(llm="none", run_code="off", pack=TINY, data=data)
    warm = WarmServer(settings, scripted_parts(folder), cold.port)
    visitors = [Visitor(number) for number in range(CANDIDATES)]
    rng, toll = random.Random(SEED), Toll()
    try:
        for number in range(1, kills + 1):
            server = cold if number % 25 == 1 else warm
            server.start()
            toll.cold_starts += server is cold
            told = threading.Event()
            if number % 5 == 0:
                told.set()
            killer = threading.Thread(
                target=kill_later, args=(server, told, rng.uniform(0, LONGEST_S["server"]))
            )
            killer.start()
            with ThreadPoolExecutor(CANDIDATES) as pool:
                talking = [pool.submit(visitor.talk, server.url, told) for visitor in visitors]
            for talk in talking:
                talk.result()
            killer.join()
            toll.kills += 1
            look_at(data, visitors, toll)
            tell("server", number, kills, toll)
            if number % 5 == 0 or number == kills:
                keep(kill_rows("server", toll))
    finally:
        cold.kill()
        warm.kill()


class WarmServer:
    """The server in forks of this process, which has everything loaded but the database."""

    def __init__(self, settings: Settings, parts: Parts, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._port = port
        self._pid: int | None = None
        service = build_service(settings, parts)
        self._app = create_app(service, mount_page)
        # No connection outlives a fork: whoever asks first opens one.
        service.store.close()

    def start(self) -> None:
        """Fork, and wait until it answers."""
        self._pid = os.fork()
        if self._pid == 0:
            try:
                uvicorn.run(self._app, port=self._port, log_level="warning")
            finally:
                os._exit(1)
        while True:
            with suppress(httpx.TransportError):
                if httpx.get(f"{self.url}/readyz", timeout=PATIENCE_S).is_success:
                    return
            assert os.waitpid(self._pid, os.WNOHANG)[0] == 0, "the server did not start"
            time.sleep(0.05)

    def kill(self) -> None:
        """SIGKILL, if it runs."""
        if self._pid is not None:
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
            self._pid = None


def kill_later(server: Server | WarmServer, told: threading.Event, wait_s: float) -> None:
    """Kill the server a while after somebody was told something."""
    told.wait(PATIENCE_S)
    time.sleep(wait_s)
    server.kill()


def look_at(data: Path, visitors: Iterable[Visitor], toll: Toll) -> None:
    """Compare everything that is stored with what was acknowledged, and verify it."""
    store = EventStore(default_url(data))
    try:
        found = verify(store)
        stored: Counter[tuple[str, str]] = Counter()
        for session_id in store.lengths("local"):
            events = store.load(session_id)
            stored.update(
                (session_id, event.payload.text) for event in events if isinstance(event.payload, Answered)
            )
    finally:
        store.close()
    acknowledged = {item for visitor in visitors for item in visitor.acknowledged}
    toll.answers = len(acknowledged)
    toll.lost = max(toll.lost, sum(not stored[item] for item in acknowledged))
    toll.doubled = max(toll.doubled, sum(times > 1 for times in stored.values()))
    toll.looks += found.sessions
    toll.faulty += len({fault.session_id for fault in found.faults})
    toll.sent_again = sum(visitor.sent_again for visitor in visitors)


def kill_rows(part: str, toll: Toll) -> list[Row]:
    """What the kills of one part came to."""
    logs = "files" if part == "json" else "logs"
    rows = [
        Row(f"{part}.kills", toll.kills, "kills"),
        Row(f"{part}.answers_acknowledged", toll.answers, "answers"),
        share(f"{part}.answers_lost", toll.lost, "answers", toll.answers),
        share(f"{part}.answers_duplicated", toll.doubled, "answers", toll.answers),
        Row(f"{part}.answers_sent_again", toll.sent_again, "answers"),
        Row(f"{part}.logs_verified", toll.looks, logs),
        Row(f"{part}.logs_with_faults", toll.faulty, logs, n=toll.looks),
    ]
    if part == "server":
        rows.append(Row("server.cold_starts", toll.cold_starts, "starts", n=toll.kills))
    if part != "json":
        return rows
    return [*rows[:5], Row("json.files_cut_off", toll.faulty, "files", n=toll.kills)]


def share(metric: str, count: int, unit: str, of: int, against: str | None = None) -> Row:
    """A count with its exact 95 % interval (Clopper and Pearson 1934), as a count of the same number."""
    if not of:
        return Row(metric, None, unit, against, n=of)
    low, high = exact_interval(min(count, of), of)
    return Row(metric, count, unit, against, low=round(low * of, 2), high=round(high * of, 2), n=of)


# The power


def power_rows(folder: Path, wanted: int) -> list[Row]:
    """Cuts with the setting that is shipped, and with the next weaker one."""
    rows = []
    for setting in ("FULL", "NORMAL"):
        found = power_cuts(folder, wanted, setting)
        name = "power" if setting == "FULL" else f"power.{setting.lower()}"
        lost = sum(item.lost > 0 for item in found)
        against = "power.normal.cuts_with_a_loss" if setting == "FULL" else None
        rows += [
            Row(f"{name}.cuts", len(found), "cuts"),
            share(f"{name}.cuts_with_a_loss", lost, "cuts", len(found), against),
            Row(f"{name}.events_lost", sum(item.lost for item in found), "events", n=len(found)),
            Row(f"{name}.logs_with_faults", sum(bool(item.faults) for item in found), "logs", n=len(found)),
        ]
    return rows


def power_cuts(folder: Path, wanted: int, setting: str) -> list[Aftermath]:
    """As many cuts as are wanted, of several logs."""
    rng = random.Random(SEED)
    found: list[Aftermath] = []
    while len(found) < wanted:
        with tempfile.TemporaryDirectory(dir=folder) as name:
            busy = Path(name) / "busy"
            busy.mkdir()
            log = list(moments(busy, COMMITS_A_LOG, rng, setting))
            for number, cut in enumerate(cuts(log, rng, setting)):
                place = Path(name) / f"cut-{number}"
                place.mkdir()
                found.append(after_a_cut(place, *cut))
        print(f"power, {setting}: {len(found)}/{wanted} cuts", file=sys.stderr, flush=True)
    return found[:wanted]


if __name__ == "__main__":
    main()
