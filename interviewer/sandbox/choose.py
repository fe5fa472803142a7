"""Which runner is used: what was asked for, and whether it works here. Tried once, by running one sandbox."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from interviewer.sandbox.bubblewrap import BubblewrapRunner
from interviewer.sandbox.plain import PlainRunner
from interviewer.sandbox.process import Runner, SandboxEnded

RunCode = Literal["auto", "bubblewrap", "plain", "off"]

_TRY_S = 30.0
HOW = (
    "To turn it on, install bubblewrap on Linux (apt install bubblewrap, dnf install bubblewrap); elsewhere, where you "
    "alone use this machine and trust the code, set MOCKROUND_RUN_CODE=plain."
)
NOT_ASKED = "Running code is off because MOCKROUND_RUN_CODE=off; set it to auto to run solutions."


@dataclass(frozen=True)
class Running:
    """Whether code is run, by what, and a sentence about it that also says how to turn it on."""

    runner: Runner | None
    sentence: str


def choose_runner(wanted: RunCode, hide: Sequence[Path] = ()) -> Running:
    """The runner that was asked for; none where that does not work. Takes a tenth of a second or more."""
    if wanted == "off":
        return Running(None, NOT_ASKED)
    if wanted == "plain":
        return Running(
            PlainRunner(),
            "Code runs as a limited process of this user (MOCKROUND_RUN_CODE=plain): it can read your files. "
            "Run only code that you trust.",
        )
    runner, reason = _bubblewrap(hide)
    if runner is not None:
        return Running(runner, f"Code runs in bubblewrap sandboxes, {runner.words}.")
    return Running(None, f"Running code is off: {reason} {HOW}")


def _bubblewrap(hide: Sequence[Path]) -> tuple[BubblewrapRunner | None, str]:
    if sys.platform != "linux":
        return None, "bubblewrap is a program for Linux."
    if shutil.which("bwrap") is None:
        return None, "bubblewrap (bwrap) is not installed."
    reason = ""
    # Root's sandboxes run as nobody where that user can read the interpreter.
    for as_nobody in (True, False) if os.getuid() == 0 and shutil.which("setpriv") else (False,):
        runner = BubblewrapRunner(hide, as_nobody=as_nobody)
        try:
            sandbox = runner.start(())
        except OSError as error:
            reason = f"bubblewrap cannot be started: {error.strerror or error}."
            continue
        with sandbox:
            try:
                sandbox.wait_ready(_TRY_S)
            except SandboxEnded as error:
                reason = f"bubblewrap does not work here ({_last_line(str(error))})."
            else:
                return runner, ""
    return None, reason + _advice(reason)


def _last_line(words: str) -> str:
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    return lines[-1][:200].rstrip(".") if lines else "it ended without a word"


def _advice(reason: str) -> str:
    """What usually stands behind bubblewrap's words."""
    if any(
        word in reason
        for word in ("user namespace", "uid map", "Creating new namespace", "Operation not permitted")
    ):
        return (
            " The system does not let this user make namespaces: in a container, or by AppArmor's or the kernel's "
            "settings; docs/security.md says what to change."
        )
    return ""
