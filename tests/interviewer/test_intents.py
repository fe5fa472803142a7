"""How a message is taken while a question is open. In doubt it is an answer."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interviewer.intents import Intent, classify, declines

MEANT: dict[Intent, list[str]] = {
    Intent.HINT: [
        "hint",
        "Hint, please",
        "a hint please",
        "Give me a hint.",
        "Could you give me a hint?",
        "Can I get a hint?",
        "can i have another hint",
        "I need a hint",
        "I'd like a hint",
        "I’d like a hint, please.",
        "Please give me one more hint!",
    ],
    Intent.REPEAT: [
        "repeat",
        "Repeat that",
        "Could you please repeat the question?",
        "Sorry, can you say that again?",
        "  please   repeat\n it ",
        "come again?",
    ],
    Intent.SKIP: [
        "skip",
        "Skip, please",
        "pass",
        "Pass.",
        "Let's skip this one",
        "let’s move on",
        "I would like to skip this question",
        "I'd like to skip",
        "Can we skip this?",
        "next question please",
    ],
    Intent.END: [
        "end",
        "Stop",
        "End the interview",
        "please end the round now",
        "I'd like to stop here",
        "quit",
    ],
    Intent.CLARIFY: [
        "Which GPU is it?",
        "How many requests a second are there?",
        "Is the batch size fixed?",
        "Can I assume that the model fits on one device?",
        "Do you mean training or inference?",
    ],
    Intent.ANSWER: [
        "",
        "?",
        "I don't know.",
        "I would skip the first batch.",
        "I would skip this step and move on to the next question of memory.",
        "Stop the server and look at the trace.",
        "End to end latency.",
        "Pass the gradient through.",
        "The hint is in the trace.",
        "Repeat the benchmark with a warm cache.",
        "What matters is memory. Is it the cache?",
        "Is it the cache? I think it is because the cache grows?",
        "The cache, because it grows?",
        "Why not both?",
        "Could it be that the cache grows because the batch does?",
        " ".join(["Is"] * 60) + "?",
    ],
}


@pytest.mark.parametrize(("intent", "text"), [(i, text) for i, texts in MEANT.items() for text in texts])
def test_what_a_message_means(intent: Intent, text: str) -> None:
    assert classify(text) is intent


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("No", True),
        ("no thanks!", True),
        ("No, thank you.", True),
        ("Nope, that's all.", True),
        ("No questions from me.", True),
        ("I have no further questions, thanks", True),
        ("Nothing else, thank you", True),
        ("I’m good", True),
        ("Not really.", True),
        ("no i'm good", True),
        ("", False),
        ("No idea what the team does, tell me", False),
        ("Nothing is said about pay. How is it set?", False),
        ("Is there no remote work?", False),
        ("That's all I know about the team, what else?", False),
        ("now", False),
    ],
)
def test_whether_the_candidate_has_nothing_to_ask(text: str, expected: bool) -> None:
    assert declines(text) is expected


@given(st.text())
def test_any_text_is_taken_somehow(text: str) -> None:
    assert classify(text) in Intent
    assert declines(text) in (True, False)


@given(st.sampled_from([text for texts in MEANT.values() for text in texts]))
def test_case_and_space_do_not_matter(text: str) -> None:
    assert classify(f"  {text.upper()} \n") is classify(text)


def test_no_message_holds_up_the_service() -> None:
    """Matching stays linear in messages of up to 20,000 characters, whatever they repeat."""
    script = (
        "from interviewer.intents import classify, declines\n"
        "for unit in ('can you please ', 'please ', 'sorry, ', 'i would like to ', 'no ', 'i have no ', ' ', '?', "
        "'. ', 'hint ', 'a ', \"let's \", 'skip this ', 'that is all '):\n"
        "    for end in ('', 'x', '?'):\n"
        "        for size in (70, 20_000):\n"
        "            text = (unit * size)[:size] + end\n"
        "            classify(text), declines(text)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
