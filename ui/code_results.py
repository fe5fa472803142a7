"""A coding problem, what a run of code on it brought, and what stands behind it, as HTML. Pure formatting.

Every text is escaped or rendered without HTML of its own: much of it comes from a candidate's process.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from interviewer.after_solving import AfterSolving, Mistake
from interviewer.sandbox.results import CaseResult, CodeResult, Growth, ProblemView
from ui.notes import render_markdown

KINDS = {"algorithms": "Algorithms", "ml-coding": "ML coding"}
_LIBRARIES = {"numpy": "NumPy", "torch": "PyTorch"}
_OUTCOMES = {
    "wrong": "wrong answer",
    "raised": "exception",
    "too-slow": "too slow",
    "out-of-memory": "out of memory",
    "crashed": "crashed",
    "too-much-output": "printed too much",
    "not-run": "not run",
}
# The first failures are what is looked at; the others unfold.
_UNFOLDED = 2


def problem_card(view: ProblemView) -> str:
    """The problem as a candidate reads it: statement, signature, examples and limits."""
    libraries = [_LIBRARIES.get(name, name) for name in view.libraries]
    facts = (KINDS.get(view.kind, view.kind), view.level, f"{view.minutes} min", *libraries)
    topics = " ".join(f'<span class="mr-chip">{escape(topic)}</span>' for topic in view.topics)
    examples = "".join(
        f'<div class="mr-example"><pre>{escape(view.function)}({escape(item.args)})\n→ {escape(item.expected)}</pre>'
        f"{render_markdown(item.explains) if item.explains else ''}</div>"
        for item in view.examples
    )
    return (
        f'<article class="mr-card mr-problem"><h2>{escape(view.title)}</h2>'
        f'<p class="mr-soft">{escape(" · ".join(facts))}</p>{render_markdown(view.statement)}'
        f"<h3>Signature</h3><pre>{escape(view.signature)}</pre>"
        f"<h3>Example{'' if len(view.examples) == 1 else 's'}</h3>{examples}"
        f'<p class="mr-soft">One test may take {view.seconds:g} s of processor time and {view.memory_mb:,} MB of memory.</p>'
        f'<p class="mr-chips">{topics}</p></article>'
    )


def running_line(view: ProblemView) -> str:
    """By what code is run here, or, calmly, why it is not and what turns that on."""
    if view.runs:
        return f'<p class="mr-soft">{escape(view.running)}</p>'
    return (
        f'<p class="mr-notice">{escape(view.running)} '
        "Until then you can read the problems and write code, which is kept in this browser.</p>"
    )


def stopwatch(problem_id: str, minutes: int) -> str:
    """The time spent on a problem, counted in the browser (`code.js`), and a button that hides it."""
    return (
        f'<div class="mr-stopwatch" data-problem="{escape(problem_id)}"><span class="mr-stopwatch-text">Time spent '
        f'<b role="timer" class="mr-stopwatch-time">0:00</b> of about {minutes} min</span>'
        '<button type="button" class="mr-stopwatch-toggle" aria-pressed="false">Hide the timer</button></div>'
    )


def code_results(result: CodeResult) -> str:
    """What a run brought: how many passed, then every case that failed, then those that passed, folded."""
    if result.error is not None:
        return (
            '<div class="mr-run"><p role="status" class="mr-verdict mr-verdict-no"><b>No test could be run.</b></p>'
            f"<pre>{escape(result.error)}</pre></div>"
        )
    failed = [case for case in result.cases if not case.passed and case.outcome != "not-run"]
    not_run = [case for case in result.cases if case.outcome == "not-run"]
    passed = [case for case in result.cases if case.passed]
    cases = "".join(_failure(case, at < _UNFOLDED) for at, case in enumerate(failed))
    solved = "" if result.examples_only or not result.passed else f' data-solved="{escape(result.problem)}"'
    return f'<div class="mr-run"{solved}>{_headline(result, len(passed))}{cases}{_not_run(not_run)}{_passed(passed)}</div>'


def _headline(result: CodeResult, passed: int) -> str:
    what = "example" if result.examples_only else "test"
    number = len(result.cases)
    if not result.passed:
        words = f"<b>{passed} of {number} {what}s passed.</b>"
    elif result.examples_only:
        words = f"<b>{passed} of {number} {what}s passed.</b> Submit runs the hidden tests as well."
    else:
        words = f"<b>All tests passed: {passed} of {number}.</b>"
    return f'<p role="status" class="mr-verdict mr-verdict-{"yes" if result.passed else "no"}">{words}{_costs(result.cases)}</p>'


def _costs(cases: Sequence[CaseResult]) -> str:
    timed = [(case.time_ms, case.name) for case in cases if case.time_ms is not None]
    memory = [case.memory_mb for case in cases if case.memory_mb is not None]
    parts = []
    if timed:
        time_ms, name = max(timed)
        parts.append(f"slowest {_ms(time_ms)} ({escape(name)})")
    if memory:
        parts.append(f"largest memory {_mb(max(memory))}")
    return f' <span class="mr-soft">{", ".join(parts)}</span>' if parts else ""


def _failure(case: CaseResult, unfolded: bool) -> str:
    rows = [("Input", case.args)]
    if case.expected is not None:
        rows.append(("Expected", case.expected))
    if case.got is not None:
        rows.append(("Raised" if case.outcome == "raised" else "Got", case.got))
    if case.stdout:
        rows.append(("Printed", case.stdout))
    values = "".join(f"<dt>{name}</dt><dd><pre>{escape(text)}</pre></dd>" for name, text in rows)
    hidden = "" if case.visible else " A hidden test does not show what it expects."
    used = _used(case)
    return (
        f'<details class="mr-case"{" open" if unfolded else ""}><summary><b>{escape(case.name)}</b> '
        f'<span class="mr-v mr-v-contradicted">{_OUTCOMES.get(case.outcome, case.outcome)}</span>'
        f"{f' <span class=mr-soft>{used}</span>' if used else ''}</summary>"
        f"<p>{escape(case.message)}{hidden}</p><dl>{values}</dl></details>"
    )


def _not_run(cases: Sequence[CaseResult]) -> str:
    if not cases:
        return ""
    names = ", ".join(escape(case.name) for case in cases)
    number = f"{len(cases)} test was" if len(cases) == 1 else f"{len(cases)} tests were"
    return (
        f'<details class="mr-case"><summary class="mr-soft">{number} not run</summary>'
        f"<p>{escape(cases[0].message)}</p><p>{names}</p></details>"
    )


def _passed(cases: Sequence[CaseResult]) -> str:
    if not cases:
        return ""
    rows = "".join(
        f"<tr><td>{escape(case.name)}</td><td>{'' if case.time_ms is None else _ms(case.time_ms)}</td>"
        f"<td>{'' if case.memory_mb is None else _mb(case.memory_mb)}</td>"
        f"<td>{f'<pre>{escape(case.stdout)}</pre>' if case.stdout else ''}</td></tr>"
        for case in cases
    )
    return (
        f'<details class="mr-case"><summary class="mr-soft">{len(cases)} passed, with time and memory</summary>'
        '<div class="mr-scroll"><table><thead><tr><th scope="col">Test</th><th scope="col">Time</th>'
        f'<th scope="col">Memory</th><th scope="col">Printed</th></tr></thead><tbody>{rows}</tbody></table></div></details>'
    )


def _used(case: CaseResult) -> str:
    parts = [] if case.time_ms is None else [_ms(case.time_ms)]
    if case.memory_mb is not None:
        parts.append(_mb(case.memory_mb))
    return ", ".join(parts)


def _ms(value: float) -> str:
    return _figure(value, "ms")


def _mb(value: float) -> str:
    return _figure(value, "MB")


def _figure(value: float, unit: str) -> str:
    if value < 0.05:
        return f"under 0.1 {unit}"
    return f"{value:,.0f} {unit}" if value >= 10 else f"{value:.1f} {unit}"


def growth_card(growth: Growth) -> str:
    """How the time grew, beside what the problem states; where nothing could be measured, that and why."""
    low, high = growth.allowed
    stated = (
        f"The problem states {escape(growth.stated_time)} time and {escape(growth.stated_space)} space, "
        f"for which the exponent lies between {low:g} and {high:g}."
    )
    if growth.exponent is None:
        words = escape(growth.note)
    else:
        fits = "That fits." if growth.within else "That does not fit."
        words = f"<b>Time grows like n<sup>{growth.exponent:g}</sup>.</b> {fits}"
        if growth.note:
            words += f" {escape(growth.note)}"
    rows = "".join(
        f"<tr><td>{point.n:,}</td><td>{point.time_ms:,.3g} ms</td><td>{point.runs}</td></tr>"
        for point in growth.points
    )
    table = (
        '<details><summary class="mr-soft">Measured</summary><div class="mr-scroll"><table><thead><tr>'
        '<th scope="col">n</th><th scope="col">Median time</th><th scope="col">Runs</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div></details>"
    )
    return f'<div class="mr-run"><h3>Growth</h3><p>{words} {stated}</p>{table if rows else ""}</div>'


def after_card(after: AfterSolving) -> str:
    """What was kept back until now, folded: solutions, typical mistakes, follow-ups, sources."""
    solutions = "".join(
        _folded("Show the reference solution" if at == 0 else "Show another correct solution", _code(text))
        for at, text in enumerate(after.solutions)
    )
    mistakes = "".join(_mistake(item) for item in after.mistakes)
    follow_ups = "".join(f"<li>{escape(text)}</li>" for text in after.follow_ups)
    sources = "".join(
        f'<li><a href="{escape(url)}" target="_blank" rel="noopener noreferrer">{escape(title)}</a></li>'
        for title, url in after.sources
    )
    return (
        f'<div class="mr-run"><h3>Behind the problem</h3>{solutions}'
        f"{_folded('Show typical wrong solutions', mistakes)}"
        f"{_folded('What an interviewer asks next', f'<ul>{follow_ups}</ul>') if follow_ups else ''}"
        f"{_folded('Sources', f'<ul>{sources}</ul>')}</div>"
    )


def _mistake(item: Mistake) -> str:
    caught = ", ".join(f"<code>{escape(name)}</code>" for name in item.caught_by)
    return (
        f"<h4>{escape(item.name.capitalize())}</h4>{render_markdown(item.why)}"
        f'<p class="mr-soft">Caught first by {caught}</p>{_code(item.code)}'
    )


def _folded(title: str, html: str) -> str:
    return f'<details class="mr-case"><summary>{escape(title)}</summary>{html}</details>'


def _code(text: str) -> str:
    return f"<pre><code>{escape(text.strip())}</code></pre>"
