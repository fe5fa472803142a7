"""Rebuild an index in child processes that are killed, starved of disk or raced; one JSON line for each.

    python crash_script.py kill FOLDER     a child dies at the nth change to the disk, for every n
    python crash_script.py full FOLDER     a child may write files of n bytes only, for several n
    python crash_script.py race FOLDER     four children read while two rebuild

Each child is a fork, so that the libraries are loaded once.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from index_world import TEXTS, CountingEmbedder, passages

from retrieval import IndexFolderError, index_state, open_retriever

OLD = passages()
NEW = passages(nccl="Other words about ranks.")


def in_child(work: Callable[[], object]) -> int:
    """Exit status of a fork that does `work`, or minus the signal that ended it."""
    pid = start(work)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def start(work: Callable[[], object]) -> int:
    pid = os.fork()
    if pid:
        return pid
    status = 3
    try:
        work()
        status = 0
    except IndexFolderError:
        status = 2
    finally:
        os._exit(status)


def rebuild(folder: Path) -> None:
    open_retriever(folder, NEW, CountingEmbedder(), rebuild=True)


def state(folder: Path) -> str:
    """Which of the two indexes is there and whole."""
    for name, wanted in (("old", OLD), ("new", NEW)):
        if index_state(folder, wanted, CountingEmbedder()) is None:
            return name
    return "none"


def left_over(folder: Path) -> int:
    """Files and folders beside the lock, the pointer and the version."""
    return sum(1 for path in folder.iterdir()) - 3


def die_at(step: int) -> None:
    """Kill this process instead of its `step`-th change to the disk."""
    done = [0]

    def counted(name: str, place: Any = os) -> None:
        original = getattr(place, name)

        def call(*args: Any, **more: Any) -> Any:
            done[0] += 1
            if done[0] == step:
                os.kill(os.getpid(), signal.SIGKILL)
            return original(*args, **more)

        setattr(place, name, call)

    for name in ("fsync", "mkdir", "rename", "replace", "unlink", "rmdir"):
        counted(name)
    counted("write_bytes", Path)
    counted("write_text", Path)


def kill(folder: Path) -> None:
    for step in range(1, 200):
        open_retriever(folder, OLD, CountingEmbedder())

        def work(step: int = step) -> None:
            die_at(step)
            rebuild(folder)

        status = in_child(work)
        found = state(folder)
        swept = open_retriever(folder, OLD, CountingEmbedder(), rebuild=True) and left_over(folder)
        print(json.dumps({"step": step, "status": status, "state": found, "left_over": swept}))
        if status == 0:
            return


def full(folder: Path) -> None:
    for limit in (0, 10, 100, 300, 1000, 4000, 1_000_000):
        open_retriever(folder, OLD, CountingEmbedder())

        def work(limit: int = limit) -> None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
            rebuild(folder)

        status = in_child(work)
        print(
            json.dumps(
                {"limit": limit, "status": status, "state": state(folder), "left_over": left_over(folder)}
            )
        )


def race(folder: Path) -> None:
    def read() -> None:
        for _ in range(8):
            retriever = open_retriever(folder, OLD, CountingEmbedder())
            assert all(retriever.retrieve(text, 1)[0].passage.item_id == name for name, text in TEXTS.items())

    def write() -> None:
        for _ in range(8):
            open_retriever(folder, OLD, CountingEmbedder(), rebuild=True)

    children = [start(work) for work in (read, write, read, write, read, read)]
    for pid in children:
        print(json.dumps({"status": os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])}))
    print(json.dumps({"state": state(folder), "left_over": left_over(folder)}))


if __name__ == "__main__":
    {"kill": kill, "full": full, "race": race}[sys.argv[1]](Path(sys.argv[2]))
