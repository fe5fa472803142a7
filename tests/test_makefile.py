"""`make run-gpu` without a GPU: what it would do, and what it says where there is none."""

import os
import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import typer.main

from interviewer.cli import app

ROOT = Path(__file__).parents[1]

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="there is no make")


# What `make test` hands to the make that a test starts: that one would speak of itself as a make within a make.
OUTER = {"MAKEFLAGS", "MAKELEVEL", "MFLAGS"}


def make(*words: str) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if name not in OUTER}
    return subprocess.run(
        ["make", *words], cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False
    )


def planned(*words: str) -> list[str]:
    """The commands that a target would run on a fresh clone."""
    done = make("--dry-run", "--always-make", *words)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_it_installs_the_pinned_release_into_an_environment_of_its_own() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (pin,) = extras["optional-dependencies"]["vllm"]
    installs = [line for line in planned("run-gpu") if "pip" in line and "vllm" in line]
    assert installs == [f".venv-vllm-gpu/bin/python -m pip --disable-pip-version-check install -q {pin}"]


@pytest.mark.parametrize(
    ("given", "model"), [((), []), (("MODEL=org/Some-8B",), ["--llm-model", "org/Some-8B"])]
)
def test_it_serves_with_options_that_exist(given: tuple[str, ...], model: list[str]) -> None:
    serve = shlex.split(planned("run-gpu", *given)[-1])
    assert serve[:2] == [".venv/bin/mockround", "serve"]
    assert ["--start-vllm", "--vllm-python", ".venv-vllm-gpu/bin/python", *model] == serve[6:]
    command = typer.main.get_command(app).commands["serve"]  # type: ignore[attr-defined]
    known = {name for parameter in command.params for name in parameter.opts}
    assert {word for word in serve if word.startswith("--")} <= known


def test_without_a_gpu_it_installs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "nvidia-smi"
    broken.write_text("#!/bin/sh\nexit 9\n", encoding="utf-8")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    done = make("run-gpu")
    assert done.returncode != 0
    assert "needs an NVIDIA GPU" in done.stderr
    assert "make run works without one" in done.stderr
    assert done.stdout == ""
