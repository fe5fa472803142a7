"""The report as a PDF that one would show to a friend: the summary on the first page, then question by question."""

from __future__ import annotations

from datetime import datetime

from interviewer.band_words import bands_explained
from interviewer.export.pdf_page import ACCENT, INK, SOFT, Page, band_words
from interviewer.opinions import coming_sentence, opinion_lines, opinion_title
from interviewer.paper import PaperResult
from interviewer.plain_text import plain_options, short
from interviewer.report import QuestionReport, Report, TurnReport, verdict_words
from interviewer.submissions import BESIDE_SCORE, growth_sentences, submission_sentence
from interviewer.verdict_notes import change_sentence, contest_lines, is_shown, verdict_notes

# Who speaks, and two lines of what is said, or some code.
_LABEL_AND_LINES, _LABEL_AND_CODE = 14.0, 40.0


def report_pdf(report: Report) -> bytes:
    """The PDF's bytes."""
    page = Page(f"{report.round_title} · {report.level}", f"mockround · {report.notice}")
    page.set_creation_date(datetime.fromisoformat(report.started_at))
    _summary(page, report)
    for number, question in enumerate(report.questions, 1):
        _question(page, report, number, question)
    page.gap(3)
    page.write_text(f"Judge: {report.judge.name}. {report.notice}", 8, color=SOFT)
    return bytes(page.output())


def _summary(page: Page, report: Report) -> None:
    page.write_text(f"{report.round_title} · {report.level}", 18, bold=True)
    page.gap(1)
    page.write_text(f"{report.pack_title} · {report.started_at[:10]} · {report.time_used}", 9, color=SOFT)
    page.gap(4)
    if report.paper is not None:
        _paper(page, report.paper)
        return
    page.write_text(f"Overall: {band_words(report.band)}", 14, bold=True)
    if report.unscored:
        plural = "s" if report.unscored != 1 else ""
        page.write_text(
            f"{report.unscored} answer{plural} could not be scored; nothing was guessed instead.", color=SOFT
        )
    if coming := coming_sentence(report.coming):
        page.write_text(coming, color=SOFT)
    page.gap()
    page.heading("Three things to do next")
    for number, point in enumerate(report.practise_next, 1):
        page.write_text(f"{number}. {point.question}: {point.text}")
        page.gap(1)
    if not report.practise_next:
        page.write_text("Nothing stands out; try a higher level.")
    page.dimensions(
        [
            (item.title, item.score, "Not asked" if item.score is None else band_words(item.band))
            for item in report.dimensions
        ],
        report.bounds,
    )
    page.write_text(bands_explained(report), 8, color=SOFT)
    for title, points in (("What you showed", report.strengths), ("What was missing", report.gaps)):
        if points:
            page.heading(title)
            for point in points:
                words = f" — “{short(point.evidence)}”" if point.evidence else ""
                page.write_text(f"• {point.text}{words}", 9)
                page.gap(0.8)


def _paper(page: Page, paper: PaperResult) -> None:
    page.write_text(paper.sentence, 14, bold=True)
    page.write_text(paper.pass_mark, color=SOFT)
    page.heading("Items")
    for item in paper.items:
        page.write_text(f"{item.number}. {item.title}: {item.words}")
        page.gap(1)


def _question(page: Page, report: Report, number: int, question: QuestionReport) -> None:
    page.begin_part()
    of_paper = report.item(question.question_id)
    page.write_text(f"{number if of_paper is None else of_paper.number}. {question.title}", 14, bold=True)
    held = f", held down by what {report.level} must show" if question.capped else ""
    result = f"{band_words(question.band)}{held}" if of_paper is None else of_paper.words
    is_good = of_paper is None or of_paper.outcome == "right"
    page.write_text(result, 10, bold=True, color=ACCENT if is_good else INK)
    if question.unscored_reason:
        page.write_text(question.unscored_reason, color=SOFT)
    if changed := change_sentence(question):
        page.write_text(changed, 9, color=SOFT)
    for place in question.turns:
        turn = report.turns[place]
        page.gap()
        page.keep(_LABEL_AND_LINES)
        page.write_text("Question" if turn.kind == "question" else "Follow-up", 8, bold=True, color=SOFT)
        page.write_answer(plain_options(turn.prompt))
        page.gap(1)
        # Code stays together, and its label with it.
        page.keep(_LABEL_AND_CODE if turn.answer.lstrip().startswith("```") else _LABEL_AND_LINES)
        page.write_text("You" + (" (skipped)" if turn.skipped else ""), 8, bold=True, color=SOFT)
        page.write_answer(turn.answer)
        if turn.submission is not None:
            page.gap(1)
            beside = "" if of_paper is not None else f" {BESIDE_SCORE}"
            page.write_text(f"{submission_sentence(turn.submission)}{beside}", 9, color=SOFT)
            if turn.growth is not None:
                page.write_text(growth_sentences(turn.growth, turn.claimed), 9, color=SOFT)
            page.write_code(turn.submission.code)
        if turn.feedback:
            page.gap(1)
            page.write_text(turn.feedback, 9, color=ACCENT)
        if turn.assessment.unscored_reason and of_paper is None:
            page.write_text(turn.assessment.unscored_reason, 9, color=SOFT)
        _opinion(page, turn, question)
    if of_paper is None:
        page.heading("Criteria")
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
        page.heading("What was right")
    for choice in question.choices:
        page.keep(_LABEL_AND_LINES)
        page.write_text(f"{choice.statement}: {choice.text}", 9)
        page.write_text(choice.why, 8.5, color=SOFT)
        page.gap(0.8)
    if question.model_answer:
        page.heading("Model answer")
        page.write_answer(question.model_answer, 9)
    if question.read:
        page.heading("Read")
    page.write_places([(item.title, item.where) for item in question.read])


def _contests(page: Page, report: Report, question: QuestionReport) -> None:
    lines = contest_lines(report, question)
    if lines:
        page.heading("Contested")
    for line in lines:
        page.write_text(f"{line.criterion} You marked “{short(line.words)}”.", 9)
        page.write_text(f"First: {line.first}; second: {line.second}; {line.ruling}.", 8.5, color=SOFT)
        page.gap(0.8)


def _opinion(page: Page, turn: TurnReport, question: QuestionReport) -> None:
    opinion = turn.second_opinion
    if opinion is None:
        if turn.second_opinion_reason:
            page.gap(1)
            page.write_text(f"No second opinion yet: {turn.second_opinion_reason}", 8, color=SOFT)
        return
    page.gap(1)
    page.write_text(opinion_title(opinion), 8, bold=True, color=SOFT)
    if opinion.unscored_reason:
        page.write_text(opinion.unscored_reason, 8, color=SOFT)
    for line in opinion_lines(turn, question):
        words = f" — “{short(line.quote)}”" if line.quote else ""
        page.write_text(f"[{line.theirs}; the score says {line.ours}] {line.criterion}{words}", 8, color=SOFT)
