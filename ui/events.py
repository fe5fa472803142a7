"""How the page's events are bound."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

# Nothing for programs to build on, nobody waits for another browser, and no spinner lies over what is being read.
QUIET: Mapping[str, Any] = MappingProxyType(
    {"api_visibility": "private", "concurrency_limit": None, "show_progress": "hidden"}
)
