"""A report as a file: JSON for programs, Markdown for notes, PDF to show."""

from __future__ import annotations

import json
from dataclasses import asdict

from interviewer.export.markdown import debrief_markdown, report_markdown
from interviewer.export.pdf import report_pdf
from interviewer.report import Report

FORMATS = ("md", "json", "pdf")


def render_report(report: Report, format_name: str) -> tuple[bytes, str]:
    """The report's bytes and media type in `md`, `json` or `pdf`. Raises ValueError for another format."""
    match format_name:
        case "md":
            return report_markdown(report).encode(), "text/markdown; charset=utf-8"
        case "json":
            return json.dumps(asdict(report), ensure_ascii=False, indent=2).encode(), "application/json"
        case "pdf":
            return report_pdf(report), "application/pdf"
        case _:
            raise ValueError(f"no such format: {format_name}")


__all__ = ["FORMATS", "debrief_markdown", "render_report"]
