"""`mockround doctor`: what it looks at, what it advises, and its exit code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cli_runner import Finished, Run, run_here
from fake_vllm import nvidia_smi, script
from round_world import TINY

from interviewer.build import Parts, build_parts
from interviewer.config import Settings
from interviewer.doctor import Finding, examine


@pytest.fixture(autouse=True)
def shared_embedder(monkeypatch: pytest.MonkeyPatch, parts: Parts) -> None:
    """Hashed words in place of the embedding model."""
    monkeypatch.setattr("interviewer.config.default_embedder", lambda *_: parts.embedder)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def go(*args: object) -> Finished:
        return run_here(monkeypatch, capsys, *args)

    return go


def found(settings: Settings) -> dict[str, Finding]:
    return {item.what: item for item in examine(settings)}


def test_a_fresh_folder_is_fine_and_looking_makes_nothing(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "new", pack=TINY)
    looked = found(settings)
    assert not [item for item in looked.values() if item.needed and not item.ok]
    assert "tiny, 4 questions" in looked["pack"].found
    assert (looked["index"].ok, looked["index"].needed) == (False, False)
    assert "mockround index" in looked["index"].advice
    assert looked["language model"].ok
    assert not (tmp_path / "new").exists()


def test_what_was_built_is_seen(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, pack=TINY)
    build_parts(settings)
    assert found(settings)["index"] == Finding("index", True, "17 passages", needed=False)


def test_every_finding_that_is_not_well_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "broken.db").write_bytes(b"no database" * 200)
    settings = Settings(
        data=tmp_path / "file" / "data",
        pack=tmp_path / "nowhere",
        db=f"sqlite:///{tmp_path / 'broken.db'}",
        llm="server",
        llm_url="http://127.0.0.1:9/v1",
    )
    looked = found(settings)
    bad = {name for name, item in looked.items() if not item.ok}
    assert bad >= {"pack", "data folder", "database", "language model"}
    assert all(looked[name].advice for name in bad)
    assert "damaged" in looked["database"].found
    assert looked["language model"].needed is False, "a round needs no language model"


@pytest.mark.parametrize("native", [True, False])
def test_bfloat16_on_a_processor_without_it_is_noted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, native: bool
) -> None:
    monkeypatch.setattr("interviewer.doctor.is_native", lambda precision: precision == "float32" or native)
    assert "bfloat16" not in found(Settings(data=tmp_path, pack=TINY))
    looked = found(Settings(data=tmp_path, pack=TINY, embedding_precision="bfloat16"))
    assert ("bfloat16" in looked) is not native
    if not native:
        assert not looked["bfloat16"].needed
        assert "MOCKROUND_EMBEDDING_PRECISION" in looked["bfloat16"].advice


def test_a_database_url_is_shown_without_its_password(tmp_path: Path) -> None:
    url = "postgresql+psycopg://ada:s3cret@127.0.0.1:1/rounds"
    looked = found(Settings(data=tmp_path, pack=TINY, db=url))["database"]
    assert not looked.ok
    assert "s3cret" not in looked.found + looked.advice
    bad = found(Settings(data=tmp_path, pack=TINY, db="no url"))["database"]
    assert not bad.ok
    assert "--db" in bad.advice


def test_a_gpu_comes_with_the_model_that_suits_it_and_where_vllm_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nvidia_smi(tmp_path / "driver", monkeypatch, [("NVIDIA A10", 23028, 500, "8.6")])
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.prefix", str(tmp_path / ".venv"))
    settings = Settings(data=tmp_path, pack=TINY)
    looked = found(settings)
    assert looked["GPU"].found == "NVIDIA A10 (22.5 GiB)"
    assert "Qwen/Qwen3-14B-FP8 suits it" in looked["GPU"].advice, "what runs on it now does not matter"
    assert (looked["vLLM"].ok, looked["vLLM"].found) == (False, "not installed")
    assert "make run-gpu" in looked["vLLM"].advice
    python = script(tmp_path / ".venv-vllm-gpu" / "bin" / "python", "exit 1")
    assert found(settings)["vLLM"].found == f"{python} has none"
    (tmp_path / ".venv-vllm-gpu/lib/python3.12/site-packages/vllm-0.26.0.dist-info").mkdir(parents=True)
    assert found(settings)["vLLM"] == Finding("vLLM", True, f"vllm 0.26.0, {python}", needed=False)


def test_without_a_gpu_neither_is_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nvidia_smi(tmp_path / "driver", monkeypatch, None)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.prefix", str(tmp_path / ".venv"))
    looked = found(Settings(data=tmp_path, pack=TINY))
    assert (looked["GPU"].ok, looked["GPU"].needed) == (False, False)
    assert "vLLM" not in looked


@pytest.mark.parametrize(
    ("mode", "missing", "ok", "needed", "words"),
    [
        ("off", False, False, False, "set it to auto"),
        ("auto", True, False, False, "install bubblewrap"),
        ("bubblewrap", True, False, True, "install bubblewrap"),
        ("plain", True, True, False, "can read your files"),
    ],
)
def test_whether_code_is_run_and_how_to_turn_it_on(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    mode: Any,
    missing: bool,
    ok: bool,
    needed: bool,
    words: str,
) -> None:
    if missing:
        monkeypatch.setattr("interviewer.sandbox.choose.shutil.which", lambda _name: None)
        monkeypatch.setattr("interviewer.sandbox.choose.sys.platform", "linux")
    looked = found(Settings(data=tmp_path, pack=TINY, run_code=mode))["running code"]
    assert (looked.ok, looked.needed) == (ok, needed)
    assert words in f"{looked.found} {looked.advice}"
    assert looked.ok or looked.advice


@pytest.mark.parametrize(("pack", "code"), [(TINY, 0), (Path("/nowhere"), 1)])
def test_the_exit_code_says_whether_a_round_can_be_held(
    run: Run, tmp_path: Path, pack: Path, code: int
) -> None:
    shown = run("doctor", "--data", tmp_path, "--pack", pack)
    assert shown.code == code
    assert ("FAIL pack" in shown.out) is bool(code)
    as_json = run("doctor", "--data", tmp_path, "--pack", pack, "--json")
    assert as_json.code == code
    findings = json.loads(as_json.out)["findings"]
    assert findings[0].keys() == {"what", "ok", "found", "advice", "needed"}
    assert {"Python", "torch", "pack", "data folder", "database", "language model", "GPU"} <= {
        item["what"] for item in findings
    }


def test_the_key_is_not_shown(run: Run, tmp_path: Path) -> None:
    words = ("--llm-url", "http://127.0.0.1:9/v1", "--llm-key", "k-123")
    shown = run("doctor", "--data", tmp_path, "--pack", TINY, *words)
    assert "k-123" not in shown.out + shown.err
