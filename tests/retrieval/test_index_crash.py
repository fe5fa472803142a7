"""Whatever happens while an index is written, a usable one is there: kill -9, a full disk, readers and writers at once."""

import errno
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from index_world import TEXTS, CountingEmbedder, passages

from retrieval import IndexFolderError, index_state, open_retriever
from retrieval.dense import DenseIndex

SCRIPT = Path(__file__).with_name("crash_script.py")


def run_script(mode: str, folder: Path) -> list[dict[str, Any]]:
    """The script's lines. One thread, because it forks after FAISS was loaded."""
    done = subprocess.run(
        [sys.executable, "-W", "error", str(SCRIPT), mode, str(folder)],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
        env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_kill_9_at_any_moment_leaves_the_old_index_or_the_new_one(tmp_path: Path) -> None:
    runs = run_script("kill", tmp_path)
    *killed, finished = runs
    assert len(killed) > 10
    assert finished["status"] == 0
    assert {run["status"] for run in killed} == {-signal.SIGKILL}
    states = [run["state"] for run in runs]
    assert set(states) == {"old", "new"}
    assert states == sorted(states, reverse=True), "once the new index is there it stays"
    assert {run["left_over"] for run in runs} == {0}, "what a killed writer left is swept up by the next"


def test_a_disk_that_takes_no_more_leaves_the_old_index(tmp_path: Path) -> None:
    *refused, enough = run_script("full", tmp_path)
    assert (enough["status"], enough["state"]) == (0, "new")
    assert {run["status"] for run in refused} == {2}, "IndexFolderError"
    assert {run["state"] for run in refused} == {"old"}
    assert {run["left_over"] for run in refused} == {0}


def test_a_full_disk_is_told_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_retriever(tmp_path, passages(), CountingEmbedder())

    def refuse(self: DenseIndex, path: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(DenseIndex, "save", refuse)
    with pytest.raises(IndexFolderError, match=r"No space left on device\); free space there") as raised:
        open_retriever(tmp_path, passages(nccl="Other."), CountingEmbedder())
    assert str(tmp_path) in str(raised.value)
    assert index_state(tmp_path, passages(), CountingEmbedder()) is None


def test_processes_that_read_and_rebuild_at_once(tmp_path: Path) -> None:
    *children, folder = run_script("race", tmp_path)
    assert [child["status"] for child in children] == [0] * 6
    assert folder == {"state": "old", "left_over": 0}


def test_an_open_index_is_searched_while_it_is_rebuilt(tmp_path: Path) -> None:
    """Threads search one retriever and open others while the folder's contents are replaced under them."""
    retriever = open_retriever(tmp_path, passages(), CountingEmbedder())
    expected = {text: retriever.retrieve(text, 4) for text in TEXTS.values()}
    rebuilt = threading.Event()
    wrong: list[object] = []

    def read() -> None:
        while not rebuilt.is_set():
            again = open_retriever(tmp_path, passages(), CountingEmbedder())
            for text, hits in expected.items():
                if retriever.retrieve(text, 4) != hits or again.retrieve(text, 4) != hits:
                    wrong.append(text)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    try:
        for _ in range(10):
            open_retriever(tmp_path, passages(), CountingEmbedder(), rebuild=True)
    finally:
        rebuilt.set()
        for reader in readers:
            reader.join()
    assert wrong == []


def test_many_who_open_at_first_embed_once(tmp_path: Path) -> None:
    """Others wait for the first and then find the work done."""
    embedders = [CountingEmbedder() for _ in range(4)]
    threads = [
        threading.Thread(target=open_retriever, args=(tmp_path, passages(), embedder))
        for embedder in embedders
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(len(embedder.embedded) for embedder in embedders) == [0, 0, 0, 4]
