"""What can be known of a model before vLLM starts, and what is said of it."""

import json
from pathlib import Path

import pytest

from interviewer.llm.errors import ModelMisconfigured
from interviewer.llm.gpus import Gpu
from interviewer.llm.vllm_fit import check_fit, context_flag, flag, weights_gib

GIB = 2**30
A10 = Gpu("A10", 23028, 23028, 8.6)
H100 = Gpu("H100", 81559, 81559, 9.0)


def folder(path: Path, files: dict[str, int], config: object = None) -> Path:
    """A model folder; files are of that many MiB and take no room."""
    path.mkdir()
    for name, mib in files.items():
        with (path / name).open("wb") as out:
            out.truncate(mib * 2**20)
    if config is not None:
        (path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("extra", "value"),
    [
        ((), None),
        (("--tensor-parallel-size", "2"), "2"),
        (("--tensor-parallel-size=2",), "2"),
        (("--tensor_parallel_size=2",), "2"),
        (("-tp", "2"), "2"),
        (("-tp=2",), "2"),
        (("-tp", "2", "--tensor-parallel-size", "4"), "4"),
        (("--tensor-parallel-size",), None),
    ],
)
def test_a_flag_is_read_as_vllm_reads_it(extra: tuple[str, ...], value: str | None) -> None:
    assert flag(extra, "--tensor-parallel-size", "-tp") == value


# Weights


@pytest.mark.parametrize(
    ("name", "extra", "billions_of_bytes"),
    [
        ("Qwen/Qwen2.5-7B-Instruct", (), 14),
        ("meta-llama/Llama-3.1-8B-Instruct", ("--dtype", "float32"), 32),
        ("org/Other-8B-FP8", (), 8.4),
        ("org/Other-8B", ("--quantization", "fp8"), 8.4),
        ("org/Other-8B-AWQ", (), 5.2),
        ("org/Other-8B-w4a16", (), 5.2),
        ("org/Other-8B", ("-q", "bitsandbytes"), 5.2),
        ("openai/gpt-oss-20b", (), 13),
        ("org/SmolLM2-135M-Instruct", (), 0.27),
        ("Qwen/Qwen3-30B-A3B-Instruct-2507", (), 60),
        ("mistralai/Mixtral-8x7B-Instruct-v0.1", (), 112),
    ],
)
def test_weights_from_the_name(name: str, extra: tuple[str, ...], billions_of_bytes: float) -> None:
    assert weights_gib(name, extra) == pytest.approx(billions_of_bytes * 1e9 / GIB)


@pytest.mark.parametrize(
    "name", ["org/phi-4", "meta-llama/Llama-4-Scout-17B-16E-Instruct", "google/gemma-3n-E4B-it"]
)
def test_a_name_that_does_not_say_is_unknown(name: str) -> None:
    assert weights_gib(name) is None


def test_weights_of_the_table_are_exact() -> None:
    assert weights_gib("Qwen/Qwen3-14B-AWQ") == pytest.approx(9.98e9 / GIB)


@pytest.mark.parametrize(
    ("files", "extra", "gib"),
    [
        ({"model-1.safetensors": 1024, "model-2.safetensors": 512, "pytorch_model.bin": 1536}, (), 1.5),
        ({"consolidated.safetensors": 1024, "model.safetensors": 1024}, (), 1.0),
        ({"consolidated.safetensors": 1024}, (), 1.0),
        ({"pytorch_model.bin": 512}, (), 0.5),
        ({"tokenizer.json": 9}, (), None),
        ({"model.safetensors": 1024}, ("--quantization", "fp8"), None),
    ],
)
def test_weights_of_a_folder(
    tmp_path: Path, files: dict[str, int], extra: tuple[str, ...], gib: float | None
) -> None:
    assert weights_gib(str(folder(tmp_path / "model", files)), extra) == gib


def test_a_file_weighs_what_it_weighs_and_a_path_has_to_be_there(tmp_path: Path) -> None:
    place = folder(tmp_path / "model", {"model-Q4.gguf": 2048})
    assert weights_gib(str(place / "model-Q4.gguf")) == 2.0
    with pytest.raises(ModelMisconfigured, match="There is no model at"):
        weights_gib(str(place / "other.gguf"))


# Length


@pytest.mark.parametrize(
    ("config", "flags"),
    [
        ({"max_position_embeddings": 40960}, ("--max-model-len=16384",)),
        ({"max_position_embeddings": 2048}, ("--max-model-len=2048",)),
        ({"n_positions": 1024}, ("--max-model-len=1024",)),
        ({"text_config": {"max_position_embeddings": 8192}}, ("--max-model-len=8192",)),
        ({"max_position_embeddings": 131072, "model_max_length": 8192}, ("--max-model-len=8192",)),
        ({"hidden_size": 64}, ("--max-model-len=auto",)),
        ([], ("--max-model-len=auto",)),
        (None, ("--max-model-len=auto",)),
    ],
)
def test_the_length_never_exceeds_the_models_own(
    tmp_path: Path, config: object, flags: tuple[str, ...]
) -> None:
    assert context_flag(str(folder(tmp_path / "model", {}, config)), "0.26.0") == flags


@pytest.mark.parametrize(
    ("version", "flags"),
    [
        ("0.26.0", ("--max-model-len=auto",)),
        ("0.14.0rc1", ("--max-model-len=auto",)),
        ("1.0", ("--max-model-len=auto",)),
        ("0.13.2", ()),
        ("dev", ()),
    ],
)
def test_a_hub_id_that_we_do_not_know_leaves_the_length_to_vllm(version: str, flags: tuple[str, ...]) -> None:
    assert context_flag("org/unknown-7B", version) == flags
    assert context_flag("Qwen/Qwen3-8B-AWQ", version) == ("--max-model-len=16384",)


# Fit


def test_what_fits_gets_its_share() -> None:
    fit = check_fit("Qwen/Qwen3-14B-FP8", [A10])
    assert fit.problem is None
    assert (
        fit.note == "Qwen/Qwen3-14B-FP8: about 15.2 GiB of weights; vLLM may use 20.2 GiB of A10 (22.5 GiB)."
    )
    assert fit.flags == ("--gpu-memory-utilization=0.90",)


@pytest.mark.parametrize(
    ("model", "cards", "extra", "fits"),
    [
        ("Qwen/Qwen3-32B", [H100], (), True),
        ("Qwen/Qwen3-32B", [A10], (), False),
        ("Qwen/Qwen3-32B", [A10] * 4, (), False),
        ("Qwen/Qwen3-32B", [A10] * 4, ("-tp", "4"), True),
        ("Qwen/Qwen3-32B", [A10] * 4, ("-tp", "2", "-pp", "2"), True),
        ("Qwen/Qwen3-32B", [A10] * 4, ("-tp", "2", "-dp", "2"), False),
        ("Qwen/Qwen3-32B", [H100] * 2, ("--data-parallel-size", "2"), True),
        ("Qwen/Qwen3-32B", [H100, A10], ("--data-parallel-size", "2"), False),
        ("Qwen/Qwen3-32B", [A10], ("-tp", "4"), False),
        ("Qwen/Qwen3-32B", [A10], ("-tp", "4", "--distributed-executor-backend", "ray"), True),
        ("Qwen/Qwen3-14B-FP8", [A10], ("--gpu-memory-utilization=0.7",), False),
        ("org/who-knows", [A10], (), True),
        ("Qwen/Qwen3-32B", [Gpu("GB10", None, None, 12.1)], (), True),
    ],
)
def test_whether_it_fits(model: str, cards: list[Gpu], extra: tuple[str, ...], fits: bool) -> None:
    assert (check_fit(model, cards, extra).problem is None) is fits


def test_too_few_gpus_are_said_as_such() -> None:
    problem = check_fit("Qwen/Qwen3-32B", [A10], ("-tp", "4")).problem
    assert problem is not None
    assert "told to use 4 GPUs, and this machine shows 1" in problem


def test_what_would_help() -> None:
    problem = check_fit("Qwen/Qwen3-32B", [A10] * 4).problem
    assert problem is not None
    assert "about 61.0 GiB of weights, and vLLM needs 2 GiB beside them" in problem
    assert "What would help: -- --tensor-parallel-size 4; Qwen/Qwen3-14B-FP8, which fits." in problem


def test_other_programs_on_the_gpu_are_counted_and_named() -> None:
    busy = Gpu("H100", 81920, 40960, 9.0)
    fit = check_fit("Qwen/Qwen3-14B-FP8", [busy])
    assert (fit.problem, fit.flags) == (None, ("--gpu-memory-utilization=0.48",))
    problem = check_fit("Qwen/Qwen3-32B", [busy]).problem
    assert problem is not None
    assert "38.4 GiB of H100 (80.0 GiB), of which other programs use 40.0" in problem
    assert "ending what else uses the GPU" in problem


def test_a_share_that_is_not_free_is_refused_before_vllm_does() -> None:
    busy = Gpu("H100", 81920, 40960, 9.0)
    problem = check_fit("Qwen/Qwen3-4B-AWQ", [busy], ("--gpu-memory-utilization=0.9",)).problem
    assert problem is not None
    assert "--gpu-memory-utilization 0.9 asks for more of H100 (80.0 GiB) than is free" in problem
    assert check_fit("Qwen/Qwen3-4B-AWQ", [busy], ("--gpu-memory-utilization=0.4",)).problem is None


def test_what_is_not_known_is_said() -> None:
    assert "not known how much memory org/who-knows takes" in check_fit("org/who-knows", [A10]).note
    shared = Gpu("GB10", None, None, 12.1)
    assert "not known how much memory GB10 has" in check_fit("org/Some-8B", [shared]).note


@pytest.mark.parametrize(
    "extra",
    [("-tp", "two"), ("-tp", "0"), ("--gpu-memory-utilization", "much"), ("--gpu-memory-utilization=90",)],
)
def test_values_that_cannot_be(extra: tuple[str, ...]) -> None:
    with pytest.raises(ModelMisconfigured, match="is a"):
        check_fit("org/Some-8B", [A10], extra)
