"""What a disk may hold after the power went, made from copies of the files of a log that is being written.

A disk promises what was synced and nothing else: of what was written since, any sectors may be there, in any order. In
WAL mode SQLite writes a commit's frames to the WAL and syncs it (`synchronous=FULL`) before the commit returns. At a
checkpoint it then writes pages to the main file, syncs that, and overwrites the WAL from its start afterwards. So a cut
amid a commit leaves either a main file as it was and any mixture of the WAL before and after, or, at a checkpoint, the
WAL of after and any mixture of the main file. Where the WAL is begun anew, its header is written and synced before the
first frame; otherwise an old header could stand before new frames. With `synchronous=NORMAL` the WAL is synced at checkpoints alone, and the
mixture is one of the WAL at the last checkpoint and now.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from sqlalchemy import text

from interviewer.events import Asked, Setup, Started
from interviewer.store import EventStore, NewEvent, default_url
from interviewer.verify import verify

SECTOR = 512
WAL_HEADER = 32
START = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
# A checkpoint after a few commits, not after hundreds of them.
CHECKPOINT_PAGES = 40


@dataclass(frozen=True)
class Moment:
    """The files right after a commit was acknowledged: main file, WAL, and the number of the last event."""

    main: bytes
    wal: bytes
    seq: int


@dataclass(frozen=True)
class Aftermath:
    """What a log held after a cut: events acknowledged before it, events there, what `verify` found."""

    acknowledged: int
    there: int
    faults: tuple[str, ...]

    @property
    def lost(self) -> int:
        """How many acknowledged events are gone."""
        return max(0, self.acknowledged - self.there)


def moments(folder: Path, commits: int, rng: random.Random, synchronous: str = "FULL") -> Iterator[Moment]:
    """A log that is written commit by commit, each of up to ten pages."""
    store = EventStore(default_url(folder))
    # The pool has one connection as long as one thread asks, and it keeps what it is told.
    with store._engine.connect() as connection:
        connection.execute(text(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}"))
        connection.execute(text(f"PRAGMA synchronous={synchronous}"))
    setup = Setup("tiny", "IC3", "systems", 30, 3)
    store.create("s1", "local", "Round", NewEvent("start", Started(setup), START))
    main, wal = folder / "mockround.db", folder / "mockround.db-wal"
    for seq in range(2, commits + 2):
        words = "".join(rng.choices("abcdefgh ", k=rng.randrange(10, 40_000)))
        new = NewEvent(f"k{seq}", Asked(words), START + timedelta(seconds=seq))
        store.append("s1", seq - 1, [new])
        yield Moment(main.read_bytes(), wal.read_bytes(), seq)
    store.close()


def cuts(
    log: list[Moment], rng: random.Random, synchronous: str = "FULL"
) -> Iterator[tuple[int, bytes, bytes]]:
    """A cut amid every commit: what was acknowledged before it, and the main file and the WAL that it leaves."""
    synced = log[0]
    for before, after in pairwise(log):
        checkpoint = before.main != after.main
        if synchronous == "FULL":
            synced = before
        if checkpoint and rng.random() < 0.5:
            yield before.seq, mixture(before.main, after.main, rng), after.wal
        else:
            yield before.seq, before.main, wal_mixture(synced.wal, after.wal, rng)
        if checkpoint:
            synced = after


def wal_mixture(old: bytes, new: bytes, rng: random.Random) -> bytes:
    """A mixture of the WAL before and after; of one that was begun anew, before or after its header was synced."""
    begun_anew = new[:WAL_HEADER] + old[WAL_HEADER:]
    if old[:WAL_HEADER] == new[:WAL_HEADER]:
        return mixture(old, new, rng)
    if rng.random() < 0.5:
        return mixture(old, begun_anew, rng)
    return new[:WAL_HEADER] + mixture(begun_anew, new, rng)[WAL_HEADER:]


def mixture(old: bytes, new: bytes, rng: random.Random) -> bytes:
    """The old content with some of the sectors that were written since, and one of them torn."""
    share = rng.choice((0.0, 0.1, 0.5, 0.9, 1.0))
    length = rng.choice((len(old), len(new), rng.randint(*sorted((len(old), len(new))))))
    mixed = bytearray(length)
    written = []
    for start in range(0, length, SECTOR):
        was, becomes = old[start : start + SECTOR], new[start : start + SECTOR]
        changed = was != becomes and rng.random() < share
        if changed:
            written.append(start)
        mixed[start : start + SECTOR] = (becomes if changed else was).ljust(SECTOR, b"\0")
    if written:
        torn = rng.choice(written) + rng.randrange(SECTOR)
        mixed[torn : torn + 8] = old[torn : torn + 8].ljust(8, b"\0")
    return bytes(mixed[:length])


def after_a_cut(folder: Path, acknowledged: int, main: bytes, wal: bytes) -> Aftermath:
    """Open what a cut left in an empty folder, as a restarted mockround does."""
    (folder / "mockround.db").write_bytes(main)
    (folder / "mockround.db-wal").write_bytes(wal)
    store = EventStore(default_url(folder))
    try:
        there = store.load("s1")[-1].seq
        return Aftermath(acknowledged, there, tuple(fault.text for fault in verify(store).faults))
    finally:
        store.close()
