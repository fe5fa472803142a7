"""Which model suits which GPU: the one table behind `make run-gpu`, doctor, the page and docs/models.md.

All of them are open-weight instruct models that vLLM 0.26 serves, in Apache-2.0. They are of the Qwen3 family, with
attention in every layer, for two reasons. Calls on one answer share their beginning, so the prefix cache decides the
waiting time, and vLLM caches such models in blocks of 16 tokens; of hybrids with recurrent layers (Qwen3.5, Qwen3.6)
it kept nothing below a block of hundreds of tokens when this was written (vLLM issues 40696 and 51250). And they answer
without thinking first when they are told to. Sizes, layers and heads are those of the model cards on the hub.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from interviewer.llm.gpus import Gpu

CONTEXT_TOKENS = (
    16_384  # a long round's prompt stays below 8,000 tokens: room for two of them, or for 16 short calls
)
USABLE_SHARE = 0.9  # of a GPU's memory, told to vLLM as --gpu-memory-utilization
OVERHEAD_GIB = 2.0  # CUDA itself, activations, CUDA graphs
_GIB = 2**30


@dataclass(frozen=True)
class OpenModel:
    """A model on the hub and what it takes.

    `weights_gb` in 10^9 bytes, as the hub shows it; `context` is the longest prompt and answer that it was made for;
    `capability` is the least compute capability on which vLLM runs these weights.
    """

    name: str
    weights_gb: float
    layers: int
    kv_heads: int
    capability: float
    licence: str = "Apache-2.0"
    head_dim: int = 128
    context: int = 32_768

    @property
    def weights_gib(self) -> float:
        """The weights in GPU memory."""
        return self.weights_gb * 1e9 / _GIB

    @property
    def kv_bytes_per_token(self) -> int:
        """A key and a value of two bytes a number, for each layer, head and dimension."""
        return 2 * self.layers * self.kv_heads * self.head_dim * 2

    @property
    def kv_gib(self) -> float:
        """The KV cache of CONTEXT_TOKENS tokens."""
        return self.kv_bytes_per_token * CONTEXT_TOKENS / _GIB

    @property
    def needs_gib(self) -> float:
        """The memory of a GPU on which it runs: weights, KV cache and overhead in the share that vLLM is given."""
        return (self.weights_gib + self.kv_gib + OVERHEAD_GIB) / USABLE_SHARE


# From the least to the best; the last one that fits is recommended.
MODELS = (
    OpenModel("Qwen/Qwen3-4B-AWQ", 2.67, 36, 8, 7.5),
    OpenModel("Qwen/Qwen3-8B-AWQ", 6.10, 36, 8, 7.5),
    OpenModel("Qwen/Qwen3-14B-AWQ", 9.98, 40, 8, 7.5),
    OpenModel("Qwen/Qwen3-14B-FP8", 16.3, 40, 8, 8.0),
    OpenModel("Qwen/Qwen3-32B-AWQ", 19.3, 64, 8, 7.5),
    OpenModel("Qwen/Qwen3-32B-FP8", 34.3, 64, 8, 8.0),
    OpenModel("Qwen/Qwen3-32B", 65.5, 64, 8, 8.0),
)


def by_name(name: str) -> OpenModel | None:
    """The table's entry of that name."""
    return next((model for model in MODELS if model.name == name), None)


def share(gpu: Gpu, *, now: bool = False) -> float:
    """The share of a GPU's memory to give to vLLM; `now`: less where other programs use some of it already.

    vLLM refuses to start when less is free than it was given, hence the 2 % of margin.
    """
    return min(USABLE_SHARE, math.floor((gpu.free_share - 0.02) * 100) / 100) if now else USABLE_SHARE


def fits(model: OpenModel, gpu: Gpu, *, now: bool = False) -> bool:
    """Whether one GPU holds a model; `now` counts what other programs use of it. Unknown memory holds nothing."""
    if gpu.memory_gib is None or (gpu.capability is not None and gpu.capability < model.capability):
        return False
    return model.needs_gib * USABLE_SHARE <= gpu.memory_gib * share(gpu, now=now)


def recommend(found: Sequence[Gpu], *, now: bool = False) -> OpenModel | None:
    """The best model of the table for the first GPU (vLLM uses one unless it is told otherwise); None if none fits."""
    if not found:
        return None
    suited = [model for model in MODELS if fits(model, found[0], now=now)]
    return suited[-1] if suited else None


def advice(found: Sequence[Gpu]) -> str:
    """Which model suits the GPUs that are seen, and the command that starts it: one sentence for people."""
    if not found:
        return "No NVIDIA GPU is seen on this machine; everything works without one."
    seen = ", ".join(map(str, found))
    model = recommend(found)
    if model is not None:
        return f"{seen}: {model.name} suits it; mockround serve --start-vllm starts and connects it."
    if found[0].memory_gib is None:
        return f"{seen}: the driver does not tell its memory; choose a model by the table in docs/models.md."
    return (
        f"{seen}: too small or too old for the models that are recommended for vLLM; "
        "Ollama or llama.cpp with a small model work (docs/models.md)."
    )


def table() -> str:
    """The table in Markdown: what docs/models.md and the page show."""
    rows = [
        "| GPU memory | model | weights | KV cache of 16,384 tokens | licence |",
        "|---|---|---|---|---|",
    ]
    for model in MODELS:
        per_token = model.kv_bytes_per_token // 1024
        rows.append(
            f"| {model.needs_gib:.1f} GiB | `{model.name}` | {model.weights_gb:g} GB = {model.weights_gib:.1f} GiB "
            f"| {per_token} KiB each = {model.kv_gib:.2f} GiB | {model.licence} |"
        )
    return "\n".join(rows) + "\n"


def suited(found: Sequence[Gpu]) -> str:
    """For the page, in Markdown: what suits the GPUs that are seen, and the whole table."""
    return (
        f"**This machine.** {advice(found)}\n\n**Models for vLLM, by the memory of one GPU.** Weights, KV cache and "
        f"{OVERHEAD_GIB:.0f} GiB for the rest, in the {USABLE_SHARE:.0%} of it that vLLM is given.\n\n{table()}"
    )
