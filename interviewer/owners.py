"""Whose a session is.

Every door of the service that takes a session's id also takes whose it must be, so that no caller can forget to ask.
"""

from __future__ import annotations

# Whose everything is where there are no accounts.
LOCAL_OWNER = "local"
# In place of an owner, for who runs the machine: every session is theirs to look at. No request comes with it.
ANYBODY: None = None
