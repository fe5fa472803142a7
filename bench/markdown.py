"""Results as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def figure(row: dict[str, Any], digits: int) -> str:
    """A row's value, with its interval where it has one."""
    bounds = "" if row.get("low") is None else f" [{row['low']:.2f}, {row['high']:.2f}]"
    return f"{row['value']:.{digits}f}{bounds}"


def table(head: Sequence[str], lines: Sequence[Sequence[object]]) -> str:
    """A Markdown table; a bar within a cell stays a bar."""
    rows: list[Sequence[object]] = [head, ["---"] * len(head), *lines]
    cells = [[str(cell).replace("|", "\\|") for cell in row] for row in rows]
    return "".join(f"| {' | '.join(row)} |\n" for row in cells)
