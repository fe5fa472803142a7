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
_OR_PLAIN = " Where you alone use this machine and trust the code, MOCKROUND_RUN_CODE=plain runs it without a sandbox."
INSTALL = "To turn it on, install bubblewrap (apt install bubblewrap, dnf install bubblewrap)."
ALLOW = (
    "To turn it on, let this user make namespaces, which a container, AppArmor or the kernel's settings may forbid; "
    "docs/security.md says what to change."
)
ELSEWHERE = "To turn it on, run mockround on Linux."
NOT_ASKED = "Running code is off because MOCKROUND_RUN_CODE=off. To turn it on, set it to auto."


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
    if sys.platform != "linux":
        return _off("bubblewrap is a program for Linux.", ELSEWHERE)
    if shutil.which("bwrap") is None:
        return _off("bubblewrap (bwrap) is not installed.", INSTALL)
    reason = ""
    # Root's sandboxes run as nobody where that user can read the interpreter.
    for as_nobody in (True, False) if os.getuid() == 0 and shutil.which("setpriv") else (False,):
        runner = BubblewrapRunner(hide, as_nobody=as_nobody)
        # With a library, which may lie where only root can read.
        reason = _why_not(runner, ("numpy",) if as_nobody else ())
        if not reason:
            return Running(runner, f"Code runs in bubblewrap sandboxes{runner.words}.")
    return _off(f"bubblewrap does not work here ({reason}).", ALLOW)


def _off(why: str, how: str) -> Running:
    return Running(None, f"Running code is off: {why} {how}{_OR_PLAIN}")


def _why_not(runner: BubblewrapRunner, libraries: tuple[str, ...]) -> str:
    """The last line of a sandbox that does not start; empty for one that does."""
    try:
        sandbox = runner.start(libraries)
    except OSError as error:
        return error.strerror or str(error)
    with sandbox:
        try:
            sandbox.wait_ready(_TRY_S)
        except SandboxEnded as error:
            lines = [line.strip() for line in error.printed.splitlines() if line.strip()]
            return lines[-1][:200].rstrip(".") if lines else "it ended without a word"
    return ""
