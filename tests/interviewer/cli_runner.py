"""Runs the command `mockround` as the console script does, in this process or in one of its own."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import pytest

from interviewer.cli import main

Run = Callable[..., "Finished"]


@dataclass(frozen=True)
class Finished:
    """What a command left: exit code, data, and what it said beside it."""

    code: int
    out: str
    err: str

    @property
    def sentence(self) -> str:
        """The one sentence of a command that failed: no traceback, no data, nothing else but a progress bar."""
        assert self.code != 0, self.out
        assert self.out == ""
        lines = [
            line
            for line in self.err.splitlines()
            if line.strip() and not line.startswith(("Embedding passages ", "Assessing ", "Qualifying "))
        ]
        assert len(lines) == 1, self.err
        assert lines[0].startswith("mockround: ")
        assert lines[0].endswith("."), lines[0]
        return lines[0].removeprefix("mockround: ")


def run_here(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *args: object,
    stdin: str | TextIO = "",
) -> Finished:
    """Run `mockround ARGS` in this process."""
    monkeypatch.setattr(sys, "argv", ["mockround", *map(str, args)])
    monkeypatch.setattr(sys, "stdin", io.StringIO(stdin) if isinstance(stdin, str) else stdin)
    capsys.readouterr()
    code: object = 0
    try:
        main()
    except SystemExit as exit_:
        code = exit_.code or 0
    assert isinstance(code, int), code
    captured = capsys.readouterr()
    return Finished(code, captured.out, captured.err)


def whole_json(finished: Finished) -> Any:
    """The one JSON document that a command left on stdout."""
    assert finished.code == 0, finished.err
    return json.loads(finished.out)


def run_apart(*args: object, stdin: str = "", timeout_s: float = 120, cwd: Path | None = None) -> Finished:
    """Run `mockround ARGS` in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "interviewer.cli", *map(str, args)],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2]), "NO_COLOR": "1"},
        check=False,
    )
    return Finished(done.returncode, done.stdout, done.stderr)
