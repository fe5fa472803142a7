"""Self-assessment as HTML: the form of one's own verdicts, the comparison, and the history. Pure formatting."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from interviewer.own_verdicts import (
    READING_WORDS,
    DimensionGap,
    Overview,
    RatedAnswer,
    RatedCriterion,
    SelfAssessed,
)
from interviewer.report import shows_fault, verdict_words
from interviewer.self_assessment import CriterionCard, SubjectCard
from interviewer.verdict_notes import own_words
from rubrics import Kind
from ui.cards import model_answer
from ui.evidence import CriterionLabel, highlight
from ui.formulas import formulas_html
from ui.notes import render_markdown
from ui.render import band_badge

_CHOICES = (("met", "met"), ("partial", "partly"), ("missing", "missing"))
_FAULT_CHOICES = (("met", "it is there"), ("missing", "it is not"))
_SHOWN_ANSWERS = 10


def rating_form(card: SubjectCard, answer: str) -> str:
    """The answer with a group of choices for each criterion; nothing is chosen."""
    groups = "".join(_group(number, item) for number, item in enumerate(card.criteria, 1))
    return (
        f'<div class="mr-report"><h2>{escape(card.title)}</h2><div class="mr-prompt">{render_markdown(card.prompt)}</div>'
        f'<p><b>Your answer</b></p><div class="mr-answer" tabindex="0" role="group" aria-label="Your answer">{formulas_html(answer)}</div>'
        "<p>Your verdict first. Read your answer as a stranger would: what stands there counts, not what you meant.</p>"
        f'<div id="mr-self-form">{groups}</div></div>'
    )


def _group(number: int, item: CriterionCard) -> str:
    fault = item.kind is Kind.RED_FLAG
    lead = "A fault: " if fault else "A bonus: " if item.kind is Kind.BONUS else ""
    fields = "".join(
        f'<label><input type="radio" name="mr-own-{number}" data-criterion="{escape(item.id)}" value="{value}"> {words}</label>'
        for value, words in (_FAULT_CHOICES if fault else _CHOICES)
    )
    return (
        f'<fieldset class="mr-own"><legend>{number}. {lead}{escape(item.text)}</legend>'
        f'<div class="mr-own-choices">{fields}</div></fieldset>'
    )


def comparison(result: SelfAssessed) -> str:
    """One's own verdicts beside the judge's, with the evidence; what differs comes first, in words."""
    if result.score is None:
        head = f'<p class="mr-notice" role="status">{escape(result.unscored_reason or "The answer was not scored.")}</p>'
    else:
        head = f'<p role="status">{_summary(result)}</p><p class="mr-soft">{escape(result.note)}</p>'
    labels = {
        item.id: CriterionLabel(number, item.text, item.kind is Kind.RED_FLAG)
        for number, item in enumerate(result.criteria, 1)
        if _is_marked(item)
    }
    # A red flag that the judge does not see is not marked in the answer.
    marked = [item for item in result.judged_criteria if item.id in labels]
    rows = "".join(_row(number, item) for number, item in enumerate(result.criteria, 1))
    return (
        f'<div class="mr-report"><h2>{escape(result.title)} &nbsp;{band_badge(result.band)}</h2>{head}'
        f'<div class="mr-answer" tabindex="0" role="group" aria-label="Your answer">{highlight(result.answer, marked, labels)}</div>'
        '<table class="mr-beside"><thead><tr><th scope="col">Criterion</th><th scope="col">You</th>'
        f'<th scope="col">The judge</th></tr></thead><tbody>{rows}</tbody></table>{model_answer(result.model_answer)}</div>'
    )


def _summary(result: SelfAssessed) -> str:
    over, under = len(result.overrated), len(result.underrated)
    count = sum(item.difference is not None for item in result.criteria)
    if not over and not under:
        return f"You and the judge agree on all {count} criteria."
    parts = [f"{number} <b>{word}</b>" for number, word in ((over, "higher"), (under, "lower")) if number]
    return f"Of {count} criteria you rated {' and '.join(parts)} than the judge."


def _is_marked(item: RatedCriterion) -> bool:
    return item.kind is not Kind.RED_FLAG or shows_fault(item.credit)


def _row(number: int, item: RatedCriterion) -> str:
    own = "not rated" if item.own is None else own_words(item.kind, item.own)
    judged = verdict_words(item.kind, item.judged, item.credit)
    badge = {"over": "you are higher", "under": "you are lower"}.get(item.difference or "", "")
    differs = f'<span class="mr-chip mr-{item.difference}">{badge}</span>' if badge else ""
    quotes = "".join(f'<div class="mr-quote">“{escape(piece.text)}”</div>' for piece in item.evidence[:1])
    why = f'<div class="mr-soft">{escape(item.rationale)}</div>' if item.rationale and badge else ""
    return (
        f'<tr><th scope="row">{number}. {escape(item.text)} {differs}{quotes if _is_marked(item) else ""}{why}</th>'
        f'<td data-label="You">{own}</td><td data-label="The judge">{judged}</td></tr>'
    )


def history(found: Overview) -> str:
    """Where one's own verdicts lie above and below the judge's: a chart, the same as a table, and the answers."""
    if not found.answers:
        return (
            '<div class="mr-report"><h2>Where you over- and underrate yourself</h2>'
            '<p class="mr-soft">Nothing is rated yet. After three answers this shows, for each dimension, whether you '
            "tend to rate yourself higher or lower than the judge.</p></div>"
        )
    return (
        '<div class="mr-report"><h2>Where you over- and underrate yourself</h2>'
        f'<p class="mr-soft">{escape(found.note)}</p>{_chart(found.dimensions)}{_table(found.dimensions)}'
        f"{_answers(found.answers)}</div>"
    )


def _chart(gaps: Sequence[DimensionGap]) -> str:
    """A dot for each dimension's mean difference with its interval; left of the middle is lower than the judge."""
    if not gaps:
        return ""
    row, left, width = 46, 16, 368
    height = 26 + row * len(gaps) + 6

    def x(value: float) -> float:
        return left + (value + 1) / 2 * width

    lines = []
    for place, gap in enumerate(gaps):
        y = 26 + row * place
        whisker = (
            ""
            if gap.low is None or gap.high is None
            else f'<line class="whisker" x1="{x(gap.low):.1f}" x2="{x(gap.high):.1f}" y1="{y + 28}" y2="{y + 28}"/>'
        )
        lines.append(
            f'<text x="{left}" y="{y + 14}">{escape(gap.title)}</text>{whisker}'
            f'<circle cx="{x(gap.mean_difference):.1f}" cy="{y + 28}" r="5"/>'
        )
    return (
        f'<svg class="mr-gaps" viewBox="0 0 400 {height}" aria-hidden="true" focusable="false">'
        f'<text class="end" x="{left}" y="12">lower than the judge</text>'
        f'<text class="end" x="{left + width}" y="12" text-anchor="end">higher than the judge</text>'
        f'<line class="zero" x1="{x(0):.1f}" x2="{x(0):.1f}" y1="18" y2="{height - 4}"/>{"".join(lines)}</svg>'
    )


def _table(gaps: Sequence[DimensionGap]) -> str:
    if not gaps:
        return ""
    rows = "".join(
        f'<tr><th scope="row">{escape(gap.title)}</th><td data-label="Reading">{READING_WORDS[gap.reading]}</td>'
        f'<td data-label="You minus the judge">{_signed(gap.mean_difference)}{_interval(gap)}</td>'
        f'<td data-label="Answers">{gap.answers} ({gap.criteria} criteria)</td></tr>'
        for gap in gaps
    )
    return (
        '<table class="mr-beside"><thead><tr><th scope="col">Dimension</th><th scope="col">Reading</th>'
        '<th scope="col">You minus the judge</th><th scope="col">Answers</th></tr></thead>'
        f'<tbody>{rows}</tbody></table><p class="mr-soft">Credit goes from 0 (missing) to 1 (met). The range is a 95 % '
        "interval over answers; red flags are left out.</p>"
    )


def _interval(gap: DimensionGap) -> str:
    return "" if gap.low is None or gap.high is None else f" ({_signed(gap.low)} to {_signed(gap.high)})"


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "−")


def _answers(answers: Sequence[RatedAnswer]) -> str:
    items = "".join(
        f"<li>{item.started_at[:10]} · {escape(item.title)}: {_in_words(item)}</li>"
        for item in answers[:_SHOWN_ANSWERS]
    )
    return f"<h3>Your latest answers</h3><ul>{items}</ul>"


def _in_words(item: RatedAnswer) -> str:
    if item.mean_difference is None:
        return "not scored"
    if not item.overrated and not item.underrated:
        return f"you and the judge agree on all {item.criteria}"
    return f"{item.overrated} of {item.criteria} higher, {item.underrated} lower than the judge"
