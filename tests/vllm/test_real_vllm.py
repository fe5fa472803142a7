"""The two verbs, cancellation and a guarded follow-up against a real vLLM server."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
import torch
from real_vllm import RealServer

from corpus import Passage, PassageKind
from interviewer.followup_guard import fault_of_form
from interviewer.followups import propose_follow_ups
from interviewer.llm.connect import Connection, connect
from interviewer.llm.errors import ContextTooLong, ModelGarbled, ModelMisconfigured, ModelNotFound
from interviewer.llm.observe import Observation, TokensUsed
from interviewer.llm.openai_server import OpenAIServer
from interviewer.llm.protocol import Message
from interviewer.llm.server_calls import Timeouts
from retrieval import default_embedder

pytestmark = pytest.mark.vllm

# vLLM on a CPU that others use too.
PATIENT = Timeouts(first_token_s=120.0)
STORY = [Message("user", "Write a very long story about a dragon.")]
SHOTS = [
    Message("system", "Answer with one letter."),
    Message("user", "Is ice cold? A yes, B no."),
    Message("assistant", "A"),
    Message("user", "Is fire cold? A yes, B no."),
    Message("assistant", "B"),
    Message("user", "Is the sun hot? A yes, B no."),
]


@pytest_asyncio.fixture
async def model(vllm_server: RealServer) -> AsyncIterator[OpenAIServer]:
    server = OpenAIServer(vllm_server.url, timeouts=PATIENT)
    yield server
    await server.aclose()


async def test_it_is_found_with_its_model(vllm_server: RealServer) -> None:
    connected = await connect(Connection(url=vllm_server.url), must_answer=True)
    assert connected.status.name == vllm_server.name
    assert not connected.status.leaves_network
    with pytest.raises(ModelMisconfigured, match="it lists smollm2"):
        await connect(Connection(url=vllm_server.url, model="llama"))


async def test_a_reply_streams(model: OpenAIServer) -> None:
    pieces = [piece async for piece in model.complete(STORY, max_tokens=30, temperature=0)]
    assert len(pieces) > 5
    assert "".join(pieces).strip()
    again = [piece async for piece in model.complete(STORY, max_tokens=30, temperature=0)]
    assert "".join(again) == "".join(pieces)


async def test_a_choice_reads_log_probabilities(model: OpenAIServer) -> None:
    choice = await model.choose(SHOTS, ["A", "B"])
    assert choice.source == "logprobs"
    assert sum(choice.probabilities.values()) == pytest.approx(1)
    assert all(0 < probability < 1 for probability in choice.probabilities.values())
    assert 0 < choice.outside < 0.5


async def test_many_choices_at_once(model: OpenAIServer) -> None:
    alone = await model.choose(SHOTS, ["A", "B"])
    together = await asyncio.gather(*(model.choose(SHOTS, ["A", "B"]) for _ in range(8)))
    for choice in together:
        # bfloat16 sums differ a little with the size of a batch.
        assert choice.probabilities["A"] == pytest.approx(alone.probabilities["A"], abs=0.05)


async def test_a_model_that_does_not_choose_is_garbled(model: OpenAIServer) -> None:
    with pytest.raises(ModelGarbled, match="did not choose"):
        await model.choose(STORY, ["7", "8"])


async def test_a_label_of_several_tokens_is_refused(model: OpenAIServer) -> None:
    with pytest.raises(ModelMisconfigured, match="tokens"):
        await model.choose(SHOTS, ["A", "\u1f70"])


async def test_leaving_a_reply_ends_the_servers_work(vllm_server: RealServer, model: OpenAIServer) -> None:
    before = vllm_server.metric("vllm:generation_tokens_total")
    stream = model.complete(STORY, max_tokens=3500, temperature=0.8)
    assert await anext(stream)
    assert await asyncio.to_thread(vllm_server.metric, "vllm:num_requests_running") == 1
    await stream.aclose()  # type: ignore[attr-defined]
    for _ in range(100):
        if await asyncio.to_thread(vllm_server.metric, "vllm:num_requests_running") == 0:
            break
        await asyncio.sleep(0.1)
    else:
        pytest.fail("vLLM is still working on a reply that nobody reads")
    written = await asyncio.to_thread(vllm_server.metric, "vllm:generation_tokens_total") - before
    assert written < 2000, "the story was written to its end"


async def test_what_the_server_refuses(vllm_server: RealServer, model: OpenAIServer) -> None:
    stranger = OpenAIServer(vllm_server.url, "no-such-model")
    with pytest.raises(ModelNotFound, match="no such model"):
        await anext(stranger.complete(STORY))
    await stranger.aclose()
    with pytest.raises(ContextTooLong, match="longer than the model"):
        await anext(model.complete([Message("user", "word " * 9000)]))
    with pytest.raises(ContextTooLong, match="longer than the model"):
        await model.choose([Message("user", "word " * 9000)], ["A", "B"])


async def test_tokens_are_counted_by_the_server(vllm_server: RealServer) -> None:
    seen: list[Observation] = []
    model = OpenAIServer(vllm_server.url, timeouts=PATIENT, observe=seen.append)
    pieces = [piece async for piece in model.complete(STORY, max_tokens=12, temperature=0)]
    await model.choose(SHOTS, ["A", "B"])
    await model.aclose()
    assert pieces
    said, chosen = seen
    assert isinstance(said, TokensUsed)
    assert isinstance(chosen, TokensUsed)
    assert (said.verb, said.completion, chosen.verb, chosen.completion) == ("complete", 12, "choose", 1)
    assert chosen.prompt > said.prompt > 0


async def test_follow_ups_pass_the_guard_or_are_refused_with_a_reason(model: OpenAIServer) -> None:
    torch.set_num_threads(1)
    passage = Passage(
        "note:nccl#waiting",
        "nccl#waiting",
        PassageKind.NOTE,
        "Collectives wait",
        "An all-reduce finishes when every rank has joined it; one absent rank makes all others time out.",
        "notes/nccl.md",
    )
    found = await propose_follow_ups(
        model,
        default_embedder(),
        [passage],
        "All ranks but one log that an all-reduce timed out. How do you find the cause?",
        None,
        "I would look at the network of the ranks that print the timeout.",
        None,
        "IC3",
        [],
        2,
    )
    assert found.note is None, "the model should have answered"
    assert found.followups or found.rejected
    for item in found.followups:
        assert item.origin == "model"
        assert fault_of_form(item.text) is None
        assert 0 <= item.novelty <= 1
    assert all(item.reason.endswith(".") for item in found.rejected)
