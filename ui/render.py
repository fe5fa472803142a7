"""From a report to HTML. Pure formatting; every text of a person or a model is escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from interviewer.band_words import bands_explained
from interviewer.opinions import coming_sentence, opinion_lines, opinion_title
from interviewer.own_verdicts import self_assessed
from interviewer.paper import ItemResult, PaperResult
from interviewer.plain_text import short
from interviewer.report import (
    BAND_NAMES,
    CriterionReport,
    QuestionReport,
    Reading,
    Report,
    TurnReport,
    shows_fault,
    verdict_words,
)
from interviewer.submissions import BESIDE_SCORE, growth_sentences, submission_sentence
from interviewer.verdict_notes import change_sentence, contest_lines, contestable, is_shown, verdict_notes
from rubrics import Kind
from ui.cards import model_answer
from ui.evidence import CriterionLabel, highlight
from ui.formulas import formulas_html
from ui.notes import render_markdown
from ui.radar import radar
from ui.words import counted

# Of a quotation; the page has more room than paper.
QUOTED = 220
_FLAG_WORDS = {
    "injection": "text that instructs the grader was set aside",
    "question_echo": "repeats the question",
    "rubric_echo": "repeats the rubric",
    "off_topic": "is about something else",
    "too_short": "is very short",
    "gibberish": "has no meaning that could be read",
    "word_list": "has a list of terms that says nothing of them",
    "dont_know": "says that you do not know",
    "empty": "has no text",
    "skipped": "was skipped",
    "model_answer_copy": "has the words of the model answer",
    "unsupported_language": "is in a language that this judge cannot read",
}
# A report is read in two minutes: the weightiest gaps are seen at once, the others on demand.
GAPS_SHOWN = 5


def band_badge(band: int | None) -> str:
    """A band in words, coloured."""
    if band is None:
        return '<span class="mr-band">unscored</span>'
    return f'<span class="mr-band mr-band-{band}">{BAND_NAMES[band]}</span>'


def report_page(report: Report, notes: Mapping[str, str] | None = None) -> str:
    """The whole report as HTML. `notes` gives the pack's notes as safe HTML, by where a `Reading` says they are."""
    notes = notes or {}
    parts = [
        '<div class="mr-report">',
        f"<h1>{escape(report.round_title)} · {escape(report.level)}"
        f"{'' if report.paper is not None else f' &nbsp;{band_badge(report.band)}'}</h1>",
        f'<p class="mr-soft">{escape(report.pack_title)} · {report.started_at[:10]} · {report.time_used}'
        f"{'' if report.finished else ' · not finished yet'}</p>",
        _downloads(report.session_id),
    ]
    if report.paper is not None:
        parts.append(_paper(report.paper))
    elif report.score is None:
        parts.append('<p class="mr-notice">Nothing has been scored yet.</p>')
    if coming := coming_sentence(report.coming):
        parts.append(f'<p class="mr-soft" role="status">{escape(coming)}</p>')
    if report.paper is None:
        parts += [
            _next_steps(report, notes),
            _own_view(report),
            _dimensions(report),
            _unscored(report),
            _contents(report),
            _points(report),
        ]
    parts += [
        _question(report, number, question, notes) for number, question in enumerate(report.questions, 1)
    ]
    parts.append(_colophon(report))
    parts.append("</div>")
    return "\n".join(parts)


def _paper(paper: PaperResult) -> str:
    """How a paper came out: the whole in a sentence, then its items, each leading to its place below."""
    items = "".join(
        f'<li value="{item.number}">{_item_title(item)} {_item_badge(item)}</li>' for item in paper.items
    )
    return (
        f'<p class="mr-paper"><b>{escape(paper.sentence)}</b> <span class="mr-soft">{escape(paper.pass_mark)}</span></p>'
        f'<h2>Items</h2><ol class="mr-contents">{items}</ol>'
    )


def _item_title(item: ItemResult) -> str:
    """A link to what the report has of an item; of one that was not looked at it has nothing."""
    title = escape(item.title)
    return title if item.outcome == "not looked at" else f'<a href="#mr-q{item.number}">{title}</a>'


def _item_badge(item: ItemResult) -> str:
    """How an item came out in words, coloured as a band where it was right or wrong."""
    bands = {"right": " mr-band-4", "partly": " mr-band-2", "wrong": " mr-band-0"}
    return f'<span class="mr-band{bands.get(item.outcome, "")}">{escape(item.words)}</span>'


def _downloads(session_id: str) -> str:
    base = f"/api/v1/sessions/{escape(session_id)}/report?format="
    links = " · ".join(
        f'<a href="{base}{name}" download>{title}</a>'
        for name, title in (("pdf", "PDF"), ("md", "Markdown"), ("json", "JSON"))
    )
    whole = f'<a href="/api/v1/sessions/{escape(session_id)}/export" download>the session itself</a>'
    return f'<p class="mr-soft">Keep it: {links} · {whole}, to import elsewhere</p>'


def _next_steps(report: Report, notes: Mapping[str, str]) -> str:
    if not report.practise_next:
        return ""
    items = "".join(
        f"<li><b>{escape(point.question)}</b>: {escape(point.text)}{first_reading(point.read, notes)}</li>"
        for point in report.practise_next
    )
    return f"<h2>What to do next</h2><ol>{items}</ol>"


def first_reading(read: Sequence[Reading], notes: Mapping[str, str]) -> str:
    """What to read first; a note of the pack unfolds."""
    return _reading(read[0], notes, "Read: ") if read else ""


def _reading(reading: Reading, notes: Mapping[str, str], lead: str = "") -> str:
    """A link to a source, or a note that unfolds where it is named."""
    title = escape(reading.title)
    if reading.where in notes:
        return (
            f'<details class="mr-note"><summary>{lead}{title}</summary>'
            f'<div class="mr-note-text">{notes[reading.where]}</div></details>'
        )
    if reading.where.startswith(("http://", "https://")):
        link = f'<a href="{escape(reading.where)}" target="_blank" rel="noopener noreferrer">{title}</a>'
        return f'<div class="mr-soft">{lead}{link}</div>' if lead else link
    return f"{lead}{title} <code>{escape(reading.where)}</code>"


def _dimensions(report: Report) -> str:
    rows = []
    for item in report.dimensions:
        if item.score is None:
            rows.append(
                f'<div class="mr-dim"><span>{escape(item.title)}</span><span class="mr-soft">not asked in this round</span><span></span></div>'
            )
        else:
            rows.append(
                f'<div class="mr-dim"><span>{escape(item.title)}</span>'
                f'<span class="mr-bar" role="img" aria-label="{BAND_NAMES[item.band or 0]}"><i style="width:{item.score * 100:.0f}%"></i></span>'
                f"<span>{band_badge(item.band)}</span></div>"
            )
    drawn = radar([(item.title, item.score) for item in report.dimensions], report.bounds)
    return (
        f'<h2>Dimensions</h2><div class="mr-dims">{drawn}<div>{"".join(rows)}</div></div>'
        f'<p class="mr-soft">{escape(bands_explained(report))}</p>'
    )


def _unscored(report: Report) -> str:
    """What was not scored, with the reason of each."""
    items = [
        f"<li><b>{escape(question.title)}</b>{'' if report.turns[place].kind == 'question' else ', a follow-up'}: "
        f"{escape(report.turns[place].assessment.unscored_reason or '')}</li>"
        for question in report.questions
        for place in question.turns
        if report.turns[place].assessment.score is None
    ]
    if not items:
        return ""
    lead = f"{len(items)} answer{'s were' if len(items) > 1 else ' was'} not scored. Nothing was guessed in the place of a score."
    return f'<h2>Not scored</h2><div class="mr-notice"><p>{lead}</p><ul>{"".join(items)}</ul></div>'


def _own_view(report: Report) -> str:
    """Where the candidate's own verdicts differ from the judge's, in one sentence."""
    rated = self_assessed(report)
    if rated is None or rated.score is None:
        return ""
    texts = {item.id: item.text for item in rated.criteria}
    parts = [
        f"<li>You rated {word} than the judge: {escape('; '.join(texts[name].rstrip('.') for name in names))}.</li>"
        for word, names in (("higher", rated.overrated), ("lower", rated.underrated))
        if names
    ]
    found = f"<ul>{''.join(parts)}</ul>" if parts else "<p>You and the judge agree on every criterion.</p>"
    return f'<h2>Your view and the judge’s</h2>{found}<p class="mr-soft">{escape(rated.note)}</p>'


def _contents(report: Report) -> str:
    """The questions with their bands, each leading to its place below; not for a single one."""
    if len(report.questions) < 2:
        return ""
    items = "".join(
        f'<li><a href="#mr-q{number}">{escape(item.title)}</a> {band_badge(item.band)}</li>'
        for number, item in enumerate(report.questions, 1)
    )
    return f'<h2>Questions</h2><ol class="mr-contents">{items}</ol>'


def _points(report: Report) -> str:
    html = ""
    if report.strengths:
        items = "".join(
            f"<li>{escape(p.text)}{f' <span class=mr-quote>“{formulas_html(short(p.evidence, QUOTED))}”</span>' if p.evidence else ''}</li>"
            for p in report.strengths
        )
        html += f"<h2>What you showed</h2><ul>{items}</ul>"
    if report.gaps:
        gaps = [
            f'<li>{escape(p.text)} <span class="mr-soft">({escape(p.question)})</span></li>'
            for p in report.gaps
        ]
        html += f"<h2>What was missing</h2><ul>{''.join(gaps[:GAPS_SHOWN])}</ul>"
        if more := gaps[GAPS_SHOWN:]:
            html += f"<details><summary>{len(more)} more</summary><ul>{''.join(more)}</ul></details>"
    return html


def _question(report: Report, number: int, question: QuestionReport, notes: Mapping[str, str]) -> str:
    held = (
        f' <span class="mr-soft">held down by what {escape(report.level)} must show</span>'
        if question.capped
        else ""
    )
    why = f'<p class="mr-notice">{escape(question.unscored_reason)}</p>' if question.unscored_reason else ""
    if changed := change_sentence(question):
        why += f'<p class="mr-changed">{escape(changed)}</p>'
    shown = [item for item in question.criteria if is_shown(item)]
    labels = {
        item.id: CriterionLabel(place, item.text, item.kind is Kind.RED_FLAG)
        for place, item in enumerate(shown, 1)
    }
    turns = "".join(
        _turn(report.turns[place], labels, report.paper is not None) + _opinion(report.turns[place], question)
        for place in question.turns
    )
    criteria = "".join(_criterion(report, question, place, item) for place, item in enumerate(shown, 1))
    if criteria:
        criteria = (
            '<h3>Criteria</h3><p class="mr-soft">The numbers stand in the answers beside the words that showed them.</p>'
            f"{criteria}"
        )
    of_paper = report.item(question.question_id)
    badge = band_badge(question.band) if of_paper is None else _item_badge(of_paper)
    number = number if of_paper is None else of_paper.number
    read = "".join(f"<li>{_reading(item, notes)}</li>" for item in question.read)
    choices = "".join(
        f"<li><b>{choice.statement}</b>: {formulas_html(choice.text)} "
        f'<span class="mr-soft">{formulas_html(choice.why)}</span></li>'
        for choice in question.choices
    )
    return (
        f'<div class="mr-card" id="mr-q{number}"><h2>{number}. {escape(question.title)} &nbsp;{badge}{held}</h2>{why}{turns}{criteria}'
        f"{_contests(report, question)}{_again(report, question)}"
        f"{f'<h3>What was right</h3><ul>{choices}</ul>' if choices else ''}"
        f"{_model_answer(question)}"
        f"{f'<h3>Read</h3><ul>{read}</ul>' if read else ''}</div>"
    )


def _model_answer(question: QuestionReport) -> str:
    html = model_answer(question.model_answer)
    if question.common_wrong_answer:
        html += (
            "<details><summary><b>A common wrong answer</b></summary>"
            f"<p>“{formulas_html(question.common_wrong_answer)}”</p><p>{formulas_html(question.why_wrong)}</p></details>"
        )
    return html


def _contests(report: Report, question: QuestionReport) -> str:
    rows = "".join(
        f"<li>{escape(line.criterion)}<div class=mr-quote>You marked “{escape(short(line.words, QUOTED))}”</div>"
        f"<div>First {line.first}, second {line.second}: <b>{escape(line.ruling)}</b>.</div></li>"
        for line in contest_lines(report, question)
    )
    return f'<h3>Contested</h3><ul class="mr-contests">{rows}</ul>' if rows else ""


def _again(report: Report, question: QuestionReport) -> str:
    if not report.finished:
        return ""
    return f"<p>{_button('mr-again', question.question_id, 'Answer it again')}</p>"


def _button(field: str, value: str, words: str, about: str = "") -> str:
    """A button that says to a hidden field of the page what was pressed (report.js)."""
    named = f' aria-label="{escape(f"{words}: {about}")}"' if about else ""
    return (
        f'<button type="button" class="mr-do" data-mr-tell="{field}" data-mr-value="{escape(value)}"{named}>'
        f"{escape(words)}</button>"
    )


def _turn(turn: TurnReport, labels: Mapping[str, CriterionLabel], checked: bool) -> str:
    """A turn; `checked` says that no score stands beside its tests."""
    label = "Question" if turn.kind == "question" else "Follow-up"
    fresh = " (fresh)" if turn.origin == "model" else ""
    notes = [_FLAG_WORDS.get(flag, flag) for flag in turn.assessment.flags]
    if turn.hints:
        notes.append(f"{counted(turn.hints, 'hint')} used")
    noted = f'<p class="mr-soft">This answer: {escape("; ".join(notes))}.</p>' if notes else ""
    reason = None if checked else turn.assessment.unscored_reason
    unscored = f'<p class="mr-notice">{escape(reason)}</p>' if reason else ""
    feedback = f"<p>{formulas_html(turn.feedback)}</p>" if turn.feedback else ""
    answer = (
        f'<div class="mr-answer" tabindex="0" role="group" aria-label="Your answer">{highlight(turn.answer, turn.counted, labels)}</div>'
        if turn.answer
        else ""
    )
    submitted = turn.submission
    beside = "" if checked else f" <span class=mr-soft>{BESIDE_SCORE}</span>"
    code = (
        f"<p>{escape(submission_sentence(submitted))}{beside}</p>{_growth(turn)}"
        '<details class="mr-submitted mr-model"><summary>Submitted code</summary>'
        f"<pre>{escape(submitted.code)}</pre></details>"
        if submitted is not None
        else ""
    )
    return (
        f'<p><b>{label}{fresh}</b></p><div class="mr-prompt">{_prompt(turn)}</div>'
        f"<p><b>You</b></p>{answer}{code}{noted}{unscored}{feedback}"
    )


def _growth(turn: TurnReport) -> str:
    """What the submitted code costs: claimed, and measured."""
    return "" if turn.growth is None else f"<p>{escape(growth_sentences(turn.growth, turn.claimed))}</p>"


def _prompt(turn: TurnReport) -> str:
    """The bank's words as they are meant, with tables and lists; a model's as they were written."""
    return f"<p>{formulas_html(turn.prompt)}</p>" if turn.origin == "model" else render_markdown(turn.prompt)


def _opinion(turn: TurnReport, question: QuestionReport) -> str:
    opinion = turn.second_opinion
    if opinion is None:
        reason = turn.second_opinion_reason
        return f'<p class="mr-soft">No second opinion yet: {escape(reason)}</p>' if reason else ""
    unscored = f"<p>{escape(opinion.unscored_reason)}</p>" if opinion.unscored_reason else ""
    rows = "".join(
        f'<div class="mr-crit"><span class="mr-v">{escape(line.theirs)}</span><div>{escape(line.criterion)} '
        f'<span class="mr-soft">the score says: {escape(line.ours)}</span>'
        f"{f'<div class=mr-quote>“{escape(short(line.quote, QUOTED))}”</div>' if line.quote else ''}</div></div>"
        for line in opinion_lines(turn, question)
    )
    return (
        f'<details class="mr-opinion"><summary class="mr-soft">{escape(opinion_title(opinion))}</summary>'
        f"{unscored}{rows}</details>"
    )


def _criterion(report: Report, question: QuestionReport, number: int, item: CriterionReport) -> str:
    if item.verdict is None:
        style = "unscored"
    elif item.kind is Kind.RED_FLAG:
        style = "flag" if shows_fault(item.credit) else "missing"
    else:
        style = item.verdict.value
    word = verdict_words(item.kind, item.verdict, item.credit)
    marks = []
    if item.kind is Kind.BONUS:
        marks.append("bonus")
    if item.expected_at_level:
        marks.append(f"expected at {report.level}")
    if item.group:
        marks.append(f"one of “{item.group.replace('-', ' ')}”")
    marks += verdict_notes(question, item)
    quote = ""
    if item.turn is not None:
        judged = report.turns[item.turn].verdict(item.id)
        if judged is not None and judged.evidence:
            quote = f'<div class="mr-quote">“{formulas_html(short(judged.evidence[0].text, QUOTED))}”</div>'
    soft = f' <span class="mr-soft">{escape(" · ".join(marks))}</span>' if marks else ""
    if contestable(report, question, item):
        place = report.questions.index(question)
        quote += (
            f"<div>{_button('mr-contest-target', f'{place}|{item.id}', 'I did say that', item.text)}</div>"
        )
    return (
        f'<div class="mr-crit"><span class="mr-v mr-v-{style}">{number}. {word}</span>'
        f"<div>{formulas_html(item.text)}{soft}{quote}</div></div>"
    )


def _colophon(report: Report) -> str:
    versions = "; ".join(f"{escape(key)} {escape(value)}" for key, value in report.versions.items())
    calibration = f", {escape(report.judge.calibration)}" if report.judge.calibration else ""
    return (
        f'<p class="mr-soft">Judge: {escape(report.judge.name)}{calibration}. {versions}. '
        f"Bands are ranges, not exact scores; the intervals behind them are in docs/scoring.md. {escape(report.notice)}</p>"
    )
