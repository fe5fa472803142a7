"""A log on a disk that is filled up and gets room again, more than once; one line of JSON with what became of it.

python disk_full_script.py FOLDER     FOLDER is on a small file system of its own
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from interviewer.backup import back_up
from interviewer.errors import SetupError, StoreError
from interviewer.events import Asked, Setup, Started
from interviewer.store import EventStore, NewEvent, default_url
from interviewer.verify import verify

START = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
ROUNDS = 3


def asks(seq: int) -> NewEvent:
    return NewEvent(f"k{seq}", Asked(f"{seq} " + "words " * 700), START + timedelta(seconds=seq))


def fill_up(ballast: Path) -> None:
    """Take what room there is, to the last byte."""
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 512)


def main(folder: Path) -> None:
    store = EventStore(default_url(folder))
    setup = Setup("tiny", "IC3", "systems", 30, 3)
    store.create("s1", "local", "Round", NewEvent("start", Started(setup), START))
    acknowledged, refused, refused_to_open, refused_backup = 1, [], "", ""
    for _ in range(ROUNDS):
        fill_up(folder / "ballast")
        while True:  # the files have some room inside
            try:
                store.append("s1", acknowledged, [asks(acknowledged)])
            except StoreError as error:
                refused.append(f"{type(error).__name__}: {error}")
                break
            acknowledged += 1
        assert store.load("s1")[-1].seq == acknowledged
        try:
            EventStore(default_url(folder)).close()
        except StoreError as error:
            refused_to_open = f"{type(error).__name__}: {error}"
        try:
            back_up(default_url(folder), folder / "copy.db")
        except SetupError as error:
            refused_backup = f"{type(error).__name__}: {error}"
        os.unlink(folder / "ballast")
        for _ in range(4):
            store.append("s1", acknowledged, [asks(acknowledged)])
            acknowledged += 1
    store.close()
    again = EventStore(default_url(folder))
    found = verify(again)
    there = again.load("s1")[-1].seq
    again.close()
    told = {
        "acknowledged": acknowledged,
        "there": there,
        "refused": refused,
        "refused_to_open": refused_to_open,
        "refused_backup": refused_backup,
        "left": sorted(path.name for path in folder.iterdir()),
        "faults": [fault.text for fault in found.faults],
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
