"""A round in the terminal, typed through stdin."""

from __future__ import annotations

import io
import json
import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cli_runner import Run
from round_world import TINY

from interviewer.build import Parts

ANSWER = "The cache grows with batch and length."


@pytest.fixture
def command_parts(parts: Parts) -> Parts:
    """Hashed words in place of the embedding model."""
    return parts


def stored(run: Run, place: tuple[object, ...]) -> dict[str, Any]:
    """The one session in the data folder."""
    (line,) = json.loads(run("sessions", "list", "--json", *place).out)["sessions"]
    view: dict[str, Any] = json.loads(run("sessions", "show", line["id"], "--json", *place).out)
    return view


def words(text: str) -> str:
    """The text without the terminal's line breaks."""
    return " ".join(text.split())


def test_a_question_is_practised_by_its_id(run: Run, place: tuple[object, ...]) -> None:
    done = run("chat", "--question", "variance", *place, stdin="/end\n")
    assert done.code == 0, done.err
    view = stored(run, place)
    assert (view["title"], view["questions"]) == ("Variance of a mean · IC3", 1)
    assert "standard error" in view["lines"][1]["text"]


def test_a_whole_round_ends_with_the_report(run: Run, place: tuple[object, ...]) -> None:
    typed = f"{ANSWER}\nIt has two lines.\n\n/hint\n/clarify Which GPU is it?\n/repeat\n/skip\n/end\n"
    done = run("chat", "--round", "systems", "--questions", 1, *place, stdin=typed)
    assert done.code == 0, done.err
    view = stored(run, place)
    assert view["finished"] is True
    spoken = [line["text"] for line in view["lines"] if line["speaker"] != "candidate"]
    for text in spoken:
        assert words(text) in words(done.out)
    said = [line["text"] for line in view["lines"] if line["speaker"] == "candidate"]
    assert f"{ANSWER}\nIt has two lines." in said
    assert "Which GPU is it?" in said
    utterances = [line["utterance"] for line in view["lines"]]
    assert "hint" in utterances
    assert utterances[-1] == "closing"
    assert "Overall:" in done.out
    assert f"mockround report {view['id']} --format md -o report.md" in done.out


def test_a_model_server_that_is_away_is_mentioned_once(
    run: Run, place: tuple[object, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("interviewer.llm.server_calls.wait_random_exponential", lambda **_: lambda _: 0.0)
    typed = f"{ANSWER}\n\nIt holds keys and values.\n\nAnd the weights are shared.\n\n/end\n"
    away = ("--llm-url", "http://127.0.0.1:9/v1")
    done = run("chat", "--round", "systems", "--questions", 1, *place, *away, stdin=typed)
    assert done.code == 0, done.err
    assert words(done.out).count("The language model does not answer at the moment") == 1
    notes = [line["note"] for line in stored(run, place)["lines"] if line["note"]]
    assert len(notes) == 1


def test_the_end_of_input_pauses_and_the_session_can_be_taken_up(run: Run, place: tuple[object, ...]) -> None:
    left = run("chat", "--round", "systems", *place, stdin="")
    assert left.code == 0
    view = stored(run, place)
    assert view["paused"] is True
    assert f"mockround chat --session {view['id']}" in left.out
    back = run("chat", "--session", view["id"], *place, stdin=f"{ANSWER}\n\n/end\n")
    assert back.code == 0
    question = view["lines"][-1]["text"].split("\n\n")[-1]
    assert question[:40] in back.out.partition("Session")[0], "the question is shown again"
    assert stored(run, place)["finished"] is True


def test_an_answer_without_a_last_empty_line_is_sent_all_the_same(
    run: Run, place: tuple[object, ...]
) -> None:
    run("chat", "--round", "systems", *place, stdin=ANSWER)
    assert ANSWER in [line["text"] for line in stored(run, place)["lines"]]


@pytest.mark.parametrize("typed", ["/hnt", "/help", "/quit now", ""])
def test_a_mistyped_command_is_no_answer(run: Run, place: tuple[object, ...], typed: str) -> None:
    done = run("chat", "--round", "systems", *place, stdin=f"{typed}\n")
    assert done.out.count("Commands: /hint") == 2
    assert [line["speaker"] for line in stored(run, place)["lines"]] == ["interviewer"] * 2


def test_a_path_at_the_start_of_a_line_is_an_answer(run: Run, place: tuple[object, ...]) -> None:
    run("chat", "--round", "systems", *place, stdin="/proc/meminfo shows how much is free\n")
    assert "/proc/meminfo shows how much is free" in [line["text"] for line in stored(run, place)["lines"]]


def test_what_cannot_be_done_now_is_said_and_the_round_goes_on(run: Run, place: tuple[object, ...]) -> None:
    done = run("chat", "--round", "systems", *place, stdin="/clarify\n" + "x" * 20_001 + "\n\n/end\n")
    assert done.code == 0
    assert "Write what you want to have clarified first." in done.out
    assert "the limit is 20,000" in words(done.out)
    assert stored(run, place)["finished"] is True


def test_square_brackets_are_text(run: Run, place: tuple[object, ...]) -> None:
    answer = "[/dim] [bold]kv[0][:, None] = q @ k.T[/bold]"
    done = run("chat", "--round", "systems", *place, stdin=f"{answer}\n\n/end\n")
    assert done.code == 0, done.err
    assert answer in [line["text"] for line in stored(run, place)["lines"]]


def test_input_that_is_no_text_is_one_sentence(run: Run, place: tuple[object, ...]) -> None:
    typed = io.TextIOWrapper(io.BytesIO(b"\xff\xfe\n\n"), encoding="utf-8")
    done = run("chat", "--round", "systems", *place, stdin=typed)
    assert done.code == 2
    assert done.err.splitlines()[-1].startswith("mockround: What was typed is not UTF-8 text")
    assert "Traceback" not in done.err
    assert [line["speaker"] for line in stored(run, place)["lines"]] == ["interviewer"] * 2


# Makes the terminal its own, so that Ctrl-C reaches it as a signal; hashed words stand in for the embedding model.
PROGRAM = """
import fcntl, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
import interviewer.cli, interviewer.config, retrieval
interviewer.config.default_embedder = lambda *_: retrieval.HashEmbedder()
interviewer.cli.main()
"""


@pytest.fixture
def keyboard(tmp_path: Path) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """`mockround chat` on a terminal of its own: the keyboard's end, and the process."""
    ours, theirs = pty.openpty()
    words = ["chat", "--round", "systems", "--pack", str(TINY), "--data", str(tmp_path)]
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *words],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    yield ours, process
    if process.poll() is None:
        process.kill()
    process.wait(10)
    os.close(ours)


def read_until(terminal: int, wanted: bytes, timeout_s: float = 120) -> bytes:
    """What the terminal shows, up to `wanted` or until its process is gone."""
    shown = b""
    deadline = time.monotonic() + timeout_s
    while wanted not in shown and time.monotonic() < deadline:
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                shown += os.read(terminal, 4096)
            except OSError:  # Linux's way to say that the other end is closed
                break
    return shown


def test_ctrl_c_leaves_at_once_and_says_how_to_come_back(
    keyboard: tuple[int, subprocess.Popen[bytes]],
) -> None:
    terminal, process = keyboard
    assert b"> " in read_until(terminal, b"\n> ")
    os.write(terminal, b"\x03")
    # No further key is pressed: a process that waits for one is still there at the timeout.
    assert b"mockround chat --session" in read_until(terminal, b"chat --session")
    read_until(terminal, b"never shown", timeout_s=20)
    assert process.wait(30) == 130


def test_a_study_round_waits_until_its_review_was_read(run: Run, place: tuple[object, ...]) -> None:
    asked = ("chat", "--round", "systems", "--questions", "2", "--mode", "study", *place)
    done = run(*asked, stdin="/skip\n\n/end\n")
    assert done.code == 0, done.err
    shown = words(done.out)
    assert "Before we go on, a look at this question." in shown
    assert "An empty line brings the next question." in shown
    assert [line["utterance"] for line in stored(run, place)["lines"] if line["utterance"]] == [
        "intro",
        "question",
        "review",
        "question",
        "closing",
    ]


def test_a_real_round_is_not_paused_by_leaving_it(run: Run, place: tuple[object, ...]) -> None:
    done = run("chat", "--round", "systems", "--mode", "real", *place, stdin="/pause\n/hint\n")
    assert done.code == 0, done.err
    shown = words(done.out)
    assert "A real round cannot be paused" in shown
    assert "A real round gives no hints" in shown
    assert "The clock runs on. Continue with: mockround chat --session" in shown
    view = stored(run, place)
    assert (view["mode"], view["paused"]) == ("real", False)


def test_a_mode_that_is_none_is_bad_input(run: Run, place: tuple[object, ...]) -> None:
    done = run("chat", "--mode", "brutal", *place)
    assert done.code == 2
    assert "brutal" in done.err
