"""What the page shows of chats, views and reports: texts as they were typed, evidence where it is, nothing that fetches."""

import re
from dataclasses import dataclass, replace
from html.parser import HTMLParser

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from interviewer.events import CodeSubmitted
from interviewer.modes import Mode
from interviewer.report import (
    Coming,
    CriterionReport,
    DimensionReport,
    Point,
    QuestionReport,
    Reading,
    Report,
    TurnReport,
)
from interviewer.views import Coverage, LineView, SessionLine, SessionView
from rubrics import Assessment, CriterionAssessment, Evidence, JudgeRecord, Kind, Verdict
from ui.chat import as_typed, chat_messages, message, session_label, side_panel
from ui.evidence import CriterionLabel, highlight
from ui.formulas import pieces
from ui.notes import render_markdown, render_notes
from ui.render import band_badge, report_page

HOSTILE = '<script>alert(1)</script> <img src="http://evil.example/x" onerror=alert(2)> "quoted" & \'single\''
JUDGE = JudgeRecord("embedded", "", None, "by hand")
LABELS = {name: CriterionLabel(place, f"Says {name}.") for place, name in enumerate("abc", 1)}
# As the chat renders Markdown: raw HTML allowed, so that escaping is ours to do.
CHAT_MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


class Page(HTMLParser):
    """The parts of some HTML that the tests ask about."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.marked: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("br", "img", "hr", "input", "link", "meta"):
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "sup" in self._open:
            return
        self.words.append(data)
        if "mark" in self._open:
            self.marked.append(data)

    @property
    def text(self) -> str:
        """What can be read, without the evidence's numbers."""
        return "".join(self.words)

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]


def assert_inert(html: str) -> None:
    """Nothing in it runs or fetches."""
    for tag, attrs in Page(html).tags:
        assert tag not in (
            "script",
            "img",
            "iframe",
            "object",
            "embed",
            "style",
            "link",
            "video",
            "audio",
            "svg",
        )
        assert (
            not any(name.startswith("on") or name in ("src", "srcset", "style") for name in attrs)
            or tag == "i"
        )
        assert "javascript:" not in (attrs.get("href") or "")


# The chat


@pytest.mark.parametrize(
    "text",
    [
        HOSTILE,
        "```\n" + HOSTILE + "\n```\n" + HOSTILE,
        "~~~ html\n</code></pre>" + HOSTILE,
        "![x](http://evil.example/y.png) [z](javascript:alert(1)) <b>bold</b>",
        "before\n\n<div>\n" + HOSTILE + "\n</div>\n\n    " + HOSTILE,
    ],
)
@pytest.mark.parametrize("role", ["user", "assistant"])
def test_hostile_text_of_anybody_stays_text_in_the_chat(text: str, role: str) -> None:
    assert_inert(CHAT_MARKDOWN.render(message(role, text)["content"]))


@pytest.mark.parametrize(
    "text",
    [
        "* not a list\n- nor this\n+ nor this\n3. nor this\n4) nor this",
        "# not a heading\nnor this\n===\n---\n> nor a quote",
        "snake_case_name, 2*3*4, a|b|c, `tick`, ~~tilde~~, C:\\path, $5 and $$",
        "a < b && c > d; &lt; stays",
        "see http://example.org and www.example.org",
    ],
)
def test_prose_is_shown_as_typed(text: str) -> None:
    page = Page(CHAT_MARKDOWN.render(as_typed(text)))
    assert page.text.strip().replace("\xa0", " ") == text
    assert {tag for tag, _ in page.tags} <= {"p", "br"}


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cn", "Cs", "Zl", "Zp")), max_size=60))
def test_any_line_is_shown_as_typed(line: str) -> None:
    assume(list(pieces(line)) in ([], [line]))
    shown = Page(CHAT_MARKDOWN.render(as_typed(line))).text
    assert "".join(shown.split()) == "".join(line.split()) or line.lstrip().startswith(("```", "~~~"))


@given(
    st.lists(
        st.sampled_from(
            ["", "```", "````", "~~~", "``` python", "x = '<b>'", "    deep", "![i](http://e/i)", HOSTILE]
        )
        | st.text("`~<>[]()!# -\t=ax", max_size=12),
        max_size=12,
    )
)
def test_no_mixture_of_fences_and_markup_comes_to_life(lines: list[str]) -> None:
    for role in ("user", "assistant"):
        assert_inert(CHAT_MARKDOWN.render(message(role, "\n".join(lines))["content"]))


def test_fenced_code_keeps_its_indentation_and_language() -> None:
    shown = CHAT_MARKDOWN.render(as_typed("Like so:\n```python\nif x:\n    y *= 2\n```\nand *done*"))
    assert '<pre><code class="language-python">if x:\n    y *= 2\n</code></pre>' in shown
    assert "and *done*" in Page(shown).text


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("I would write\ndef f(x):\n    return x * 2\n\nand test it", "def f(x):\n    return x * 2\n"),
        (
            "import torch\n\nfor p in net:\n    p.grad = None",
            "import torch\n\nfor p in net:\n    p.grad = None\n",
        ),
    ],
)
def test_code_pasted_without_a_fence_is_set_apart(text: str, code: str) -> None:
    shown = CHAT_MARKDOWN.render(message("user", text)["content"])
    assert f"<pre><code>{code}</code></pre>" in shown


@pytest.mark.parametrize(
    "text", ["for example, this is prose\nwith two lines", "return later\n\nimport duties apply"]
)
def test_prose_that_begins_like_code_is_no_code(text: str) -> None:
    assert "<pre>" not in CHAT_MARKDOWN.render(message("user", text)["content"])


def test_words_of_a_model_are_marked_as_fresh() -> None:
    lines = (
        LineView(1, "interviewer", "From the bank.", "question", 0, "bank", ""),
        LineView(2, "candidate", "Mine.", None, 0, "candidate", ""),
        LineView(3, "interviewer", "From a model.", "follow_up", 1, "model", ""),
    )
    shown = chat_messages(replace(VIEW, lines=lines))
    assert [item["role"] for item in shown] == ["assistant", "user", "assistant"]
    assert ["metadata" in item for item in shown] == [False, False, True]


# The panel at the side and the list of sessions

VIEW = SessionView(
    id="s1",
    title="Systems · IC3",
    pack="tiny",
    round="systems",
    round_title="Systems <b>",
    level="IC3",
    phase="open",  # type: ignore[arg-type]
    paused=False,
    finished=False,
    turn=0,
    turn_kind="question",
    question_number=2,
    questions=4,
    hints_left=1,
    elapsed_s=95.0,
    minutes=30,
    pending=0,
    coverage=(Coverage("systems", "Systems", 2), Coverage("math", "Math <i>", 0)),
    lines=(),
    seq=7,
)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, ["Time left", "28:25", "2 of up to 4", "Systems: 2", "Math <i>: not yet"]),
        ({"turn_kind": "follow_up"}, ["2 of up to 4, follow-up"]),
        ({"elapsed_s": 30 * 60 + 61.0}, ["+1:01"]),
        ({"minutes": 300}, ["4:58:25"]),
        ({"paused": True}, ["Time left (paused)"]),
        ({"pending": 2}, ["Waiting to be scored", "2"]),
        ({"phase": "closing_questions"}, ["your own questions"]),
        ({"phase": "finished", "finished": True}, ["Time left (finished)"]),
        ({"mode": Mode.STUDY}, ["Time used", "1:35"]),
    ],
)
def test_side_panel(change: dict[str, object], words: list[str]) -> None:
    html = side_panel(replace(VIEW, **change))  # type: ignore[arg-type]
    page = Page(html)
    for word in words:
        assert word in page.text
    assert "Systems <b> · IC3" in page.text
    still = change.get("paused") or change.get("finished")
    step = "0" if still else "1" if change.get("mode") is Mode.STUDY else "-1"
    assert page.named("dd")[0]["data-step"] == step


def test_an_answer_under_judgement_is_not_called_waiting() -> None:
    assert "Waiting" not in side_panel(replace(VIEW, pending=1, phase="answered"))  # type: ignore[arg-type]


def test_session_label_names_round_day_and_state() -> None:
    item = SessionLine("s1", "Systems · IC3", "", "2026-03-02T10:15:00+00:00", False)
    assert session_label(item) == "Systems · IC3  —  2026-03-02 10:15 UTC  —  open"
    assert session_label(replace(item, finished=True)).endswith("finished")


# Evidence in the answer


def judged(name: str, verdict: Verdict, answer: str, *spans: tuple[int, int]) -> CriterionAssessment:
    return CriterionAssessment(
        name, verdict, 0.5, tuple(Evidence(start, end, answer[start:end]) for start, end in spans)
    )


def test_evidence_names_its_criterion_and_its_number() -> None:
    answer = "It grows with length. And heads."
    html = highlight(answer, [judged("b", Verdict.MET, answer, (0, 21))], LABELS)
    assert html == '<mark title="2. Says b. (met)">It grows with length.<sup>2</sup></mark> And heads.'


def test_evidence_that_overlaps_names_every_criterion() -> None:
    answer = "abcdef"
    found = [judged("a", Verdict.MET, answer, (0, 4)), judged("b", Verdict.PARTIAL, answer, (2, 6))]
    page = Page(highlight(answer, found, LABELS))
    assert [mark["title"] for mark in page.named("mark")] == [
        "1. Says a. (met)",
        "1. Says a. (met); 2. Says b. (partly)",
        "2. Says b. (partly)",
    ]
    assert page.text == answer


@pytest.mark.parametrize(
    ("verdict", "fault", "bad"),
    [
        (Verdict.MET, False, False),
        (Verdict.PARTIAL, False, False),
        (Verdict.CONTRADICTED, False, True),
        (Verdict.MET, True, True),
    ],
)
def test_wrong_words_look_different(verdict: Verdict, fault: bool, bad: bool) -> None:
    labels = {"a": CriterionLabel(1, "Says a.", fault)}
    page = Page(highlight("words", [judged("a", verdict, "words", (0, 5))], labels))
    assert (page.named("mark")[0].get("class") == "bad") is bad


def test_missing_and_unlisted_criteria_are_not_marked() -> None:
    found = [judged("a", Verdict.MISSING, "words", (0, 5)), judged("z", Verdict.MET, "words", (0, 5))]
    assert highlight("words", found, LABELS) == "words"


@st.composite
def answers_with_evidence(draw: st.DrawFn) -> tuple[str, list[CriterionAssessment]]:
    answer = draw(st.text(st.sampled_from("ab <>&\"'\n\t语é😀"), max_size=40))
    place = st.integers(0, len(answer))
    spans = st.lists(st.tuples(place, place), max_size=4)
    verdicts = st.sampled_from(list(Verdict))
    return answer, [judged(name, draw(verdicts), answer, *draw(spans)) for name in "abc"]


@given(answers_with_evidence())
def test_marks_cover_the_evidence_and_change_no_letter(case: tuple[str, list[CriterionAssessment]]) -> None:
    answer, found = case
    page = Page(highlight(answer, found, LABELS))
    assert page.text == answer
    covered = {
        at
        for item in found
        if item.verdict is not Verdict.MISSING
        for piece in item.evidence
        for at in range(piece.start, piece.end)
    }
    assert "".join(page.marked) == "".join(answer[at] for at in sorted(covered))


# Notes


def test_a_note_is_rendered_without_html_images_or_scripts() -> None:
    html = render_markdown(
        f"**bold** {HOSTILE} ![i](http://evil.example/i.png) [l](javascript:alert(1))\n\n|a|\n|-|\n|1|"
    )
    assert_inert(html)
    assert "<strong>bold</strong>" in html
    assert "<table>" in html
    assert HOSTILE.split(" ")[0] in Page(html).text


def test_links_of_a_note_open_elsewhere() -> None:
    (link,) = Page(render_markdown("[paper](https://example.org/p)")).named("a")
    assert link == {"href": "https://example.org/p", "target": "_blank", "rel": "noopener noreferrer"}


@dataclass(frozen=True)
class Section:
    heading: str
    text: str


@dataclass(frozen=True)
class Note:
    name: str
    sections: tuple[Section, ...]


def test_notes_are_found_by_the_place_that_a_report_names() -> None:
    note = Note("kv-cache", (Section("KV cache", "Keys and values."), Section("Size <b>", "It grows.")))
    notes = render_notes([note])
    assert list(notes) == ["notes/kv-cache.md"]
    text = Page(notes["notes/kv-cache.md"]).text
    assert "KV cache" not in text, "the title stands where the note unfolds"
    assert "Size <b>" in text
    assert "It grows." in text


# The report

ANSWER = f"It grows with the length. {HOSTILE}"
NOTE = Reading("The KV cache", "notes/kv-cache.md")
PAPER = Reading("A paper", "https://example.org/paper")


def make_turn(**change: object) -> TurnReport:
    criteria = (judged("grows", Verdict.MET, ANSWER, (0, 25)), judged("bytes", Verdict.MISSING, ANSWER))
    turn = TurnReport(
        kind="question",
        question_id="q1",
        criterion_ids=(),
        prompt="How large is it?",
        answer=ANSWER,
        origin="bank",
        assessment=Assessment(0.5, 2, 0.1, criteria, (), None, JUDGE),
        feedback="",
        hints=0,
        skipped=False,
        seconds=60.0,
        grounds=(),
        model=None,
    )
    return replace(turn, **change)  # type: ignore[arg-type]


def make_criterion(name: str, verdict: Verdict | None, **change: object) -> CriterionReport:
    item = CriterionReport(
        id=name,
        text=f"Says that it {name}.",
        kind=Kind.REQUIRED,
        dimension="design",
        weight=1.0,
        group=None,
        expected_at_level=True,
        verdict=verdict,
        credit=None if verdict is None else 0.5,
        turn=0 if verdict is not None else None,
    )
    return replace(item, **change)  # type: ignore[arg-type]


QUESTION = QuestionReport(
    question_id="q1",
    title="The KV cache",
    category="systems",
    level="IC3",
    score=0.5,
    band=2,
    capped=False,
    uncertainty=0.1,
    unscored_reason=None,
    criteria=(make_criterion("grows", Verdict.MET), make_criterion("bytes", Verdict.MISSING)),
    turns=(0,),
    model_answer="Two numbers a token: <key, value>.",
    common_wrong_answer="It is constant.",
    why_wrong="It is not.",
    read=(NOTE, PAPER),
)
REPORT = Report(
    session_id="s1",
    pack="tiny",
    pack_title="Test role",
    notice="A pack for tests.",
    level="IC3",
    round="systems",
    round_title="Systems",
    started_at="2026-03-02T10:00:00+00:00",
    minutes_used=12.0,
    finished=True,
    score=0.5,
    band=2,
    band_name="borderline",
    uncertainty=0.1,
    unscored=0,
    dimensions=(
        DimensionReport("design", "Design", 0.5, 2),
        DimensionReport("culture", "Culture", None, None),
    ),
    questions=(QUESTION,),
    turns=(make_turn(),),
    strengths=(Point("q1", "The KV cache", "grows", "Says that it grows.", "It grows"),),
    gaps=(Point("q1", "The KV cache", "bytes", "Says that it bytes."),),
    practise_next=(Point("q1", "The KV cache", "bytes", "Says that it bytes.", "", (NOTE,)),),
    judge=JUDGE,
    versions={"mockround": "0.0"},
)
NOTES = {"notes/kv-cache.md": "<p>Keys and <strong>values</strong>.</p>"}


def test_report_shows_bands_verdicts_evidence_and_model_answer() -> None:
    html = report_page(REPORT, NOTES)
    page = Page(html)
    assert_inert(html)
    for words in (
        "borderline",
        "not asked in this round",
        "from 0.62 hire",
        "1. met",
        "2. missing",
        "expected at IC3",
        "Two numbers a token: <key, value>.",
        "It is constant.",
        "Judge: embedded, by hand",
        ANSWER,
    ):
        assert words in page.text, words
    assert page.marked == ["It grows with the length."]
    assert "1. Says that it grows. (met)" in [mark["title"] for mark in page.named("mark")]


def opinion(*criteria: CriterionAssessment, **change: object) -> Assessment:
    record = JudgeRecord("model", "Qwen/Qwen3-8B <b>", "abc", None)
    return replace(Assessment(0.9, 4, 0.1, criteria, (), None, record), **change)  # type: ignore[arg-type]


def test_a_second_opinion_unfolds_under_its_turn_and_changes_nothing_else() -> None:
    second = opinion(judged("grows", Verdict.MISSING, ANSWER), judged("bytes", Verdict.MET, ANSWER, (3, 30)))
    shown = replace(REPORT, turns=(make_turn(second_opinion=second),), coming=Coming(1, 0))
    html, before = report_page(shown, NOTES), Page(report_page(REPORT, NOTES))
    page = Page(html)
    assert_inert(html)
    assert "A second opinion by Qwen/Qwen3-8B <b> (not calibrated; it does not count)" in page.text
    assert "missingSays that it grows. the score says: met" in page.text
    assert "metSays that it bytes. the score says: missing" in page.text
    assert f"“{ANSWER[3:30]}”" in page.text
    assert "still making 1 second opinion; refresh to see what has come." in page.text
    assert "second opinion" not in before.text
    assert page.marked == before.marked


def test_a_red_flag_is_in_a_second_opinion_only_where_somebody_sees_it() -> None:
    flags = tuple(make_criterion(name, None, kind=Kind.RED_FLAG) for name in ("lies", "boasts"))
    question = replace(QUESTION, criteria=(*QUESTION.criteria, *flags))
    second = opinion(
        replace(judged("lies", Verdict.MET, ANSWER, (0, 5)), credit=0.9),
        replace(judged("boasts", Verdict.MISSING, ANSWER), credit=0.1),
    )
    shown = replace(REPORT, questions=(question,), turns=(make_turn(second_opinion=second),))
    text = Page(report_page(shown, NOTES)).text
    assert "red flagSays that it lies. the score says: unscored" in text
    assert "boasts" not in text


def test_why_there_is_no_second_opinion_is_said() -> None:
    waiting = replace(REPORT, turns=(make_turn(second_opinion_reason=f"It is away. {HOSTILE}"),))
    unread = replace(
        REPORT,
        turns=(make_turn(second_opinion=opinion(score=None, band=None, unscored_reason="It rambles.")),),
    )
    assert_inert(report_page(waiting, NOTES))
    assert "No second opinion yet: It is away. <script>" in Page(report_page(waiting, NOTES)).text
    assert "It rambles." in Page(report_page(unread, NOTES)).text


def test_notes_unfold_in_the_report_and_sources_open_elsewhere() -> None:
    html = report_page(REPORT, NOTES)
    assert html.count('<details class="mr-note"><summary>') == 2, (
        "under what to do next and under the question"
    )
    assert NOTES["notes/kv-cache.md"] in html
    assert "notes/kv-cache.md" not in Page(html).text
    assert 'href="https://example.org/paper" target="_blank" rel="noopener noreferrer"' in html


def test_a_note_that_is_gone_is_still_named() -> None:
    assert "The KV cache notes/kv-cache.md" in Page(report_page(REPORT)).text


def test_what_was_not_scored_says_so_and_why() -> None:
    reason = "The model server does not answer <yet>."
    turn = make_turn(assessment=Assessment(None, None, 1.0, (), (), reason, JUDGE))
    question = replace(
        QUESTION,
        score=None,
        band=None,
        unscored_reason=reason,
        criteria=(make_criterion("grows", None), make_criterion("bytes", None)),
    )
    page = Page(
        report_page(
            replace(
                REPORT, score=None, band=None, unscored=1, turns=(turn,), questions=(question,), strengths=()
            )
        )
    )
    assert "1 answer was not scored." in page.text
    assert "Nothing has been scored yet." in page.text
    assert reason in page.text
    assert "1. unscored" in page.text
    assert "missing" not in re.findall(r"\d\. (\w+)", page.text)


@pytest.mark.parametrize(("credit", "shown"), [(0.8, True), (0.2, False)])
def test_a_red_flag_is_shown_only_where_it_is_likely(credit: float, shown: bool) -> None:
    fault = make_criterion("grows", Verdict.MET, kind=Kind.RED_FLAG, credit=credit)
    html = report_page(replace(REPORT, questions=(replace(QUESTION, criteria=(fault,)),)))
    assert ("red flag" in Page(html).text) is shown
    assert ('class="bad"' in html) is shown


@pytest.mark.parametrize(
    ("flag", "words"),
    [
        ("injection", "text that instructs the grader was set aside"),
        ("dont_know", "says that you do not know"),
    ],
)
def test_flags_of_an_answer_are_put_in_words(flag: str, words: str) -> None:
    turn = make_turn(assessment=Assessment(0.0, 0, 0.0, (), (flag,), None, JUDGE), hints=2)
    question = replace(QUESTION, criteria=())
    page = Page(report_page(replace(REPORT, turns=(turn,), questions=(question,))))
    assert f"This answer: {words}; 2 hints used." in page.text


@pytest.mark.parametrize(
    ("band", "words"),
    [(None, "unscored"), (0, "strong no hire"), (2, "borderline"), (4, "strong hire")],
)
def test_band_badge(band: int | None, words: str) -> None:
    assert Page(band_badge(band)).text == words


@pytest.mark.parametrize("where", ["round_title", "pack_title", "notice", "level", "session_id"])
def test_every_text_of_a_report_is_escaped(where: str) -> None:
    assert_inert(report_page(replace(REPORT, **{where: HOSTILE}), NOTES))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "where", ["title", "model_answer", "common_wrong_answer", "why_wrong", "unscored_reason"]
)
def test_every_text_of_a_question_is_escaped(where: str) -> None:
    question = replace(QUESTION, **{where: HOSTILE})  # type: ignore[arg-type]
    html = report_page(replace(REPORT, questions=(question,)), NOTES)
    assert_inert(html)
    assert HOSTILE in Page(html).text


def test_submitted_code_stands_under_its_question_and_stays_text() -> None:
    submitted = CodeSubmitted("p", f"x = 1  # {HOSTILE}", 1, 2, (HOSTILE,))
    html = report_page(replace(REPORT, turns=(make_turn(submission=submitted),)))
    assert "Tests passed: 1 of 2" in html
    assert "The tests stand beside the score, which comes from the rubric alone." in html
    assert "x = 1" in html
    assert "<script" not in html
    assert "<img" not in html
    assert "Tests passed" not in report_page(REPORT)
