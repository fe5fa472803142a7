import pytest
from hypothesis import given
from hypothesis import strategies as st

from interviewer.llm.thinking import BLOCKS, ThinkFilter, begins_thinking, opens_by_name, opens_thinking

CASES = [
    ("Just text.", "Just text."),
    ("<think>secret</think>\n\nText.", "Text."),
    ("  <think>\n\n</think>\n\nText.", "Text."),
    ("<think>a</think><think>b</think>Text", "Text"),
    ("[THINK]secret[/THINK]Text", "Text"),
    ("<|channel|>analysis<|message|>secret<|end|><|start|>assistant<|channel|>final<|message|>Text", "Text"),
    ("What does `<think>x</think>` mean?", "What does `<think>x</think>` mean?"),
    ("<thin", "<thin"),
    ("< 5 GPUs", "< 5 GPUs"),
    ("<think>never closed", ""),
    ("", ""),
]


def run(pieces: list[str], opened: bool = False) -> str:
    sieve = ThinkFilter(opened)
    return "".join([*(sieve.feed(piece) for piece in pieces), sieve.finish()])


@pytest.mark.parametrize(("reply", "shown"), CASES)
def test_thinking_is_taken_out_however_the_reply_is_cut(reply: str, shown: str) -> None:
    for size in (1, 2, 3, 7, len(reply) or 1):
        pieces = [reply[i : i + size] for i in range(0, len(reply), size)]
        assert run(pieces) == shown


@given(st.text(max_size=80), st.integers(min_value=1, max_value=9))
def test_text_without_an_opening_mark_passes_whole(text: str, size: int) -> None:
    if any(text.lstrip().startswith(opening) for opening, _ in BLOCKS):
        return
    pieces = [text[i : i + size] for i in range(0, len(text), size)]
    assert run(pieces).strip() == text.strip()


def test_a_reply_that_begins_inside_shows_nothing_before_the_closing_mark() -> None:
    sieve = ThinkFilter(opened=True)
    assert sieve.feed("Okay, the user ") == ""
    assert sieve.undecided
    assert sieve.feed("wants</thi") == ""
    assert sieve.feed("nk>\n\nAsk") == "Ask"
    assert sieve.feed(" this?") == " this?"
    assert sieve.thought
    assert not sieve.leaked


def test_a_reply_expected_to_begin_inside_that_never_closes_is_given_back_at_the_end() -> None:
    assert run(["Plain ", "reply."], opened=True) == "Plain reply."


def test_a_closing_mark_out_of_nowhere_is_a_leak() -> None:
    sieve = ThinkFilter()
    sieve.feed("Okay, the user wants</th")
    sieve.feed("ink> Ask this?")
    assert sieve.leaked


def test_signs_of_a_thinking_model() -> None:
    assert begins_thinking(["<think>"])
    assert begins_thinking(["A", "<|channel|>"])
    assert not begins_thinking(["A", " ", "B"])
    assert opens_thinking("<|Assistant|><think>\n")
    assert not opens_thinking("<|im_start|>assistant\n<think>\n\n</think>\n\n")
    assert not opens_thinking("<|im_start|>assistant\n")
    assert opens_by_name("deepseek-ai/DeepSeek-R1-Distill-Qwen-7B")
    assert opens_by_name("Qwen/Qwen3-4B-Thinking-2507")
    assert not opens_by_name("Qwen/Qwen3-8B")
