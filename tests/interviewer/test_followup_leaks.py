"""What a question may name of what is waited for."""

from __future__ import annotations

import pytest

from interviewer.followup_leaks import hands_out

PHRASES = (
    "Uses flight-recorder dumps of recent collectives.",
    "rank 37's last enqueued operation is one behind",
    "a third of a dollar over sixty cents, so a bit under 56 per cent",
)
SAID = (
    "All ranks but one log that an all-reduce timed out. Find the cause.",
    "I would look at the network of 64 ranks.",
)


@pytest.mark.parametrize(
    ("text", "leaks"),
    [
        ("How do you find the one that stands still?", False),
        ("What can a recorder tell you?", False),  # an open question names what it is about
        ("Would a flight recorder tell you more?", True),  # "yes" is the answer
        ("Could you explain what a recorder tells you?", False),  # a request, not a yes-or-no question
        ("What do the flight-recorder dumps of the collectives show?", True),
        ("What does the last enqueued operation of a process say?", True),
        ("What would a bit under a third tell you?", False),
        ("What is a third of sixty cents to you?", True),  # common words, but most of the phrase
        ("Is rank 37 the cause?", True),
        ("How do you get to 56?", True),
        ("How do you count 64 ranks?", False),  # said before
        ("Does one of all ranks log nothing?", False),  # nothing new
    ],
)
def test_the_target(text: str, leaks: bool) -> None:
    assert hands_out(text, PHRASES, SAID) is leaks


def test_what_was_said_is_no_secret() -> None:
    text = "Would a flight recorder tell you more?"
    assert not hands_out(text, PHRASES, (*SAID, "Maybe the flight recorder."))


def test_another_criterion_may_be_touched_but_not_told() -> None:
    assert not hands_out("Would a recorder tell you more than 56?", PHRASES, SAID, is_target=False)
    assert hands_out(
        "Would the flight-recorder dumps of recent collectives tell you?", PHRASES, SAID, is_target=False
    )
