"""Commands that a later release brings; they say so."""

from __future__ import annotations

from interviewer.errors import NotYet


def users_add(name: str) -> None:
    """Add an account (a later release)."""
    raise NotYet("Accounts arrive with a later release; until then mockround is for one user on one machine.")
