"""From views and reports to HTML and chat messages. Pure formatting; every text of a person or a model is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from interviewer.report import BAND_NAMES, CriterionReport, QuestionReport, Report, TurnReport
from interviewer.views import SessionLine, SessionView
from rubrics import Kind, Verdict

_VERDICT_WORDS = {
    Verdict.MET: "met",
    Verdict.PARTIAL: "partly",
    Verdict.MISSING: "missing",
    Verdict.CONTRADICTED: "contradicted",
}
_FLAG_WORDS = {
    "injection": "text that instructs the grader was set aside",
    "question_echo": "repeats the question",
    "rubric_echo": "repeats the rubric",
    "off_topic": "is about something else",
    "too_short": "is very short",
    "gibberish": "has no meaning that could be read",
    "dont_know": "says that you do not know",
    "empty": "has no text",
    "skipped": "was skipped",
    "model_answer_copy": "is the model answer",
    "unsupported_language": "is in a language that this judge cannot read",
}
RED_FLAG_SHOWN = 0.5

Messages = list[dict[str, Any]]


def chat_messages(view: SessionView) -> Messages:
    """The transcript as chat messages. Markdown of the candidate is not rendered, so that code stays as typed."""
    return [
        message(
            "assistant" if line.speaker == "interviewer" else "user", line.text, fresh=line.origin == "model"
        )
        for line in view.lines
    ]


def message(role: str, text: str, fresh: bool = False) -> dict[str, Any]:
    """One chat message; `fresh` marks words that a language model chose."""
    if role == "user":
        return {"role": "user", "content": _fenced(text)}
    data: dict[str, Any] = {"role": "assistant", "content": text}
    if fresh:
        data["metadata"] = {"title": "fresh follow-up"}
    return data


def _fenced(text: str) -> str:
    """Text with code stays readable; text without is escaped so that Markdown and HTML show as typed."""
    if "```" in text:
        return text
    looks_like_code = (
        sum(
            line.startswith(("    ", "\t", "def ", "import ", "for ", "class ")) for line in text.splitlines()
        )
        >= 2
    )
    if looks_like_code:
        return f"```\n{text}\n```"
    out = escape(text, quote=False)
    for ch in "\\`*_{}[]#|~$":
        out = out.replace(ch, "\\" + ch)
    return out.replace("\n", "  \n")


def side_panel(view: SessionView) -> str:
    """Time, progress and coverage of a running round."""
    left = view.minutes * 60 - view.elapsed_s
    running = "1" if not view.paused and not view.finished else "0"
    kind = {"question": "Question", "follow_up": "Follow-up to question"}.get(
        view.turn_kind or "", "Question"
    )
    dots = "".join(
        f'<div class="mr-cover"><span class="mr-dot{" on" if item.asked else ""}"></span>'
        f"{escape(item.title)}{f' · {item.asked}' if item.asked else ''}</div>"
        for item in view.coverage
    )
    state = "paused" if view.paused else "finished" if view.finished else "running"
    pending = (
        f"<dt>Waiting to be scored</dt><dd>{view.pending}</dd>"
        if view.pending and view.phase != "answered"
        else ""
    )
    sign = "-" if left < 0 else ""
    return (
        f'<div class="mr-card mr-side"><b>{escape(view.round_title)} · {escape(view.level)}</b>'
        f"<dl><dt>Time left ({state})</dt>"
        f'<dd class="mr-clock" data-left="{left:.0f}" data-running="{running}">{sign}{int(abs(left)) // 60}:{int(abs(left)) % 60:02d}</dd>'
        f"<dt>{kind}</dt><dd>{view.question_number} of up to {view.questions}</dd>{pending}"
        f"<dt>Covered</dt><dd>{dots}</dd></dl></div>"
    )


def band_badge(band: int | None) -> str:
    """A band in words, coloured."""
    if band is None:
        return '<span class="mr-band">unscored</span>'
    return f'<span class="mr-band mr-band-{band}">{BAND_NAMES[band]}</span>'


def session_label(item: SessionLine) -> str:
    """A stored session in one line."""
    return f"{item.title}  —  {item.updated_at[:10]} {item.updated_at[11:16]} UTC  —  {'finished' if item.finished else 'open'}"


def report_page(report: Report) -> str:
    """The whole report as HTML."""
    parts = [
        '<div class="mr-report">',
        f"<h1>{escape(report.round_title)} · {escape(report.level)} &nbsp;{band_badge(report.band)}</h1>",
        f'<p class="mr-soft">{escape(report.pack_title)} · {report.started_at[:10]} · {report.minutes_used:.0f} min'
        f"{'' if report.finished else ' · not finished yet'}</p>",
        _downloads(report.session_id),
    ]
    if report.score is None:
        parts.append('<p class="mr-notice">Nothing has been scored yet.</p>')
    if report.unscored:
        parts.append(
            f'<p class="mr-notice">{report.unscored} answer{"s were" if report.unscored > 1 else " was"} not scored. '
            "The reason stands beside it; nothing was guessed in its place.</p>"
        )
    parts += [_next_steps(report), _dimensions(report), _points(report)]
    parts += [_question(report, number, question) for number, question in enumerate(report.questions, 1)]
    parts.append(_colophon(report))
    parts.append("</div>")
    return "\n".join(parts)


def _downloads(session_id: str) -> str:
    base = f"/api/v1/sessions/{escape(session_id)}/report?format="
    links = " · ".join(
        f'<a href="{base}{name}" download>{title}</a>'
        for name, title in (("pdf", "PDF"), ("md", "Markdown"), ("json", "JSON"))
    )
    return f'<p class="mr-soft">Keep it: {links}</p>'


def _next_steps(report: Report) -> str:
    if not report.practise_next:
        return ""
    items = "".join(
        f"<li><b>{escape(point.question)}</b>: {escape(point.text)}{_first_reading(point.read)}</li>"
        for point in report.practise_next
    )
    return f"<h2>What to do next</h2><ol>{items}</ol>"


def _first_reading(read: Sequence[Any]) -> str:
    return f' <span class="mr-soft">Read: {_link(read[0])}</span>' if read else ""


def _link(reading: Any) -> str:
    title = escape(reading.title)
    if reading.where.startswith(("http://", "https://")):
        return f'<a href="{escape(reading.where)}" target="_blank" rel="noopener noreferrer">{title}</a>'
    return f"{title} <code>{escape(reading.where)}</code>"


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
    return f"<h2>Dimensions</h2>{''.join(rows)}"


def _points(report: Report) -> str:
    html = ""
    if report.strengths:
        items = "".join(
            f"<li>{escape(p.text)}{f' <span class=mr-quote>“{escape(_short(p.evidence))}”</span>' if p.evidence else ''}</li>"
            for p in report.strengths
        )
        html += f"<h2>What you showed</h2><ul>{items}</ul>"
    if report.gaps:
        items = "".join(
            f'<li>{escape(p.text)} <span class="mr-soft">({escape(p.question)})</span></li>'
            for p in report.gaps
        )
        html += f"<h2>What was missing</h2><ul>{items}</ul>"
    return html


def _question(report: Report, number: int, question: QuestionReport) -> str:
    held = (
        f' <span class="mr-soft">held down by what {escape(report.level)} must show</span>'
        if question.capped
        else ""
    )
    why = f'<p class="mr-notice">{escape(question.unscored_reason)}</p>' if question.unscored_reason else ""
    turns = "".join(_turn(report.turns[place]) for place in question.turns)
    criteria = "".join(_criterion(report, item) for item in question.criteria if _is_shown(item))
    read = "".join(f"<li>{_link(item)}</li>" for item in question.read)
    return (
        f'<div class="mr-card"><h2>{number}. {escape(question.title)} &nbsp;{band_badge(question.band)}{held}</h2>{why}{turns}'
        f"<h3>Criteria</h3>{criteria}"
        f'<details class="mr-model"><summary><b>Model answer</b></summary><pre>{escape(question.model_answer)}</pre></details>'
        f"<details><summary><b>A common wrong answer</b></summary><p>“{escape(question.common_wrong_answer)}”</p>"
        f"<p>{escape(question.why_wrong)}</p></details>"
        f"<h3>Read</h3><ul>{read}</ul></div>"
    )


def _is_shown(item: CriterionReport) -> bool:
    return item.kind is not Kind.RED_FLAG or (item.credit or 0.0) >= RED_FLAG_SHOWN


def _turn(turn: TurnReport) -> str:
    label = "Question" if turn.kind == "question" else "Follow-up"
    fresh = " (fresh)" if turn.origin == "model" else ""
    notes = [_FLAG_WORDS.get(flag, flag) for flag in turn.assessment.flags]
    if turn.hints:
        notes.append(f"{turn.hints} hint{'s' if turn.hints > 1 else ''} used")
    noted = f'<p class="mr-soft">This answer: {escape("; ".join(notes))}.</p>' if notes else ""
    reason = turn.assessment.unscored_reason
    unscored = f'<p class="mr-notice">{escape(reason)}</p>' if reason else ""
    feedback = f"<p>{escape(turn.feedback)}</p>" if turn.feedback else ""
    answer = f'<div class="mr-answer">{highlight(turn)}</div>' if turn.answer else ""
    return (
        f'<p><b>{label}{fresh}</b></p><div class="mr-prompt">{escape(turn.prompt)}</div>'
        f"<p><b>You</b></p>{answer}{noted}{unscored}{feedback}"
    )


def highlight(turn: TurnReport) -> str:
    """The answer with every credited span marked; spans that overlap are joined."""
    spans: list[tuple[int, int, bool]] = []
    for item in turn.assessment.criteria:
        if item.verdict in (Verdict.MET, Verdict.PARTIAL, Verdict.CONTRADICTED):
            bad = item.verdict is Verdict.CONTRADICTED
            spans += [(piece.start, piece.end, bad) for piece in item.evidence]
    html, at = [], 0
    for start, end, bad in sorted(spans):
        start = max(start, at)
        if end <= start:
            continue
        html.append(escape(turn.answer[at:start]))
        html.append(f"<mark{' class=bad' if bad else ''}>{escape(turn.answer[start:end])}</mark>")
        at = end
    html.append(escape(turn.answer[at:]))
    return "".join(html)


def _criterion(report: Report, item: CriterionReport) -> str:
    if item.kind is Kind.RED_FLAG:
        word, style = "red flag", "flag"
    elif item.verdict is None:
        word, style = "unscored", "missing"
    else:
        word, style = _VERDICT_WORDS[item.verdict], item.verdict.value
    marks = []
    if item.kind is Kind.BONUS:
        marks.append("bonus")
    if item.expected_at_level:
        marks.append(f"expected at {report.level}")
    if item.group:
        marks.append(f"one of “{item.group}”")
    quote = ""
    if item.turn is not None:
        judged = next(c for c in report.turns[item.turn].assessment.criteria if c.id == item.id)
        if judged.evidence:
            quote = f'<div class="mr-quote">“{escape(_short(judged.evidence[0].text))}”</div>'
    soft = f' <span class="mr-soft">{escape(" · ".join(marks))}</span>' if marks else ""
    return (
        f'<div class="mr-crit"><span class="mr-v mr-v-{style}">{word}</span>'
        f"<div>{escape(item.text)}{soft}{quote}</div></div>"
    )


def _colophon(report: Report) -> str:
    versions = "; ".join(f"{escape(key)} {escape(value)}" for key, value in report.versions.items())
    calibration = f", {escape(report.judge.calibration)}" if report.judge.calibration else ""
    return (
        f'<p class="mr-soft">Judge: {escape(report.judge.name)}{calibration}. {versions}. '
        f"Bands are ranges, not exact scores; the intervals behind them are in docs/scoring.md. {escape(report.notice)}</p>"
    )


def _short(text: str, limit: int = 220) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else flat[: limit - 1].rstrip() + "…"
