"""A report or a debrief as a file: JSON for programs, Markdown for notes, PDF to show."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import TypeVar

from interviewer.debrief import Debrief
from interviewer.export.debrief_pdf import debrief_pdf
from interviewer.export.markdown import debrief_markdown, report_markdown
from interviewer.export.pdf import report_pdf
from interviewer.report import Report

MEDIA_TYPES = {"md": "text/markdown; charset=utf-8", "json": "application/json", "pdf": "application/pdf"}
FORMATS = tuple(MEDIA_TYPES)

Document = TypeVar("Document", Report, Debrief)


def render_report(report: Report, format_name: str) -> tuple[bytes, str]:
    """The report's bytes and media type in `md`, `json` or `pdf`. Raises ValueError for another format."""
    return _render(report, format_name, report_markdown, report_pdf)


def render_debrief(found: Debrief, format_name: str) -> tuple[bytes, str]:
    """The debrief's bytes and media type in `md`, `json` or `pdf`. Raises ValueError for another format."""
    return _render(found, format_name, debrief_markdown, debrief_pdf)


def _render(
    document: Document,
    format_name: str,
    markdown: Callable[[Document], str],
    pdf: Callable[[Document], bytes],
) -> tuple[bytes, str]:
    match format_name:
        case "md":
            content = markdown(document).encode()
        case "json":
            content = json.dumps(asdict(document), ensure_ascii=False, indent=2).encode()
        case "pdf":
            content = pdf(document)
        case _:
            raise ValueError(f"no such format: {format_name}")
    return content, MEDIA_TYPES[format_name]


__all__ = ["FORMATS", "MEDIA_TYPES", "debrief_markdown", "render_debrief", "render_report"]
