"""Settings: the environment, the options that win over it, and what a wrong value says."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError
from round_world import TINY

from interviewer.build import build_parts
from interviewer.commands.options import settings_from
from interviewer.config import Settings
from interviewer.errors import BadInput
from interviewer.llm.connect import Connection
from interviewer.packs import BUILT_IN_PACK
from retrieval import HashEmbedder


def test_defaults_are_auto_and_the_built_in_pack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MOCKROUND_LLM")
    settings = Settings()
    assert settings.pack == BUILT_IN_PACK
    assert settings.connection == Connection("auto", None, None, None)
    assert settings.allowed_hosts == ()
    assert settings.max_message_chars == 20_000


def test_every_variable_of_the_contract_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    values = {
        "MOCKROUND_DATA": str(tmp_path),
        "MOCKROUND_LLM": "server",
        "MOCKROUND_LLM_URL": "http://127.0.0.1:8000/v1",
        "MOCKROUND_LLM_MODEL": "a-model",
        "MOCKROUND_LLM_KEY": "k-123",
        "MOCKROUND_LLM_FIRST_TOKEN_S": "90",
        "MOCKROUND_ALLOWED_HOSTS": "Mock.example, other.example,,",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    assert settings.data == tmp_path
    wanted = settings.connection
    assert (wanted.kind, wanted.url, wanted.model) == ("server", "http://127.0.0.1:8000/v1", "a-model")
    assert wanted.first_token_s == 90.0
    assert wanted.key is not None
    assert wanted.key.get_secret_value() == "k-123"
    assert settings.allowed_hosts == ("mock.example", "other.example")


@pytest.mark.parametrize(("value", "wanted"), [("", None), ("true", True), ("false", False), ("off", False)])
def test_whether_second_opinions_are_made(
    monkeypatch: pytest.MonkeyPatch, value: str, wanted: bool | None
) -> None:
    monkeypatch.setenv("MOCKROUND_SECOND_OPINION", value)
    assert Settings().second_opinion is wanted


@pytest.mark.parametrize(
    ("value", "wanted"), [("", "auto"), ("bubblewrap", "bubblewrap"), ("plain", "plain"), ("off", "off")]
)
def test_how_code_is_run(monkeypatch: pytest.MonkeyPatch, value: str, wanted: str) -> None:
    monkeypatch.setenv("MOCKROUND_RUN_CODE", value)
    monkeypatch.setenv("MOCKROUND_RUN_AT_ONCE", "3")
    settings = Settings()
    assert (settings.run_code, settings.run_at_once) == (wanted, 3)


def test_an_option_wins_over_its_variable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MOCKROUND_LLM_MODEL", "from-the-environment")
    assert settings_from(llm_model="from-the-option").llm_model == "from-the-option"
    assert settings_from(llm_model=None).llm_model == "from-the-environment"
    assert settings_from(data=tmp_path / "x").data == tmp_path / "x"


def test_an_address_alone_means_a_server_whatever_the_environment_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MOCKROUND_LLM", "none")
    assert settings_from(llm_url="http://127.0.0.1:8000/v1").llm == "server"
    assert settings_from(llm_url="http://127.0.0.1:8000/v1", llm="none").llm == "none"


def test_an_empty_variable_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOCKROUND_LLM_URL", "")
    monkeypatch.setenv("MOCKROUND_DB", "")
    settings = Settings()
    assert settings.llm_url is None
    assert settings.db is None


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("MOCKROUND_LLM", "gpt"),
        ("MOCKROUND_MAX_MESSAGE_CHARS", "many"),
        ("MOCKROUND_MAX_MESSAGE_CHARS", "0"),
        ("MOCKROUND_SECOND_OPINION", "perhaps"),
        ("MOCKROUND_RUN_CODE", "docker"),
        ("MOCKROUND_RUN_AT_ONCE", "0"),
    ],
)
def test_a_wrong_variable_is_named_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    monkeypatch.setenv("MOCKROUND_LLM_KEY", "k-123")
    with pytest.raises(BadInput) as caught:
        settings_from()
    assert str(caught.value).startswith(f"{variable} cannot be used: ")
    assert "\n" not in str(caught.value)
    assert "k-123" not in str(caught.value)


def test_a_wrong_option_is_named() -> None:
    with pytest.raises(BadInput, match="auto, server, local or none"):
        settings_from(llm="gpt")


def test_settings_cannot_be_changed_and_do_not_show_the_key() -> None:
    settings = settings_from(llm_key="k-123")
    with pytest.raises(ValidationError):
        settings.llm = "none"  # type: ignore[misc]
    assert "k-123" not in repr(settings)
    assert "k-123" not in str(settings.connection)
    assert "k-123" not in settings.model_dump_json()


def test_what_embeds_is_what_is_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[tuple[object, ...]] = []

    def embedder(*given: object) -> HashEmbedder:
        asked.append(given)
        return HashEmbedder()

    monkeypatch.setattr("interviewer.config.default_embedder", embedder)
    build_parts(Settings(data=tmp_path, pack=TINY))
    monkeypatch.setenv("MOCKROUND_EMBEDDER", "some/model")
    monkeypatch.setenv("MOCKROUND_EMBEDDING_PRECISION", "bfloat16")
    build_parts(Settings(data=tmp_path, pack=TINY))
    assert asked == [(None, "float32"), ("some/model", "bfloat16")]
    monkeypatch.setenv("MOCKROUND_EMBEDDING_PRECISION", "int8")
    with pytest.raises(BadInput, match="MOCKROUND_EMBEDDING_PRECISION cannot be used"):
        settings_from()
