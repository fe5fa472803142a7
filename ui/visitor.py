"""Which browser is asking: by a cookie that scripts cannot read."""

from __future__ import annotations

import gradio as gr

COOKIE = "mockround_browser"
COOKIE_SECONDS = 180 * 24 * 3600


def visitor_of(request: gr.Request) -> str | None:
    """The browser's id, or None for a client without cookies."""
    value = (request.cookies or {}).get(COOKIE)
    return str(value)[:64] if value else None
