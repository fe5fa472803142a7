"""Which model suits which GPU. The arithmetic is worked by hand for one row."""

import pytest

from interviewer.llm.gpu_models import MODELS, advice, by_name, fits, recommend, share, table
from interviewer.llm.gpus import Gpu


def gpu(mib: int, capability: float, free: float = 1.0) -> Gpu:
    return Gpu("card", mib, int(mib * free), capability)


def test_the_arithmetic_of_one_row() -> None:
    model = by_name("Qwen/Qwen3-32B")
    assert model is not None
    # Key and value, 64 layers, 8 heads of 128 numbers of 2 bytes: 2 * 64 * 8 * 128 * 2 = 256 KiB; 16,384 of them: 4 GiB.
    assert model.kv_bytes_per_token == 256 * 1024
    assert model.kv_gib == 4.0
    # 65.5e9 / 2**30 = 61.0; (61.0 + 4 + 2) / 0.9 = 74.4.
    assert model.weights_gib == pytest.approx(61.0, abs=0.01)
    assert model.needs_gib == pytest.approx(74.4, abs=0.05)


def test_the_table_rises_and_all_of_it_may_be_used_freely() -> None:
    needs = [model.needs_gib for model in MODELS]
    assert needs == sorted(needs)
    assert {model.licence for model in MODELS} == {"Apache-2.0"}
    assert len({model.name for model in MODELS}) == len(MODELS)


@pytest.mark.parametrize(
    ("mib", "capability", "name"),
    [
        (4096, 7.5, None),  # GTX 1650
        (8188, 8.9, "Qwen/Qwen3-4B-AWQ"),  # RTX 4060
        (12288, 8.6, "Qwen/Qwen3-8B-AWQ"),  # RTX 3060
        (15360, 7.5, "Qwen/Qwen3-8B-AWQ"),  # T4
        (16376, 8.9, "Qwen/Qwen3-14B-AWQ"),  # RTX 4080
        (23028, 8.6, "Qwen/Qwen3-14B-FP8"),  # A10
        (24576, 7.5, "Qwen/Qwen3-14B-AWQ"),  # TITAN RTX: no FP8 on Turing
        (32607, 12.0, "Qwen/Qwen3-32B-AWQ"),  # RTX 5090
        (32768, 7.0, None),  # V100: AWQ needs Turing
        (40960, 8.0, "Qwen/Qwen3-32B-AWQ"),  # A100 40 GB
        (46068, 8.9, "Qwen/Qwen3-32B-FP8"),  # L40S
        (81559, 9.0, "Qwen/Qwen3-32B"),  # H100
        (143771, 9.0, "Qwen/Qwen3-32B"),  # H200
    ],
)
def test_each_card_gets_the_best_that_fits(mib: int, capability: float, name: str | None) -> None:
    found = recommend([gpu(mib, capability)])
    assert (found.name if found else None) == name


def test_what_others_use_counts_only_now() -> None:
    busy = gpu(81559, 9.0, free=0.605)
    assert recommend([busy]) == by_name("Qwen/Qwen3-32B")
    assert recommend([busy], now=True) == by_name("Qwen/Qwen3-32B-FP8")
    assert (share(busy), share(busy, now=True), share(gpu(81559, 9.0), now=True)) == (0.9, 0.58, 0.9)
    # 0.915 free: 0.9 would be too near; vLLM starts only if what it was given is free.
    assert share(gpu(10_000, 9.0, free=0.915), now=True) == 0.89


def test_unknown_memory_holds_nothing_and_unknown_capability_does_not_matter() -> None:
    assert not fits(MODELS[0], Gpu("shared", None, None, 12.1))
    assert fits(MODELS[0], Gpu("card", 8192, 8192, None))
    assert recommend([]) is None


@pytest.mark.parametrize(
    ("found", "says"),
    [
        ([], "No NVIDIA GPU is seen"),
        ([gpu(23028, 8.6)], "card (22.5 GiB): Qwen/Qwen3-14B-FP8 suits it; mockround serve --start-vllm"),
        ([gpu(4096, 7.5)], "too small or too old"),
        ([Gpu("GB10", None, None, 12.1)], "GB10: the driver does not tell its memory"),
    ],
)
def test_the_advice_is_one_sentence(found: list[Gpu], says: str) -> None:
    assert says in advice(found)
    assert advice(found).endswith(".")


def test_the_table_in_words_has_a_row_for_each() -> None:
    lines = table().splitlines()
    assert len(lines) == 2 + len(MODELS)
    assert lines[-1] == (
        "| 74.4 GiB | `Qwen/Qwen3-32B` | 65.5 GB = 61.0 GiB | 256 KiB each = 4.00 GiB | Apache-2.0 |"
    )
