import pytest

from interviewer.llm.errors import ModelGarbled, ModelUnavailable
from interviewer.llm.protocol import ChatModel, Message
from interviewer.llm.scripted import BreaksOff, ScriptedModel

ASK = [Message("user", "A or B?")]


async def text_of(model: ChatModel, **more: int) -> str:
    return "".join([piece async for piece in model.complete(ASK, **more)])  # type: ignore[arg-type]


async def test_replies_come_in_order_and_run_out() -> None:
    model = ScriptedModel(["one two", "three"])
    assert [await text_of(model), await text_of(model)] == ["one two", "three"]
    with pytest.raises(ModelGarbled, match="no reply left"):
        await text_of(model)
    assert model.asked == [tuple(ASK)] * 3


async def test_a_function_may_be_the_model() -> None:
    model = ScriptedModel(lambda messages: messages[-1].content.upper())
    assert await text_of(model) == "A OR B?"
    assert await text_of(model, max_tokens=2) == "A OR"


async def test_failures_to_order() -> None:
    model = ScriptedModel([ModelUnavailable("down"), BreaksOff("half a")], choices=[ModelUnavailable("down")])
    with pytest.raises(ModelUnavailable, match="down"):
        await text_of(model)
    came: list[str] = []

    async def listen() -> None:
        async for piece in model.complete(ASK):
            came.append(piece)

    with pytest.raises(ModelUnavailable, match="broke off"):
        await listen()
    assert "".join(came) == "half a"
    with pytest.raises(ModelUnavailable):
        await model.choose(ASK, ["A", "B"])


async def test_choices_are_treated_as_a_real_models_are() -> None:
    model = ScriptedModel(choices=[{"A": 0.6, "B": 0.2}, {"A": 0.1}])
    choice = await model.choose(ASK, ["A", "B"])
    assert choice.probabilities == {"A": pytest.approx(0.75), "B": pytest.approx(0.25)}
    assert choice.outside == pytest.approx(0.2)
    with pytest.raises(ModelGarbled):
        await model.choose(ASK, ["A", "B"])
    assert (await ScriptedModel().choose(ASK, ["A", "B"])).probabilities == {"A": 0.5, "B": 0.5}
    by_rule = ScriptedModel(choices=lambda messages, labels: {labels[0]: 1.0})
    assert (await by_rule.choose(ASK, ["A", "B"])).probabilities["A"] == 1
