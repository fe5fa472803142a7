"""How far to trust a score: the page that was made from what was measured, with its picture. Pure formatting."""

from __future__ import annotations

import re

from ui.notes import render_markdown

_PICTURE = re.compile(r"^!\[[^\]\n]*\]\([^)\n]*\)$", re.MULTILINE)


def trust_html(page: str, picture: str) -> str:
    """The Markdown of the page as HTML; its one picture is drawn where the page names it, in the page's colours."""
    parts = [render_markdown(part) for part in _PICTURE.split(page)]
    return f'<div class="mr-report mr-trust">{picture.join(parts)}</div>'
