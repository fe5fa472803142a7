"""Statements of an answer: where they end, and that their offsets point at what they say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interviewer.judge.sentences import MAX_SENTENCE_CHARS, split_sentences

PIECES = st.sampled_from(
    [
        "The norm is 1.5 at most.",
        "e.g. Adam",
        "See Fig. 3.",
        "\n- a point",
        "\n\n",
        "1. first\n2. second",
        "```python\nx = 1. + 2\n```",
        "Really?!",
        "…",
        "日本語。",
        "\r\n",
        "a" * 700,
        "\ttab",
    ]
)
TEXTS = st.one_of(st.text(max_size=300), st.lists(PIECES, max_size=8).map(" ".join))


@given(TEXTS)
def test_statements_reproduce_the_text(text: str) -> None:
    found = split_sentences(text)
    at = 0
    for index, sentence in enumerate(found):
        assert sentence.index == index
        assert text[sentence.start : sentence.end] == sentence.text
        assert sentence.text == sentence.text.strip() != ""
        assert text[at : sentence.start].strip() == ""
        at = sentence.end
    assert text[at:].strip() == ""


@given(TEXTS)
def test_no_statement_is_longer_than_an_embedder_reads(text: str) -> None:
    fenced = "```" in text or "~~~" in text
    assert fenced or all(len(s.text) <= MAX_SENTENCE_CHARS for s in split_sentences(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" \n\t ", []),
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("It grows by 1.5 GB. Then it stops.", ["It grows by 1.5 GB.", "Then it stops."]),
        ("Use an optimizer, e.g. Adam, and wait.", ["Use an optimizer, e.g. Adam, and wait."]),
        ("Dr. Smith disagrees. I do not.", ["Dr. Smith disagrees.", "I do not."]),
        ("Clip, log, etc. Then train.", ["Clip, log, etc.", "Then train."]),
        ("- scale the loss\n- clip the norm", ["- scale the loss", "- clip the norm"]),
        ("1. Profile first.\n2. Then change.", ["1. Profile first.", "2. Then change."]),
        ("First line\nsecond line", ["First line", "second line"]),
        ("it starts small. so does this", ["it starts small.", "so does this"]),
        (
            "Look:\n```python\na = 1. \nb = 2.\n```\nThat is all.",
            ["Look:", "```python\na = 1. \nb = 2.\n```", "That is all."],
        ),
    ],
)
def test_where_statements_end(text: str, expected: list[str]) -> None:
    assert [sentence.text for sentence in split_sentences(text)] == expected


def test_a_line_that_an_editor_wrapped_goes_on() -> None:
    text = "This sentence is so long that the editor broke it in front of the last few\nwords of it. A second one."
    assert len(split_sentences(text)) == 2
