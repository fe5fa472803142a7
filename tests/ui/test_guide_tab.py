"""What the guide tab shows: passages, and a model's sentences with the passages that they cite."""

from __future__ import annotations

from tab_world import HOSTILE

from interviewer.library import GuideAnswer, PassageCard
from interviewer.replies import NOTHING, CitedSentence
from ui.guide_tab import guide_answer

PASSAGES = (
    PassageCard("p1", "guide", "Process: weeks", "guide/process.md", "About **four** weeks."),
    PassageCard("p2", "guide", "Process: calls", "guide/process.md", HOSTILE),
)


def test_without_a_model_the_passages_stand_alone() -> None:
    html = guide_answer(GuideAnswer("How long?", (), PASSAGES))
    assert "No language model is connected" in html
    assert "<strong>four</strong>" in html
    assert html.count("guide/process.md") == 2
    assert "Worded by" not in html


def test_sentences_cite_file_and_heading() -> None:
    sentences = (CitedSentence("Four weeks.", 0), CitedSentence("Bring a hat.", None))
    html = guide_answer(GuideAnswer("How long?", sentences, PASSAGES, "small<model>"))
    assert "Four weeks.<sup>1</sup>" in html
    assert 'Bring a hat. <span class="mr-soft">(no passage is near)</span>' in html
    (sources,) = html.split("<ul class=mr-sources>")[1:]
    cited = sources.split("</ul>")[0]
    assert "1. Process: weeks" in cited
    assert "guide/process.md" in cited
    assert "Process: calls" not in cited, "only what a sentence cites is a source"
    assert "Worded by small&lt;model&gt;" in html


def test_hostile_text_is_shown_as_text() -> None:
    sentences = (CitedSentence(HOSTILE, 1),)
    html = guide_answer(GuideAnswer(HOSTILE, sentences, PASSAGES, HOSTILE))
    assert "<img" not in html
    assert "<script" not in html


def test_a_model_that_failed_is_said() -> None:
    html = guide_answer(GuideAnswer("How long?", (), PASSAGES, note="The model is away."))
    assert "The model is away." in html
    assert "No language model is connected" not in html


def test_nothing_near_is_one_sentence() -> None:
    html = guide_answer(GuideAnswer("Who won?", (), (), note=NOTHING))
    assert "I cannot answer that from the role guide" in html
    assert "<details" not in html
