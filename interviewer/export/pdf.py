"""The report as a PDF that one would show to a friend: the summary on the first page, then question by question."""

from __future__ import annotations

import logging
from datetime import datetime
from pathlib import Path

from fpdf import FPDF, XPos, YPos
from fpdf.enums import TableBordersLayout, WrapMode

from interviewer.opinions import coming_sentence, opinion_lines, opinion_title
from interviewer.paper import PaperResult
from interviewer.report import BAND_NAMES, QuestionReport, Report, TurnReport, verdict_words
from interviewer.submissions import BESIDE_SCORE, growth_sentences, submission_sentence
from interviewer.verdict_notes import change_sentence, contest_lines, is_shown, verdict_notes

_FONTS = Path(__file__).parent / "fonts"
_INK, _SOFT, _ACCENT, _RULE = (33, 37, 41), (104, 112, 120), (54, 107, 20), (214, 219, 224)
# Subsetting a font logs every table that it leaves out.
logging.getLogger("fontTools").setLevel(logging.ERROR)


class _Page(FPDF):
    def __init__(self, footer_text: str) -> None:
        super().__init__(format="A4")
        self._footer_text = footer_text
        for style, name in (("", "DejaVuSans"), ("B", "DejaVuSans-Bold")):
            self.add_font("text", style, _FONTS / f"{name}.ttf")
        self.add_font("code", "", _FONTS / "DejaVuSansMono.ttf")
        self.set_margins(18, 16, 18)
        self.set_auto_page_break(True, 18)

    def footer(self) -> None:
        self.set_y(-13)
        self.set_font("text", size=7)
        self.set_text_color(*_SOFT)
        self.cell(0, 4, f"{self._footer_text}   {self.page_no()}/{{nb}}", align="C")

    def write_text(
        self, text: str, size: float = 9.5, bold: bool = False, color: tuple[int, int, int] = _INK
    ) -> None:
        self.set_font("text", "B" if bold else "", size)
        self.set_text_color(*color)
        # Characters that the font lacks would be silent gaps; a visible sign is honest.
        known = "".join(ch if ch in "\n\t" or self.current_font.cmap.get(ord(ch)) else "□" for ch in text)  # type: ignore[union-attr]
        self.multi_cell(
            0, size * 0.52, known, new_x=XPos.LMARGIN, new_y=YPos.NEXT, align="L", wrapmode=WrapMode.WORD
        )

    def gap(self, height: float = 2.5) -> None:
        self.ln(height)


def report_pdf(report: Report) -> bytes:
    """The PDF's bytes."""
    page = _Page(f"mockround · {report.notice}"[:150])
    page.set_title(f"{report.round_title} · {report.level}")
    page.set_creation_date(datetime.fromisoformat(report.started_at))
    page.add_page()
    _summary(page, report)
    for number, question in enumerate(report.questions, 1):
        _question(page, report, number, question)
    return bytes(page.output())


def _summary(page: _Page, report: Report) -> None:
    page.write_text(f"{report.round_title} · {report.level}", 18, bold=True)
    page.gap(1)
    page.write_text(f"{report.pack_title} · {report.started_at[:10]} · {report.time_used}", 9, color=_SOFT)
    page.gap(4)
    if report.paper is not None:
        _paper(page, report.paper)
        return
    page.write_text(f"Overall: {_band(report.band)}", 14, bold=True, color=_ACCENT)
    if report.unscored:
        plural = "s" if report.unscored != 1 else ""
        page.write_text(
            f"{report.unscored} answer{plural} could not be scored; nothing was guessed instead.", color=_SOFT
        )
    if coming := coming_sentence(report.coming):
        page.write_text(coming, color=_SOFT)
    page.gap()
    _heading(page, "Three things to do next")
    for number, point in enumerate(report.practise_next, 1):
        page.write_text(f"{number}. {point.question}: {point.text}")
        page.gap(1)
    if not report.practise_next:
        page.write_text("Nothing stands out; try a higher level.")
    _heading(page, "Dimensions")
    page.set_font("text", size=9)
    page.set_text_color(*_INK)
    page.set_draw_color(*_RULE)
    with page.table(
        borders_layout=TableBordersLayout.HORIZONTAL_LINES,
        col_widths=(3, 2),
        first_row_as_headings=False,
        line_height=5,
    ) as table:
        for item in report.dimensions:
            table.row((item.title, "not asked" if item.score is None else _band(item.band)))
    for title, points in (("What you showed", report.strengths), ("What was missing", report.gaps)):
        if points:
            _heading(page, title)
            for point in points:
                words = f" — “{_short(point.evidence)}”" if point.evidence else ""
                page.write_text(f"• {point.text}{words}", 9)
                page.gap(0.8)


def _paper(page: _Page, paper: PaperResult) -> None:
    page.write_text(paper.sentence, 14, bold=True, color=_ACCENT)
    page.write_text(paper.pass_mark, color=_SOFT)
    _heading(page, "Items")
    for item in paper.items:
        page.write_text(f"{item.number}. {item.title}: {item.words}")
        page.gap(1)


def _question(page: _Page, report: Report, number: int, question: QuestionReport) -> None:
    page.add_page()
    of_paper = report.item(question.question_id)
    page.write_text(f"{number if of_paper is None else of_paper.number}. {question.title}", 14, bold=True)
    held = f", held down by what {report.level} must show" if question.capped else ""
    result = f"{_band(question.band)}{held}" if of_paper is None else of_paper.words
    page.write_text(result, 10, bold=True, color=_ACCENT)
    if question.unscored_reason:
        page.write_text(question.unscored_reason, color=_SOFT)
    if changed := change_sentence(question):
        page.write_text(changed, 9, color=_SOFT)
    for place in question.turns:
        turn = report.turns[place]
        page.gap()
        page.write_text("Question" if turn.kind == "question" else "Follow-up", 8, bold=True, color=_SOFT)
        page.write_text(turn.prompt)
        page.gap(1)
        page.write_text("You" + (" (skipped)" if turn.skipped else ""), 8, bold=True, color=_SOFT)
        page.write_text(turn.answer)
        if turn.submission is not None:
            page.gap(1)
            beside = "" if of_paper is not None else f" {BESIDE_SCORE}"
            page.write_text(f"{submission_sentence(turn.submission)}{beside}", 9, color=_SOFT)
            if turn.growth is not None:
                page.write_text(growth_sentences(turn.growth, turn.claimed), 9, color=_SOFT)
            page.write_text(turn.submission.code, 8)
        if turn.feedback:
            page.gap(1)
            page.write_text(turn.feedback, 9, color=_ACCENT)
        if turn.assessment.unscored_reason and of_paper is None:
            page.write_text(turn.assessment.unscored_reason, 9, color=_SOFT)
        _opinion(page, turn, question)
    if of_paper is None:
        _heading(page, "Criteria")
    for criterion in question.criteria:
        if not is_shown(criterion):
            continue
        verdict = verdict_words(criterion.kind, criterion.verdict, criterion.credit)
        notes = verdict_notes(question, criterion)
        beside = f" ({'; '.join(notes)})" if notes else ""
        page.write_text(f"[{verdict}] {criterion.text}{beside}", 9)
        page.gap(0.8)
    _contests(page, report, question)
    if question.choices:
        _heading(page, "What was right")
    for choice in question.choices:
        page.write_text(f"{choice.statement}: {choice.text}", 9)
        page.write_text(choice.why, 8.5)
    if question.model_answer:
        _heading(page, "Model answer")
        page.write_text(question.model_answer, 9)
    if question.read:
        _heading(page, "Read")
    for item in question.read:
        page.write_text(f"• {item.title}: {item.where}", 8.5)


def _contests(page: _Page, report: Report, question: QuestionReport) -> None:
    lines = contest_lines(report, question)
    if lines:
        _heading(page, "Contested")
    for line in lines:
        page.write_text(f"{line.criterion} You marked “{_short(line.words)}”.", 9)
        page.write_text(f"First: {line.first}; second: {line.second}; {line.ruling}.", 8.5, color=_SOFT)
        page.gap(0.8)


def _opinion(page: _Page, turn: TurnReport, question: QuestionReport) -> None:
    opinion = turn.second_opinion
    if opinion is None:
        if turn.second_opinion_reason:
            page.gap(1)
            page.write_text(f"No second opinion yet: {turn.second_opinion_reason}", 8, color=_SOFT)
        return
    page.gap(1)
    page.write_text(opinion_title(opinion), 8, bold=True, color=_SOFT)
    if opinion.unscored_reason:
        page.write_text(opinion.unscored_reason, 8, color=_SOFT)
    for line in opinion_lines(turn, question):
        words = f" — “{_short(line.quote)}”" if line.quote else ""
        page.write_text(
            f"[{line.theirs}; the score says {line.ours}] {line.criterion}{words}", 8, color=_SOFT
        )


def _heading(page: _Page, text: str) -> None:
    page.gap(4)
    page.write_text(text, 11, bold=True)
    page.gap(1)


def _band(band: int | None) -> str:
    return "unscored" if band is None else BAND_NAMES[band].capitalize()


def _short(text: str, limit: int = 160) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else flat[: limit - 1].rstrip() + "…"
