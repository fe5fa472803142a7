"""Commands that a later release brings; they say so."""

from __future__ import annotations

from pathlib import Path

from interviewer.commands.options import Json
from interviewer.errors import NotYet


def code_run(problem: str, file: Path, as_json: Json = False) -> None:
    """Run a solution on a coding problem's tests (a later release)."""
    raise NotYet(
        "Running code arrives with a later release; coding questions are answered in writing until then."
    )


def users_add(name: str) -> None:
    """Add an account (a later release)."""
    raise NotYet("Accounts arrive with a later release; until then mockround is for one user on one machine.")
