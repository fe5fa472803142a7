"""What is known of a model before vLLM starts: how much memory its weights take, and how long its prompts may be."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from interviewer.llm.errors import ModelMisconfigured
from interviewer.llm.gpu_models import CONTEXT_TOKENS, OVERHEAD_GIB, by_name, recommend, share
from interviewer.llm.gpus import Gpu

_GIB = 2**30
# The first release that knows `--max-model-len auto` (vLLM pull request 29431).
_AUTO_LENGTH_SINCE = (0, 14)
# Keys of config.json by which models state their longest sequence; vLLM reads the same and takes the least.
_LENGTH_KEYS = ("max_position_embeddings", "n_positions", "max_seq_len", "seq_length", "model_max_length")

_PARAMETERS = re.compile(r"(?:(\d+)x)?(\d+(?:\.\d+)?)([bm])", re.IGNORECASE)
_FOUR_BITS = re.compile(r"awq|gptq|int4|w4a|4bit|nf4|fp4|gpt-oss", re.IGNORECASE)
_EIGHT_BITS = re.compile(r"fp8|int8|w8a|8bit", re.IGNORECASE)
# Bytes a parameter, with scales and with the embeddings that stay in 16 bits (Qwen3-14B-AWQ: 9.98 GB of 14.8 billion).
_BYTES_4_BIT, _BYTES_8_BIT, _BYTES_16_BIT, _BYTES_32_BIT = 0.65, 1.05, 2.0, 4.0


def flag(extra: Sequence[str], *names: str) -> str | None:
    """The last value given to any of the flags, written `--name value` or `--name=value`; vLLM reads _ as -."""
    value = None
    for place, word in enumerate(extra):
        name, equals, rest = word.partition("=")
        if name.replace("_", "-") in names:
            value = rest if equals else next(iter(extra[place + 1 : place + 2]), None)
    return value


def context_flag(model: str, version: str) -> tuple[str, ...]:
    """`--max-model-len`: CONTEXT_TOKENS, or less where the model was made for less.

    vLLM refuses to start with more than the model's own maximum. Where that is not known, vLLM chooses: all of it, or
    as much as memory allows where the release knows `auto`.
    """
    longest = _longest(model)
    if longest is not None:
        return (f"--max-model-len={min(CONTEXT_TOKENS, longest)}",)
    numbers = re.match(r"(\d+)\.(\d+)", version)
    knows_auto = numbers is not None and (int(numbers[1]), int(numbers[2])) >= _AUTO_LENGTH_SINCE
    return ("--max-model-len=auto",) if knows_auto else ()


def _longest(model: str) -> int | None:
    known = by_name(model)
    if known is not None:
        return known.context
    config = _config(Path(model))
    lengths = [config[key] for key in _LENGTH_KEYS if isinstance(config.get(key), int)]
    return min(lengths) if lengths else None


def _config(folder: Path) -> dict[str, Any]:
    """The text part of a model folder's config.json; empty for whatever is no such folder."""
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(config, dict):
        return {}
    text = config.get("text_config")
    return text if isinstance(text, dict) else config


def weights_gib(model: str, extra: Sequence[str] = ()) -> float | None:
    """What the weights take in all: the files of a folder, a model of our table, or the number in a hub id's name.

    None where that is not known, or where vLLM is told to quantise while it loads. Raises ModelMisconfigured for a
    path that is not there.
    """
    path = Path(model)
    if path.is_file():
        return path.stat().st_size / _GIB
    if path.is_dir():
        size = sum(file.stat().st_size for file in _weight_files(path))
        return size / _GIB if size and flag(extra, "--quantization", "-q") is None else None
    if model.startswith(("/", "./", "../", "~")):
        raise ModelMisconfigured(f"There is no model at {model}; name a folder, a hub id or a GGUF file.")
    known = by_name(model)
    return known.weights_gib if known is not None else _by_name(model, extra)


def _weight_files(folder: Path) -> list[Path]:
    """The files that vLLM loads: safetensors before others, and not the same weights once more in one file."""
    for pattern in ("*.safetensors", "*.gguf", "*.bin", "*.pt"):
        found = sorted(folder.glob(pattern))
        parts = [file for file in found if not file.name.startswith("consolidated")]
        if found:
            return parts or found
    return []


def _by_name(model: str, extra: Sequence[str]) -> float | None:
    """From `8B` in a name like `Qwen3-8B-FP8`. Names of experts alone (`17B-16E`) do not say the whole."""
    name = model.rpartition("/")[2]
    words = re.split(r"[-_ ]", name)
    if any(re.fullmatch(r"\d+e", word, re.IGNORECASE) for word in words):
        return None
    found = [match for match in map(_PARAMETERS.fullmatch, words) if match]
    if not found:
        return None
    unit = {"b": 1e9, "m": 1e6}
    most = max(
        int(times or 1) * float(number) * unit[size.lower()]
        for times, number, size in (match.groups() for match in found)
    )
    return most * _bytes_each(name, extra) / _GIB


def _bytes_each(name: str, extra: Sequence[str]) -> float:
    described = f"{name} {flag(extra, '--quantization', '-q') or ''}"
    if _FOUR_BITS.search(described) or "bitsandbytes" in described:
        return _BYTES_4_BIT
    if _EIGHT_BITS.search(described):
        return _BYTES_8_BIT
    return _BYTES_32_BIT if flag(extra, "--dtype") in ("float32", "float") else _BYTES_16_BIT


@dataclass(frozen=True)
class Fit:
    """Whether a model fits: `problem` says what does not and what would help, None if it does or nobody knows.

    `note` is for the user in any case; `flags` are the ones to give to vLLM.
    """

    problem: str | None
    note: str
    flags: tuple[str, ...] = ()


def check_fit(model: str, found: Sequence[Gpu], extra: Sequence[str] = ()) -> Fit:
    """Compare a model's weights with the GPUs that vLLM would use, `found` being those that are there.

    The tensor- and pipeline-parallel sizes in `extra` divide the weights. GPUs of other machines (Ray, several nodes)
    are taken to be like these. An estimate: KV cache beyond the smallest is not counted, vLLM says so if it lacks.
    Raises ModelMisconfigured for a parallel size that is no number.
    """
    shards = _size(extra, "--tensor-parallel-size", "-tp") * _size(extra, "--pipeline-parallel-size", "-pp")
    wanted = shards * _size(extra, "--data-parallel-size", "-dp")
    if wanted > len(found) and not _spreads(extra):
        return Fit(
            f"vLLM is told to use {wanted} GPUs, and this machine shows {len(found)}; "
            "lower the parallel sizes, or spread them over machines with --distributed-executor-backend ray.",
            "",
        )
    used = found[:wanted]
    given = flag(extra, "--gpu-memory-utilization")
    portion = min(share(gpu, now=True) for gpu in used) if given is None else _share(given)
    flags = (f"--gpu-memory-utilization={max(portion, 0.01):.2f}",) if given is None else ()
    if given is not None and any(gpu.free_share < portion for gpu in used):
        return Fit(
            f"--gpu-memory-utilization {given} asks for more of {used[0]} than is free{_in_use(used)}; "
            "lower it, leave it out, or end what else uses the GPU.",
            "",
        )
    weights = weights_gib(model, extra)
    rooms = [gpu.memory_gib * portion for gpu in used if gpu.memory_gib is not None]
    if weights is None or not rooms:
        what = f"how much memory {model} takes" if weights is None else f"how much memory {used[0].name} has"
        return Fit(None, f"It is not known {what}; vLLM will say if it does not fit.", flags)
    each = weights / shards
    note = f"{model}: about {weights:.1f} GiB of weights" + (
        f", {each:.1f} on each GPU" if shards > 1 else ""
    )
    if each + OVERHEAD_GIB <= min(rooms):
        return Fit(None, f"{note}; vLLM may use {min(rooms):.1f} GiB of {used[0]}.", flags)
    problem = (
        f"{note}, and vLLM needs {OVERHEAD_GIB:.0f} GiB beside them, but it may use {min(rooms):.1f} GiB of "
        f"{used[0]}{_in_use(used)}. What would help: {_help(weights, shards, found, min(rooms))}."
    )
    return Fit(problem, "", flags)


def _size(extra: Sequence[str], *names: str) -> int:
    text = flag(extra, *names)
    if text is None:
        return 1
    if not text.isdecimal() or int(text) == 0:
        raise ModelMisconfigured(f"{names[0]} is a number from 1, not {text!r}.")
    return int(text)


def _share(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= 1:
        raise ModelMisconfigured(f"--gpu-memory-utilization is a share above 0 and up to 1, not {text!r}.")
    return value


def _spreads(extra: Sequence[str]) -> bool:
    """Whether GPUs of other machines are used too."""
    return (
        flag(extra, "--distributed-executor-backend") == "ray"
        or flag(extra, "--data-parallel-backend") == "ray"
        or flag(extra, "--nnodes", "--data-parallel-size-local") is not None
    )


def _in_use(used: Sequence[Gpu]) -> str:
    taken = max((1 - gpu.free_share) * (gpu.memory_gib or 0) for gpu in used)
    return f", of which other programs use {taken:.1f}" if taken >= 1 else ""


def _help(weights: float, shards: int, found: Sequence[Gpu], room: float) -> str:
    ways = []
    for more in (2 * shards, 4 * shards, 8 * shards):
        if more <= len(found) and weights / more + OVERHEAD_GIB <= room:
            ways.append(f"-- --tensor-parallel-size {more}")
            break
    smaller = recommend(found, now=True)
    ways.append(
        f"{smaller.name}, which fits" if smaller is not None else "a smaller model, or a quantised one"
    )
    if any(gpu.free_share < 0.9 for gpu in found):
        ways.append("ending what else uses the GPU")
    return "; ".join(ways)
