"""No model brings code along: weights are data, and what a hub's repository holds besides them is never run."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from interviewer.llm.vllm_server import serve_command

ROOT = Path(__file__).parents[1]
PACKAGES = ("interviewer", "retrieval", "rubrics", "corpus", "ui")
FILES = [
    path for name in PACKAGES for path in sorted((ROOT / name).rglob("*.py")) if "problems" not in path.parts
]
# Modules that read a file by running what it says.
RUNNING = {"pickle", "_pickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"}
LOADERS = {"SentenceTransformer", "CrossEncoder", "SparseEncoder", "pipeline"}


def is_constant(node: ast.expr | None, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def faults_of_call(call: ast.Call) -> Iterator[str]:
    """What a call leaves open that loads a model or an array."""
    name = ast.unparse(call.func)
    last = name.rpartition(".")[2]
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    loads_model = last == "from_pretrained" or last in LOADERS
    if loads_model and not is_constant(given.get("trust_remote_code"), False):
        yield f"{name} without trust_remote_code=False"
    weights = given.get("use_safetensors")
    if last in LOADERS and isinstance(inner := given.get("model_kwargs"), ast.Dict):
        keys = [key.value if isinstance(key, ast.Constant) else None for key in inner.keys]
        weights = dict(zip(keys, inner.values, strict=True)).get("use_safetensors")
    brings_weights = loads_model and not any(word in name for word in ("Tokenizer", "Config", "Processor"))
    if brings_weights and not is_constant(weights, True):
        yield f"{name} without use_safetensors=True"
    if name == "torch.load" and not is_constant(given.get("weights_only"), True):
        yield "torch.load without weights_only=True"
    if "allow_pickle" in given and not is_constant(given["allow_pickle"], False):
        yield f"{name} with allow_pickle"
    if name.startswith("torch.hub."):
        yield name


def faults(source: str) -> list[str]:
    """Every place of a module where a file could be run instead of read."""
    found: list[str] = []
    for node in ast.walk(ast.parse(source)):
        modules: list[str] = []
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules = [node.module or ""]
        elif isinstance(node, ast.Call):
            found += faults_of_call(node)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found += [node.value] if "trust-remote-code" in node.value.replace("_", "-") else []
        found += [f"imports {module}" for module in modules if module.partition(".")[0] in RUNNING]
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_runs_what_it_loads(path: Path) -> None:
    assert faults(path.read_text(encoding="utf-8")) == []


def test_there_are_loaders_among_them() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in FILES)
    assert text.count("trust_remote_code=False") >= 3
    assert text.count('use_safetensors": True') + text.count("use_safetensors=True") >= 2


@pytest.mark.parametrize(
    "source",
    [
        "AutoTokenizer.from_pretrained(where)",
        "AutoTokenizer.from_pretrained(where, trust_remote_code=True)",
        "AutoTokenizer.from_pretrained(where, trust_remote_code=maybe)",
        "AutoModel.from_pretrained(where, trust_remote_code=False)",
        "AutoModel.from_pretrained(where, trust_remote_code=False, use_safetensors=None)",
        "SentenceTransformer(where, trust_remote_code=False)",
        "SentenceTransformer(where, trust_remote_code=False, model_kwargs={'use_safetensors': False})",
        "torch.load(file)",
        "torch.hub.load('owner/name', 'model')",
        "np.load(file, allow_pickle=True)",
        "import pickle",
        "from joblib import load",
        "flags = ['--trust-remote-code']",
    ],
)
def test_what_would_run_code_is_found(source: str) -> None:
    assert faults(source)


def test_vllm_is_not_told_to_run_the_code_of_a_model() -> None:
    started = serve_command(Path("python"), "org/model", "127.0.0.1", 8000)
    compose = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text(encoding="utf-8"))
    manifest = (ROOT / "deploy" / "kubernetes" / "base" / "vllm-deployment.yaml").read_text(encoding="utf-8")
    for text in (" ".join(started), " ".join(compose["services"]["vllm"]["command"]), manifest):
        assert "trust" not in text
