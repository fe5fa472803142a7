"""Command lines that nobody would type: none ends in a traceback, none hangs, and the code says what it was.

MOCKROUND_FUZZ_COMMANDS says how many.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from cli_runner import run_here
from fuzzed_commands import commands, fuzzed_commands
from round_world import TINY

from interviewer.errors import BadInput
from interviewer.files import MAX_TEXT_BYTES, read_file
from retrieval import HashEmbedder

# Read on import: the guard of all tests removes the settings of the shell.
COMMANDS = int(os.environ.get("MOCKROUND_FUZZ_COMMANDS", "155"))
HANG_S = 60
ROOT = Path(__file__).parents[2]


class Hangs(Exception):
    """It took so long that it would take for ever."""


@contextmanager
def alarm() -> Iterator[None]:
    """Interrupt what hangs."""

    def ring(_number: int, _frame: object) -> None:
        raise Hangs

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(HANG_S)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def fault_of(code: int, out: str, err: str) -> str | None:
    """What is wrong with how a command ended."""
    if "Traceback" in err:
        return f"a traceback: {err.strip().splitlines()[-1]}"
    if code not in (0, 1, 2):
        return f"code {code}"
    ours = [line for line in err.splitlines() if line.startswith("mockround: ")]
    # A pack's faults are data, and stand on stdout.
    if code and not (err + out).strip():
        return f"code {code} and not a word"
    if len(ours) > 1 or any(not re.search(r"[.?:…]$|\.\S*$", line) for line in ours):
        return f"no sentence: {ours}"
    return None


@pytest.mark.slow
def test_no_command_line_breaks_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    embedder = HashEmbedder()
    monkeypatch.setattr("interviewer.config.default_embedder", lambda *_: embedder)
    monkeypatch.setattr("interviewer.server.run_server", lambda *_args, **_more: None)
    monkeypatch.setenv("MOCKROUND_RUN_CODE", "off")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    lines = fuzzed_commands(tmp_path, COMMANDS)
    assert {
        tuple(line[: len(words)]) for line in lines for words in commands() if line[: len(words)] == [*words]
    } == set(commands())
    found: list[str] = []
    codes: Counter[int] = Counter()
    stdout = sys.stdout
    sys.stderr.reconfigure(errors="backslashreplace")  # as the interpreter has it
    for line in lines:
        told = [word if len(word) < 80 else f"{word[:40]}…" for word in line]
        try:
            with alarm():
                finished = run_here(monkeypatch, capsys, *line)
        except Hangs:
            found.append(f"hangs: {told}")
            continue
        except BaseException as error:  # noqa: BLE001 - whatever leaves `main` is what is looked for
            found.append(f"{type(error).__name__}: {str(error)[:200]}: {told}")
            continue
        finally:
            if sys.stdout is not stdout:  # a command that could not write has taken it away
                sys.stdout.close()
                sys.stdout = stdout
        codes[finished.code] += 1
        if (fault := fault_of(finished.code, finished.out, finished.err)) is not None:
            found.append(f"{fault[:300]}: {told}")
    assert not found, "\n".join(found)
    assert not [device for device in (os.devnull, "/dev/zero", "/dev/full") if Path(device).is_file()]
    assert codes[0] >= len(lines) / 20, codes


def run_really(
    folder: Path, *args: str, after: str = "", **variables: str
) -> subprocess.CompletedProcess[bytes]:
    """The command in a process of its own; `after` is what a shell does with its output."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "MOCKROUND_DATA": str(folder), **variables}
    shell = f'"$0" -m interviewer.cli "$@" {after}'
    return subprocess.run(
        ["bash", "-c", shell, sys.executable, *args],
        input=b"",
        capture_output=True,
        timeout=HANG_S * 2,
        env=environment,
        check=False,
    )


SHELLS: list[tuple[tuple[str, ...], str, Mapping[str, str]]] = [
    (("corpus", "check", str(TINY), "--json"), ">&-", {}),
    (("corpus", "check", str(TINY), "--json"), ">/dev/full", {}),
    (("corpus", "check", str(TINY), "--json"), ">&- 2>&-", {}),
    (("code", "list", "--pack", str(TINY)), "<&-", {}),
    (("code", "show", "top_gap", "--pack", str(TINY)), "| head -c 1; exit ${PIPESTATUS[0]}", {}),
    (("sessions", "list", "--pack", str(TINY)), ">/dev/full", {}),
    (
        ("code", "show", "row_softmax", "--pack", str(TINY)),
        "",
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"},
    ),
    (
        ("sessions", "show", "größe 🧮", "--pack", str(TINY)),
        "",
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"},
    ),
    (("sessions", "show", os.fsdecode(b"\xff\xfe"), "--pack", str(TINY)), "", {}),
    (("report", "x" * 100_000, "--pack", str(TINY)), "", {}),
    (("corpus", "check", os.fsdecode(b"/nowhere/\xff")), "", {}),
    (("sessions", "list"), "", {"MOCKROUND_LLM": "\n", "COLUMNS": "-1", "TERM": "\x1b"}),
    (("--nothing",), "", {}),
    (("sessions",), "", {}),
    ((), "", {}),
]


@pytest.mark.slow
@pytest.mark.parametrize(("args", "after", "variables"), SHELLS, ids=lambda item: str(item)[:40])
def test_a_real_process_ends_as_well(
    tmp_path: Path, args: tuple[str, ...], after: str, variables: Mapping[str, str]
) -> None:
    done = run_really(tmp_path / "data", *args, after=after, **variables)
    assert b"Traceback" not in done.stderr, done.stderr.decode(errors="replace")[-600:]
    assert b"Exception ignored" not in done.stderr
    assert done.returncode in (0, 1, 2)


def test_a_file_without_an_end_is_read_to_its_limit(tmp_path: Path) -> None:
    (tmp_path / "sparse").touch()
    os.truncate(tmp_path / "sparse", 50_000_000_000)
    for endless in (tmp_path / "sparse", Path("/dev/zero")):
        with pytest.raises(
            BadInput, match=r"has more than 1,000,000 bytes, which is the most that is read\.$"
        ):
            read_file(endless, MAX_TEXT_BYTES)
