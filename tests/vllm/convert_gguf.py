"""Turns a GGUF file into a folder that vLLM serves. Run with vLLM's own interpreter: convert_gguf.py FILE FOLDER"""

import os
import shutil
import sys
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer


def convert(file: Path, folder: Path) -> None:
    """Writes the folder whole or not at all, so that an interrupted run leaves nothing that looks finished."""
    unfinished = folder.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    tokenizer = AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name)
    model = AutoModelForCausalLM.from_pretrained(file.parent, gguf_file=file.name, dtype=torch.bfloat16)
    as_plain_weights(model)
    model.save_pretrained(unfinished)
    tokenizer.save_pretrained(unfinished)
    shutil.rmtree(folder, ignore_errors=True)
    unfinished.rename(folder)


def as_plain_weights(model: AutoModelForCausalLM) -> None:
    """The weights are dequantised when they are read; without this, saving refuses as if they were not."""
    model.hf_quantizer = None
    model._weight_conversions = None
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    for name in ("is_quantized", "quantization_method"):
        if hasattr(model, name):
            delattr(model, name)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: convert_gguf.py FILE.gguf FOLDER")
    convert(Path(sys.argv[1]), Path(sys.argv[2]))
