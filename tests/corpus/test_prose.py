"""Line breaks that only a file's width gave are gone when a pack is loaded; those that mean something stay."""

from pathlib import Path

import pytest
from faulty_packs import copy_pack
from hypothesis import given
from hypothesis import strategies as st

from corpus import load_pack
from corpus.prose import unwrap

# Name, text, unwrapped text.
CASES = [
    ("one line", "Name it.", "Name it."),
    ("a paragraph", "Name the cause\nand the fix\nin one go.", "Name the cause and the fix in one go."),
    ("two paragraphs", "One\ntwo.\n\nThree\nfour.", "One two.\n\nThree four."),
    ("several blank lines", "One\n\n  \n\ntwo", "One\n\n\n\ntwo"),
    ("spaces at a break", "One \n  two", "One two"),
    ("bullets", "Look at\n- the loader\n- the network", "Look at\n- the loader\n- the network"),
    ("a bullet that wraps", "- the loader, which\n  starves\n- the rest", "- the loader, which starves\n- the rest"),
    ("stars and pluses", "* one\n* two\n+ three", "* one\n* two\n+ three"),
    ("nested bullets", "- one\n  - two\n    words\n- three", "- one\n  - two words\n- three"),
    ("numbers", "1. one\n2. two\n   words\n10) ten", "1. one\n2. two words\n10) ten"),
    ("numbers after words", "Steps:\n1. one\n2. two", "Steps:\n1. one\n2. two"),
    ("a number that is prose", "It was built in\n1984. It still runs.", "It was built in 1984. It still runs."),
    ("a dash within a line", "five - no,\nsix", "five - no, six"),
    ("text after a list", "- one\n\nThen\nmore.", "- one\n\nThen more."),
    ("a fence", "Given\n```python\nx = 1\n\ny = 2\n```\nwhat\nis x?", "Given\n```python\nx = 1\n\ny = 2\n```\nwhat is x?"),
    ("tildes", "~~~\na\nb\n~~~\nc\nd", "~~~\na\nb\n~~~\nc d"),
    ("a longer fence", "````\n```\na\nb\n````\nc\nd", "````\n```\na\nb\n````\nc d"),
    ("a fence left open", "```\na\nb", "```\na\nb"),
    ("code spans are prose", "`a` and\n`b`", "`a` and `b`"),
    ("indented code", "Given\n\n    x = 1\n    y = 2\n\nwhat\nis x?", "Given\n\n    x = 1\n    y = 2\n\nwhat is x?"),
    ("indented code without a blank line", "Given\n    x = 1\n    y = 2\nwhat\nis x?", "Given\n    x = 1\n    y = 2\nwhat is x?"),
    ("a tab is code", "Given\n\tx = 1\n\ty = 2", "Given\n\tx = 1\n\ty = 2"),
    ("a table", "| a | b |\n|---|---|\n| 1 | 2 |", "| a | b |\n|---|---|\n| 1 | 2 |"),
    ("a table without outer bars", "a | b\n--- | ---\n1 | 2", "a | b\n--- | ---\n1 | 2"),
    ("a heading", "# Task\nName\nit.", "# Task\nName it."),
    ("a quote", "> one\n> two", "> one\n> two"),
    ("a rule", "one\n---\ntwo\nthree", "one\n---\ntwo three"),
    ("a break that was asked for", "one  \ntwo\\\nthree\nfour", "one  \ntwo\\\nthree four"),
    ("Windows line ends", "one\r\ntwo", "one two"),
    ("nothing", "", ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "unwrapped"), [item[1:] for item in CASES], ids=[item[0] for item in CASES])
def test_unwrap(text: str, unwrapped: str) -> None:
    assert unwrap(text) == unwrapped


# Beginnings and ends of lines that Markdown reads in a way of its own, and words.
LINES = st.sampled_from(
    """
word;two words;- item;* item;+;1. first;2) second;  indented;    code;\tcode;# title;#;| a | b |;|---|---|;a | b
--- | ---;> quote;---;- - -;===;end  ;end\\;\\;```;```py;~~~;````;```a`b;`x`;$$;    - deep;x\r;\u2028x; ;
""".strip("\n")
    .replace("\n", ";")
    .split(";")
)
TEXTS = st.lists(LINES | st.text(max_size=8), max_size=9).map("\n".join)


@given(TEXTS)
def test_unwrapping_twice_changes_nothing_more(text: str) -> None:
    assert unwrap(unwrap(text)) == unwrap(text)


@given(TEXTS)
def test_no_word_is_lost_and_no_line_is_made(text: str) -> None:
    assert unwrap(text).split() == text.split()
    assert unwrap(text).count("\n") <= text.count("\n")


WRAPPED = (
    "Knows why.",
    "Which GPU?",
    "One H100.",
    "Think of bytes.",
    "Name two remedies.",
    "Decoding is bound by memory bandwidth, so I compare bytes per step with the bandwidth.",
    "Buy a faster CPU.",
    "The CPU is idle.",
    "Clock rate",
    "The cores wait.",
)


def test_what_a_person_reads_is_unwrapped_when_a_pack_is_loaded(tmp_path: Path) -> None:
    """Every text of a pack that is shown, each wrapped once in the file."""
    root = copy_pack(tmp_path)
    for name in ("pack.yaml", "questions/serving.yaml"):
        path = root / name
        text = path.read_text(encoding="utf-8")
        for words in WRAPPED:
            if words in text:
                first, rest = words.split(" ", 1)
                text = text.replace(words, f'"{first}\\n{rest}"')
        path.write_text(text, encoding="utf-8")
    pack = load_pack(root)
    assert pack.info.notice == "A pack for tests. Every key that a pack may have stands somewhere in it."
    assert pack.info.dimensions[0].text == "Knows why."
    question = pack.question("slow-tokens")
    assert question.prompt == (
        "A chat server answers 40 people at once and the next token takes 90 ms. What do you measure first?"
    )
    assert (question.clarifications[0].asks, question.clarifications[0].says) == ("Which GPU?", "One H100.")
    assert question.hints[0] == "Think of bytes."
    assert question.follow_ups[2].text == "Name two remedies."
    assert question.model_answer.startswith("Decoding is bound")
    assert question.common_wrong_answer.text == "Buy a faster CPU."
    assert question.common_wrong_answer.why == "The CPU is idle."
    assert (question.choices[1].text, question.choices[1].why) == ("Clock rate", "The cores wait.")
