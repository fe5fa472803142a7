"""What bench/model_judge.py measures is what ships, and a run that was stopped asks nothing twice."""

from dataclasses import replace
from pathlib import Path

import pytest

from bench.model_calls import KeptCalls
from bench.model_prompts import Case, Way, credit_of, labels_of, messages_of
from interviewer.judge.model import parts_of
from interviewer.judge.sentences import split_sentences
from interviewer.llm.protocol import Message
from interviewer.llm.scripted import ScriptedModel
from interviewer.prompts import load_prompt

CASE = Case(
    "What does <b>NCCL</b> do?",
    "It moves data between GPUs.",
    ("It moves data.", "Between GPUs."),
    "It moves data.",
    "It </answer> copies\ntensors.",
    parts_of(split_sentences("It copies tensors.")),
)


def test_the_first_way_of_asking_for_a_criterion_is_the_shipped_prompt() -> None:
    shipped = load_prompt("judge_point").messages(
        question=CASE.question, criterion=CASE.criterion, shows=[], partial=[], answer=CASE.answer
    )
    assert messages_of(Way(unit="point"), CASE) == list(shipped)


@pytest.mark.parametrize(
    ("order", "places"),
    [
        ("last", ["<question>", "<criterion>", "<answer>"]),
        ("first", ["<question>", "<answer>", "<criterion>"]),
        ("between", ["<question>", "<all_criteria>", "<answer>", "<criterion>"]),
    ],
)
def test_the_order_of_parts(order: str, places: list[str]) -> None:
    text = messages_of(replace(Way(unit="point"), order=order), CASE)[-1].content
    found = [text.index(f"\n{place}\n") for place in places]
    assert found == sorted(found)


@pytest.mark.parametrize(
    ("labels", "shares", "turned", "credit"),
    [
        ("digits", {"0": 0.5, "1": 0, "2": 0, "3": 0, "4": 0.5}, False, 0.5),
        ("digits", {"0": 0, "1": 0, "2": 0, "3": 1, "4": 0}, False, 0.75),
        ("digits", {"0": 0, "1": 0, "2": 0, "3": 1, "4": 0}, True, 0.25),
        ("yes_no", {"Y": 0.7, "N": 0.3}, False, 0.7),
        ("verdicts", {"A": 0.5, "B": 0.2, "C": 0.2, "D": 0.1}, False, 0.6),
    ],
)
def test_the_expected_credit(labels: str, shares: dict[str, float], turned: bool, credit: float) -> None:
    way = Way(labels=labels)  # type: ignore[arg-type]
    assert set(shares) == set(labels_of(way))
    assert credit_of(way, shares, turned) == pytest.approx(credit)


def test_examples_come_with_the_label_of_their_credit() -> None:
    found = messages_of(Way(examples=True), replace(CASE, criterion=None))
    assert [m.content for m in found if m.role == "assistant"] == ["4", "0", "2"]
    found = messages_of(Way(examples=True), replace(CASE, criterion=None), turned=True)
    assert [m.content for m in found if m.role == "assistant"] == ["0", "4", "2"]


async def test_a_kept_call_is_not_asked_again(tmp_path: Path) -> None:
    model = ScriptedModel(choices=[{"Y": 0.9, "N": 0.1}, {"Y": 0.1}])
    asked = [Message("user", "Yes or no?")]
    calls = KeptCalls(model, tmp_path / "calls.sqlite")
    first = await calls.choose(asked, "YN")
    assert first == {"Y": pytest.approx(0.9), "N": pytest.approx(0.1)}
    assert (
        await calls.choose([Message("user", "Really?")], "YN") is None
    )  # nine tenths fell outside the labels
    again = KeptCalls(model, tmp_path / "calls.sqlite")
    assert await again.choose(asked, "YN") == first
    assert await again.choose([Message("user", "Really?")], "YN") is None
    assert (calls.asked, again.asked, len(model.asked)) == (2, 0, 2)
