"""The report as Markdown. The candidate's words are quoted, so that nothing in them becomes markup."""

from __future__ import annotations

import re
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from interviewer.band_words import bands_explained
from interviewer.debrief import Debrief
from interviewer.debrief_words import (
    EXHIBIT_WORDS,
    UNMEASURED,
    exhibit_place,
    goal_sentence,
    headline,
    held_down_title,
    level_lines,
    risk_sentence,
    stage_words,
    standing_sentence,
)
from interviewer.opinions import coming_sentence, opinion_lines, opinion_title
from interviewer.own_questions import OWN_CATEGORY
from interviewer.report import BAND_NAMES, Report, shows_fault
from interviewer.submissions import BESIDE_SCORE, growth_sentences, submission_sentence
from interviewer.verdict_notes import change_sentence, contest_lines, is_shown, verdict_notes
from rubrics import Verdict

VERDICT_MARKS = {Verdict.MET: "✓", Verdict.PARTIAL: "◐", Verdict.MISSING: "–", Verdict.CONTRADICTED: "✗"}
_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~])")

_environment = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    autoescape=False,
)


def report_markdown(report: Report) -> str:
    """The whole report as Markdown text."""
    return _environment.get_template("report.md.j2").render(report=report)


def debrief_markdown(found: Debrief) -> str:
    """The debrief of a loop as Markdown text."""
    return _environment.get_template("debrief.md.j2").render(found=found)


def escape(text: str) -> str:
    """Text of a person on one line, with Markdown's own characters escaped."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))


def quote(text: str) -> str:
    """Text of a person as a quotation that keeps its line breaks; nothing in it becomes markup."""
    return "\n".join("> " + _MARKUP.sub(r"\\\1", line) + "  " for line in text.splitlines())


def code(text: str) -> str:
    """A person's code as an indented block, in which nothing is markup."""
    return "\n".join(f"    {line}" for line in text.splitlines())


def band_label(band: int | None) -> str:
    """A band in words."""
    return "unscored" if band is None else BAND_NAMES[band]


_environment.filters |= {
    "escape_md": escape,
    "quote": quote,
    "code": code,
    "band": band_label,
}
_environment.globals |= {
    "marks": VERDICT_MARKS,
    "bands_explained": bands_explained,
    "coming_sentence": coming_sentence,
    "opinion_lines": opinion_lines,
    "opinion_title": opinion_title,
    "change_sentence": change_sentence,
    "contest_lines": contest_lines,
    "is_shown": is_shown,
    "own_category": OWN_CATEGORY,
    "shows_fault": shows_fault,
    "verdict_notes": verdict_notes,
    "submission_sentence": submission_sentence,
    "growth_sentences": growth_sentences,
    "beside_score": BESIDE_SCORE,
    "headline": headline,
    "held_down_title": held_down_title,
    "standing_sentence": standing_sentence,
    "unmeasured": UNMEASURED,
    "level_lines": level_lines,
    "risk_sentence": risk_sentence,
    "stage_words": stage_words,
    "goal_sentence": goal_sentence,
    "exhibit_place": exhibit_place,
    "exhibit_words": EXHIBIT_WORDS,
}
