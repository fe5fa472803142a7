"""Reports as files: what stands in them, and that nobody's words break them or become markup."""

from __future__ import annotations

import asyncio
import io
import json
import re
from dataclasses import asdict, replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from pypdf import PdfReader
from round_world import make_world

from interviewer.build import Parts
from interviewer.export import FORMATS, render_report
from interviewer.export.markdown import escape, quote
from interviewer.owners import LOCAL_OWNER
from interviewer.report import Coming, Report
from rubrics import Assessment, CriterionAssessment, Evidence, JudgeRecord, Verdict

HOSTILE = [
    "# A heading\n\n| a | b |\n|---|---|\n- a list\n1. one\n===\n---",
    "</details><script>alert(1)</script><img src=x onerror=alert(1)>",
    "[click](javascript:alert(1)) ![pixel](https://evil.example/p.png) <https://evil.example>",
    "```\nunclosed fence",
    "a | b | c",
    "{{ 7 * 7 }} {% raw %} {# no #}",
    "x" * 3000,
    "Größe 漢字 עברית العربية 🧮👩‍👩‍👧 \u202e turned",
    "tab\there, vertical \x0b, form \x0c, next line \x85, separator \u2028, nothing \x00, bell \x07",
    "\n\n\n",
    "**bold** __under__ ~~struck~~ `code` \\ & &lt;b&gt;",
]


@pytest.fixture(scope="module")
def report(parts: Parts, tmp_path_factory: pytest.TempPathFactory) -> Report:
    """A round with a good answer, a failed assessment and a skipped follow-up."""
    url = f"sqlite:///{tmp_path_factory.mktemp('export') / 'rounds.db'}"

    async def play() -> Report:
        world = make_world(parts, url)
        view = await world.start()
        await world.say(view.id, "credit 0.9 The cache grows with batch and length.")
        await world.act(view.id, "skip")
        await world.say(view.id, "judge fails, so this stays open.")
        await world.act(view.id, "end")
        made = await world.service.report(view.id, LOCAL_OWNER)
        await world.service.aclose()
        return made

    return asyncio.run(play())


def opinion_on(criterion_ids: tuple[str, ...], words: str, reason: str | None = None) -> Assessment:
    """A second opinion that finds everything met in the words."""
    evidence = (Evidence(0, len(words), words),)
    criteria = tuple(CriterionAssessment(name, Verdict.MET, 1.0, evidence, words) for name in criterion_ids)
    return Assessment(1.0, 4, 0.1, criteria, (), reason, JudgeRecord("model", words or "m", "abc", None))


def with_answer(report: Report, answer: str) -> Report:
    """The report with somebody's words wherever words of a person or a model stand."""
    turns = tuple(
        replace(
            turn,
            answer=answer,
            feedback=answer,
            assessment=replace(turn.assessment, unscored_reason=answer),
            second_opinion=opinion_on(turn.criterion_ids, answer) if turn.answer else None,
            second_opinion_reason=answer,
        )
        for turn in report.turns
    )
    points = tuple(replace(point, evidence=answer) for point in report.strengths)
    return replace(report, turns=turns, strengths=points)


def text_of(report: Report, format_name: str) -> str:
    return render_report(report, format_name)[0].decode()


def pdf_pages(report: Report) -> list[str]:
    reader = PdfReader(io.BytesIO(render_report(report, "pdf")[0]), strict=True)
    return [" ".join(page.extract_text().split()) for page in reader.pages]


class Tags(HTMLParser):
    """Every tag with its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def tags(markdown: str) -> list[tuple[str, dict[str, str | None]]]:
    """The tags that a Markdown viewer makes of a report (CommonMark with tables; raw HTML is let through)."""
    return Tags(MarkdownIt("commonmark", {"html": True}).enable("table").render(markdown)).found


def test_the_media_types() -> None:
    assert set(FORMATS) == {"md", "json", "pdf"}


@pytest.mark.parametrize(
    ("format_name", "media_type"),
    [("md", "text/markdown; charset=utf-8"), ("json", "application/json"), ("pdf", "application/pdf")],
)
def test_every_format_has_its_media_type(report: Report, format_name: str, media_type: str) -> None:
    content, given_type = render_report(report, format_name)
    assert given_type == media_type
    assert len(content) > 500


def test_another_format_is_refused(report: Report) -> None:
    with pytest.raises(ValueError, match="docx"):
        render_report(report, "docx")


def test_json_is_the_report(report: Report) -> None:
    assert json.loads(text_of(report, "json")) == json.loads(json.dumps(asdict(report)))


def test_markdown_has_summary_turns_verdicts_and_model_answers(report: Report) -> None:
    text = text_of(report, "md")
    assert text.startswith("# Systems · IC3\n")
    for heading in ("## Three things to do next", "## Dimensions", "## What you showed"):
        assert heading in text
    assert "> credit 0.9 The cache grows with batch and length." in text
    assert "**You** (skipped)" in text
    assert "1 answer could not be scored" in text
    assert "does not answer; start it and retry." in text
    for question in report.questions:
        assert f". {question.title}\n" in text
        assert question.model_answer in text
    assert text.endswith("A pack for tests.\n\n") or text.rstrip().endswith("A pack for tests.")


def test_a_second_opinion_stands_beside_ours_and_says_that_it_does_not_count(report: Report) -> None:
    words = "grows with batch"
    first, *others = report.turns
    opinion = opinion_on(("cache-grows",), words)
    opinion = replace(opinion, judge=replace(opinion.judge, model="Qwen/Qwen3-8B"))
    waiting = replace(others[-1], second_opinion_reason="The model is away.")
    shown = replace(
        report,
        turns=(replace(first, second_opinion=opinion), *others[:-1], waiting),
        coming=Coming(2, 1),
    )
    text, printed = text_of(shown, "md"), " ".join(pdf_pages(shown))
    criterion = next(c.text for c in report.questions[0].criteria if c.id == "cache-grows")
    assert f"| {criterion} | met | met | “{words}” |" in text
    assert f"[met; the score says met] {criterion} — “{words}”" in printed
    for said in (text.replace("\\", ""), printed):
        assert "A second opinion by Qwen/Qwen3-8B (not calibrated; it does not count)" in said
        assert "No second opinion yet: The model is away." in said
        assert "still making 2 second opinions and advice on 1 answer; refresh" in said
    turn = json.loads(text_of(shown, "json"))["turns"][0]
    assert turn["second_opinion"].keys() == turn["assessment"].keys()
    assert turn["second_opinion"]["judge"]["calibration"] is None
    assert json.loads(text_of(shown, "json"))["coming"] == {"second_opinions": 2, "advice": 1}


def test_an_opinion_that_could_not_be_scored_gives_its_reason(report: Report) -> None:
    opinion = replace(opinion_on((), "m"), score=None, band=None, unscored_reason="It rambles.")
    shown = replace(report, turns=(replace(report.turns[0], second_opinion=opinion), *report.turns[1:]))
    assert "*It rambles.*" in text_of(shown, "md")
    assert "It rambles." in " ".join(pdf_pages(shown))


def test_the_pdf_begins_with_the_summary_and_goes_on_question_by_question(report: Report) -> None:
    first, *others = pdf_pages(report)
    assert first.startswith("Systems · IC3")
    assert "Overall: " in first
    assert "1 answer could not be scored" in first
    assert "Three things to do next" in first
    assert others[-1].endswith(
        f"{report.notice} mockround · {report.notice} {len(others) + 1}/{len(others) + 1}"
    )
    joined = " ".join([first, *others])
    for question in report.questions:
        assert question.title in joined
    assert "batch and length" in joined
    assert "(skipped)" in joined


def test_the_same_report_is_the_same_pdf(report: Report) -> None:
    assert render_report(report, "pdf") == render_report(report, "pdf")


@pytest.mark.parametrize("answer", HOSTILE, ids=lambda text: ascii(text)[:24])
def test_hostile_words_stay_words_in_markdown(report: Report, answer: str) -> None:
    plain = tags(text_of(with_answer(report, "words"), "md"))
    hostile = tags(text_of(with_answer(report, answer), "md"))
    counted = {
        "script",
        "img",
        "a",
        "h1",
        "h2",
        "table",
        "details",
        "strong",
        "del",
        "code",
        "pre",
        "tr",
        "td",
    }

    def shape(found: list[tuple[str, dict[str, str | None]]]) -> list[str]:
        return [tag for tag, _ in found if tag in counted]

    assert shape(hostile) == shape(plain)


@pytest.mark.parametrize("answer", HOSTILE, ids=lambda text: ascii(text)[:24])
def test_hostile_words_do_not_break_the_pdf(report: Report, answer: str) -> None:
    pages = pdf_pages(with_answer(report, answer))
    assert any("Model answer" in page for page in pages)
    assert not re.search(r"\bNone\b", " ".join(pages))


def test_a_character_that_the_font_lacks_is_shown_as_a_box(report: Report) -> None:
    assert "seen □ here" in " ".join(pdf_pages(with_answer(report, "seen \U0001f9ee here")))


@settings(max_examples=30)
@given(answer=st.text(max_size=200))
def test_any_text_can_be_exported(report: Report, answer: str) -> None:
    changed = with_answer(report, answer)
    assert json.loads(text_of(changed, "json"))["turns"][0]["answer"] == answer
    assert text_of(changed, "md").startswith("# Systems")


@settings(max_examples=6)
@given(answer=st.text(max_size=60))
def test_any_text_can_be_printed(report: Report, answer: str) -> None:
    assert render_report(with_answer(report, answer), "pdf")[0].startswith(b"%PDF-")


@given(st.text())
def test_escaped_text_is_one_line_and_quoted_text_is_all_quotation(text: str) -> None:
    assert "\n" not in escape(text)
    assert not re.search(r"(?<!\\)(?:\\\\)*[*_|<>`\[\]#]", escape(text))
    assert all(line.startswith("> ") for line in quote(text).splitlines())


def test_the_fonts_are_in_the_package() -> None:
    import interviewer.export.pdf as module

    fonts = Path(module.__file__).parent / "fonts"
    assert {path.name for path in fonts.glob("*.ttf")} >= {
        "DejaVuSans.ttf",
        "DejaVuSans-Bold.ttf",
        "DejaVuSansMono.ttf",
    }
