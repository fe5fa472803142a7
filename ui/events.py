"""How the page's events are bound, and how they say what they change."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from types import MappingProxyType
from typing import Any

# A component of the page -> its new value; what is not named stays as it is.
Changes = dict[Any, Any]

# Nothing for programs to build on, nobody waits for another browser, and no spinner lies over what is being read. The
# empty list is not for its looks: with every event, Gradio's page copies all that ever had a spinner, hidden or not, and
# whatever is inside of it, which is the whole page as soon as an event has the tabs among its outputs.
QUIET: Mapping[str, Any] = MappingProxyType(
    {
        "api_visibility": "private",
        "concurrency_limit": None,
        "show_progress": "hidden",
        "show_progress_on": [],
    }
)


def notice(text: str) -> str:
    """Something went wrong or needs a decision: one calm sentence."""
    return f'<p class="mr-notice" role="alert">{escape(text)}</p>'


def busy(text: str) -> str:
    """Work is under way."""
    return f'<p class="mr-busy" role="status">{escape(text)}</p>'
