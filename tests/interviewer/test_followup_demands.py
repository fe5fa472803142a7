"""How many things a line asks for, and whether "yes" would answer it."""

from __future__ import annotations

import pytest

from interviewer.followup_demands import demands, is_polar
from interviewer.packs import BUILT_IN_PACK, load_role_pack


@pytest.mark.parametrize(
    "text",
    [
        "What does the second worker see?",
        "You raised the limit. What does that change for the next run?",
        "Tell me what the second worker sees.",
        "Can you explain how the ring is built?",
        # a distinction is one thing
        "How would you decide which logs to keep and which to drop?",
        "What is the difference between what the client sends and what the server reads?",
        "How do you decide how and when to stop?",
        # a choice too
        "Would you shard the keys, or would you copy them to every node?",
        "Bad luck, or is your rate wrong?",
        "Which of the two numbers, 5:1 or 1,024, would you move first?",
        # conditions
        "If a node dies and comes back, what do you read first?",
        "When the job stalls, where do you look?",
        "Should the link fail, what happens to the ring?",
        "What if the link fails, how does the ring go on?",
        "What happens in the steady state and when the load doubles?",
        "If compute times vary by 1%, what is the slowest of 512?",
        # relative clauses, asides, tags
        "Which of the replicas, which share one disk, fails first?",
        "Which gate, at which number, would have stopped this release?",
        "What, do you think, decides the size of the batch?",
        "It would fall over, wouldn't it?",
        "What would you look at, e.g. Where the time goes?",
        # nouns that look like orders
        "Does the optimizer and state fit?",
        "Rank 3 skips the logging line. What do you see?",
        "Which label and name does the metric get?",
        "Which of cost, speed and memory decides?",
    ],
)
def test_one_demand(text: str) -> None:
    assert demands(text) == 1


@pytest.mark.parametrize(
    "text",
    [
        # a rider with a question word
        "Why does it wait? And for whom?",
        "Why does it wait, and how would you prove it?",
        "What is a watchdog and how does it work?",
        "Can you tell me what the loss is and how it is reduced?",
        "What would you measure, and why?",
        "What would you measure and for how long?",
        "How and why does it fail?",
        "How do you see it, then what do you do?",
        "Walk me through the ring, and what about the tree?",
        "Where does the time go — and what would you change?",
        "Where does the time go (and how do you know)?",
        "What breaks first, or how do you know that nothing does?",
        "Is it slower, and if so, why?",
        "Is it slower; if not, which part hides the cost?",
        "Would that hold at scale, why or why not?",
        # a rider with a verb
        "What did you see and do you trust it?",
        "What breaks first, and can you prove it?",
        # an order before, behind or within
        "Explain the ring. Then, how would you test it?",
        "Can you explain the ring and give me an example?",
        "How would you pick the threshold, and justify it?",
        "How would you pick the threshold and explain your choice?",
        "Describe the ring, give me an example of it, and which tools would you use there?",
        "Name the cause, then list the repairs.",
        # an extra
        "Which loss would you take, plus the reason for it?",
        "Which loss would you take, plus an example?",
        "Which loss would you take and the reason?",
        # a row
        "Which data, which metric would you take?",
        "Which metric, threshold and window would you use?",
        "How many ranks wait, and how many go on?",
    ],
)
def test_more_than_one_demand(text: str) -> None:
    assert demands(text) > 1


@pytest.mark.parametrize("text", ["I see.", "Forty users are waiting.", "What a day that was.", ""])
def test_no_demand(text: str) -> None:
    assert demands(text) == 0


@pytest.mark.parametrize(
    ("text", "polar"),
    [
        ("Would a lock help?", True),
        ("So is it the lock?", True),
        ("Isn't the lock held too long?", True),
        ("If it fails, is the ring cut?", True),
        ("When it fails, does the ring stop?", True),
        ("Can you keep both in one buffer?", True),
        ("It is a lock, isn't it?", True),
        ("Did one rank never arrive?", True),
        ("Would you say that the lock decides it?", True),
        ("Can you say where the lock is held?", False),
        ("Can you explain the lock?", False),
        ("Could you go one step further on locks?", False),
        ("What is a lock?", False),
        ("How does it fail, is it slow?", False),
        ("You saw it. Was it slow? Why?", False),
        ("Explain the lock.", False),
    ],
)
def test_what_yes_would_answer(text: str, polar: bool) -> None:
    assert is_polar(text) is polar


def test_the_banks_own_steps_ask_one_thing() -> None:
    """At most one step in two hundred is taken for two: what a good question costs by mistake."""
    steps = [step.text for q in load_role_pack(BUILT_IN_PACK).pack.questions for step in q.follow_ups]
    doubled = [text for text in steps if demands(text) > 1]
    assert len(doubled) <= len(steps) / 200, doubled
