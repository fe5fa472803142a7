"""Who is asking, and from which browser."""

from __future__ import annotations

from typing import Any

import gradio as gr
from gradio.context import LocalContext

from interviewer.access.identity import OPEN, Identity, identity_of
from interviewer.service import InterviewService

COOKIE = "mockround_browser"
COOKIE_SECONDS = 180 * 24 * 3600


def visitor_of(request: gr.Request) -> str | None:
    """The browser's id, by a cookie that scripts cannot read, or None for a client without cookies."""
    value = (request.cookies or {}).get(COOKIE)
    return str(value)[:64] if value else None


def who_asks(service: InterviewService) -> Identity:
    """Whose event is being handled.

    Raises NotSignedIn outside of an event, and for one that no gate has let in, unless there is only one user.
    """
    if service.settings.is_open:
        return OPEN
    # Gradio wraps the request; what a program calls through MCP comes as it is.
    asked: Any = LocalContext.request.get(None)
    request = asked.request if isinstance(asked, gr.Request) else asked
    return identity_of({} if request is None else request.scope)


def owner_of(service: InterviewService) -> str:
    """Whose sessions the event may see. Raises NotSignedIn."""
    return who_asks(service).owner
