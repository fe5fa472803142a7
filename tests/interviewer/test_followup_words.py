"""What the words of a follow-up weigh."""

from __future__ import annotations

import pytest

from interviewer.followup_guard import LEAST_PARTICULAR
from interviewer.followup_words import particular_weight, shared_weight
from interviewer.packs import BUILT_IN_PACK, load_role_pack

PHRASES = ("Uses flight-recorder dumps.", "rank 37 is one behind")


def test_rare_words_weigh_more() -> None:
    assert shared_weight({"recorder"}, PHRASES) > shared_weight({"rank"}, PHRASES) > 0
    assert shared_weight({"bicycl"}, PHRASES) == 0


@pytest.mark.parametrize(
    "text",
    ["What would you add about that?", "How exactly do you deal with the thing?", "Can you go further?"],
)
def test_talk_weighs_nothing(text: str) -> None:
    assert particular_weight(text) == 0


def test_the_banks_own_steps_name_something() -> None:
    """At most one step in forty would be held for vague; most of those are about the candidate's own past."""
    steps = [step.text for q in load_role_pack(BUILT_IN_PACK).pack.questions for step in q.follow_ups]
    assert sum(particular_weight(text) < LEAST_PARTICULAR for text in steps) <= len(steps) / 40
