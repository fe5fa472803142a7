"""Texts where no Markdown is read."""

from __future__ import annotations

import pytest

from interviewer.plain_text import plain_options, short


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("two\n  lines", "two lines"),
        ("So:\n```python\nkv = 2 * 32\n```", "So: kv = 2 * 32"),
        ("~~~\nx\n~~~ and `y`, ``z``", "x and `y`, ``z``"),
        ("a" * 161, "a" * 159 + "…"),
        ("word, " * 40, "word, " * 25 + "word…"),
    ],
)
def test_a_quotation_is_one_line_without_fences(text: str, quoted: str) -> None:
    assert short(text) == quoted


def test_choices_are_lines_of_their_own_and_code_is_left_alone() -> None:
    task = "Which?\n\n- **A** One.\n- **B** Two ** 2.\n\n```\ny = x ** 2\n```"
    assert plain_options(task) == "Which?\n\nA. One.\nB. Two ** 2.\n\n```\ny = x ** 2\n```"
