"""Whether a follow-up asks for something that an answer can hold."""

from __future__ import annotations

import pytest

from interviewer.followup_substance import asks_for_nothing, yes_would_do
from interviewer.packs import BUILT_IN_PACK, load_role_pack

SAID = ("How would you place the replicas?", "I would spread the replicas over the racks.")


@pytest.mark.parametrize(
    "text",
    [
        # small talk
        "What do you like best about working on replicas?",
        "What excites you most about replicas?",
        "How comfortable are you with replicas?",
        "What is your opinion of replicas?",
        "How much do you care about replicas?",
        "You brought up racks. What are your feelings about it?",
        # an empty form around a word
        "What would you add about replicas in this situation?",
        "What did you assume about replicas when you gave that answer?",
        "When you gave that answer, what did you assume about replicas?",
        "What should somebody who reads your answer know about replicas?",
        "Can you go one step further on replicas for me?",
        "Could you share a few words on replicas?",
        "What do you make of replicas?",
        "You would spread the replicas. What would you add about that?",  # the situation is not new
    ],
)
def test_nothing_is_asked(text: str) -> None:
    assert asks_for_nothing(text, SAID)


@pytest.mark.parametrize(
    "text",
    [
        "Why do you spread the replicas?",
        "Which of the racks do you take?",
        "How many of the racks do you need?",
        "What limits replicas on a single rack?",
        "What do you do about replicas that fail?",
        "What happens to replicas in a rack without power?",
        "How would you test replicas before you rely on it?",
        "How do you get from the load to the number of replicas?",
        "If a rack burns, what becomes of the replicas?",
        "A rack burns at night. What do you say?",
        "Can you explain why replicas share a disk?",
        "Would you rather lose replicas or time?",
        "The traffic doubles. And with forty replicas?",
        "Tell me more about replicas.",  # no question: another check's matter
    ],
)
def test_something_is_asked(text: str) -> None:
    assert not asks_for_nothing(text, SAID)


@pytest.mark.parametrize(
    ("text", "would_do"),
    [
        ("Does the word replica tell you something about racks?", True),
        ("Have you heard of replicas?", True),
        ("Would you agree that replicas matter here?", True),
        ("Is it the rack or the power?", False),
        ("Can you explain the replicas?", False),
        ("How do replicas fail?", False),
    ],
)
def test_what_yes_would_answer(text: str, would_do: bool) -> None:
    assert yes_would_do(text) is would_do


def test_the_banks_own_steps_ask_for_something() -> None:
    """What a good question costs by mistake: one in twenty would be refused."""
    bank = load_role_pack(BUILT_IN_PACK).pack.questions
    steps = [(q.prompt, step.text) for q in bank for step in q.follow_ups]
    refused = [text for prompt, text in steps if yes_would_do(text) or asks_for_nothing(text, (prompt,))]
    assert len(refused) <= len(steps) / 20, refused
