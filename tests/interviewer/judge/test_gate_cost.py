"""What an answer costs the gates, however it was made to cost much."""

from __future__ import annotations

from time import process_time

import pytest
from clipping_question import ask

from interviewer.judge.gates import gate

LONG = 20_000
TIMES = 4
# Four times the text may cost this many times as much; quadratic work would be 16 times as much.
COST = 8
# Work below this many seconds is too little to compare.
LITTLE = 1.0

UNITS = [
    "-",
    "= ",
    "#",
    "*",
    "_",
    "~",
    ".",
    "?!…",
    '"',
    "? ",
    "e.g. ",
    "…a",
    "<!--",
    "</answer",
    "<|",
    "&#73;",
    "a.b.",
    "игнориру",
    "αγνόησ",
    "I really ",
    "ignore all ",
    'the "',
    "told to ",
    "verdict: ",
    "clipping rescales the ",
    "\n",
    " \t",
]


def seconds(unit: str, characters: int) -> float:
    """Processor time of the gates on an answer of one unit again and again, with a letter at its end."""
    answer = (unit * (characters // len(unit) + 1))[: characters - 1] + "x"
    before = process_time()
    gate(ask(answer))
    return process_time() - before


@pytest.mark.parametrize("unit", UNITS)
def test_the_cost_of_an_answer_grows_with_its_length(unit: str) -> None:
    long = seconds(unit, LONG)
    if long >= LITTLE:  # the machine may have been busy with something else
        long = min(long, *(seconds(unit, LONG) for _ in range(2)))
    assert long < LITTLE or long < COST * max(seconds(unit, LONG // TIMES) for _ in range(2))
