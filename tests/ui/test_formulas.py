"""What is drawn as a formula, and what stays text: money, code, words of a shell, and whatever could do more than be read."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.chat import as_typed
from ui.formulas import CHAT_DELIMITERS, MARKED, Formula, formulas_html, marked, pieces
from ui.notes import render_markdown

LEFT, RIGHT = CHAT_DELIMITERS[0]["left"], CHAT_DELIMITERS[0]["right"]


@pytest.mark.parametrize(
    ("text", "source", "display"),
    [
        (r"so \(x^2\), then", "x^2", False),
        (r"so \[\frac{1}{n}\] then", r"\frac{1}{n}", True),
        ("so $$\n\\sum_i x_i\n$$ then", r"\sum_i x_i", True),
        (r"scaled by $1/\sqrt{d_k}$.", r"1/\sqrt{d_k}", False),
        ("for $n$ tokens", "n", False),
        ("($O(n^2)$)", "O(n^2)", False),
        ("at $2^{16}$, and $5", "2^{16}", False),
        (r"\(\{a, b\}\)", r"\{a, b\}", False),
    ],
)
def test_a_formula_between_its_delimiters_is_found(text: str, source: str, display: bool) -> None:
    assert [item for item in pieces(text) if isinstance(item, Formula)] == [Formula(source, display)]


@pytest.mark.parametrize(
    "text",
    [
        "It costs $5 for one and $10 for two.",
        "From $5-$10 a month, at $3.50/h - $4/h.",
        "US$5 and US$6, A$7_A$8",
        "$5$ and $10$",
        "between $200k and $250k + equity$",
        "$HOME/bin:$PATH",
        "${a}_${b} and $(a)_$(b)",
        "They pay $$ or $$$, never $$$$.",
        "$$ is dear and $$ again",
        "a lone $ and $",
        r"\$x^2\$ and \\(x\\)",
        r"$\frac{1}{2$ and \(a}\)",
        r"\(\href{javascript:alert(1)}{x}\)",
        r"\(\rule{900em}{900em}\) \(\hspace{9em}\) \(\def\a{\a\a}\a\) \(\htmlStyle{a}{b}\) \(\raisebox{9em}{x}\)",
        "`$a_1$`, and\n```\n\\(x\\) and $a_1$\n```",
        "```\nnever closed: $a_1$",
        "$" + "x" * 2000 + "^2$",
        "",
    ],
)
def test_money_shells_and_dangerous_commands_stay_text(text: str) -> None:
    assert "".join(item if isinstance(item, str) else "<formula>" for item in pieces(text)) == text
    assert "mr-math" not in formulas_html(text) + render_markdown(text)


def test_the_chat_marks_formulas_and_leaves_code_alone() -> None:
    shown = as_typed("A * b and $a<b_1$, *c*\n```\n$a_1$ \\(x\\)\n```\n- \\(y\\)")
    assert f"A \\* b and {LEFT}a\\lt b_1{RIGHT}, \\*c\\*" in shown
    assert "$a_1$ \\(x\\)" in shown
    assert f"\\- {LEFT}y{RIGHT}" in shown


def test_a_formula_of_several_lines_is_one_line_of_the_chat() -> None:
    left, right = CHAT_DELIMITERS[1]["left"], CHAT_DELIMITERS[1]["right"]
    assert as_typed("before\n\\[\na\n= b\n\\]\nafter") == f"before  \n{left}a = b{right}\nafter", (
        "no empty line"
    )


def test_nobody_can_type_the_chats_marks() -> None:
    assert LEFT not in as_typed(f"{LEFT}x{RIGHT}")


@given(st.text("ab$\\()[]{}_^ \n5<&"))
def test_nothing_is_lost_or_comes_to_life(text: str) -> None:
    for item in pieces(text):
        if isinstance(item, Formula):
            assert item.source in text
    ours = re.compile(r'<span class="mr-math"( data-mr-display="1")?>|</span>')
    assert "<" not in ours.sub("", formulas_html(text))
    assert not any("<" in formula for formula in MARKED.split(marked(text))[1::2])


def test_notes_and_questions_hold_formulas_beside_markdown() -> None:
    html = render_markdown("The *rank* is $r_1$, `$r_2$` is code, and\n\n$$\n\\|W\\|_2 < 1\n$$")
    assert '<em>rank</em> is <span class="mr-math">r_1</span>, <code>$r_2$</code>' in html
    assert '<span class="mr-math" data-mr-display="1">\\|W\\|_2 &lt; 1</span>' in html


def test_what_draws_them_is_in_gradio() -> None:
    """Gradio may rename it: the notes would then show LaTeX."""
    from ui.app import _katex

    names = _katex().split('"')[3].split()
    assert [name.rsplit(".", 1)[1] for name in names] == ["js", "css"]
