"""One frozen `Settings`, built once in the command line and passed down."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from platformdirs import user_data_path
from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from interviewer.llm.connect import Connection
from interviewer.llm.server_calls import FIRST_TOKEN_S
from interviewer.llm.steady import CONCURRENCY
from interviewer.logs import LogFormat, LogLevel
from interviewer.packs import BUILT_IN_PACK
from interviewer.sandbox.choose import RunCode
from retrieval import Embedder, Precision, default_embedder

# Where nobody set another limit.
MAX_MESSAGE_CHARS = 20_000


class Settings(BaseSettings):
    """Every field can be set by the environment variable `MOCKROUND_<FIELD>`; options of the command win."""

    model_config = SettingsConfigDict(
        env_prefix="MOCKROUND_", frozen=True, extra="ignore", env_ignore_empty=True
    )

    data: Annotated[Path, Field(description="Folder of index, database and exports.")] = user_data_path(
        "mockround", False
    )
    db: Annotated[str | None, Field(description="Database URL; SQLite in the data folder by default.")] = None
    pack: Annotated[Path, Field(description="Folder of the pack.")] = BUILT_IN_PACK
    embedder: Annotated[
        str | None, Field(description="Sentence-transformers model; the packaged MiniLM by default.")
    ] = None
    embedding_precision: Annotated[
        Precision,
        Field(
            description="What that model computes in: float32, or bfloat16, which is faster for many short "
            "answers on processors with instructions for it."
        ),
    ] = "float32"
    llm: Annotated[Literal["auto", "server", "local", "none"], Field(description="Which language model.")] = (
        "auto"
    )
    llm_url: Annotated[str | None, Field(description="OpenAI-compatible server.")] = None
    llm_model: Annotated[str | None, Field(description="Model name, folder, hub id or GGUF file.")] = None
    llm_key: Annotated[SecretStr | None, Field(description="Bearer token.")] = None
    llm_concurrency: Annotated[
        int, Field(description="How many requests a model server gets at once; more wait here.", gt=0)
    ] = CONCURRENCY
    llm_first_token_s: Annotated[
        float,
        Field(description="How long a model server has until its reply begins, in seconds.", gt=0, le=300),
    ] = FIRST_TOKEN_S
    second_opinion: Annotated[
        bool | None,
        Field(
            description="Whether the language model's opinion on every answer is shown beside the score; by default "
            "where its server is on this machine or private network."
        ),
    ] = None
    unwatched_s: Annotated[
        float,
        Field(description="How long the interviewer goes on speaking to a closed page, in seconds.", ge=0),
    ] = 30.0
    max_message_chars: Annotated[
        int, Field(description="Longest message or answer, in characters.", gt=0)
    ] = MAX_MESSAGE_CHARS

    run_code: Annotated[
        RunCode,
        Field(
            description="How candidates' code is run: auto is bubblewrap where it works and otherwise off; plain, which "
            "does not keep code from your files, only where you alone reach the page."
        ),
    ] = "auto"
    run_at_once: Annotated[
        int | None,
        Field(description="How many solutions run at once; as many as processors by default.", gt=0),
    ] = None

    allowed_hosts: Annotated[
        tuple[str, ...],
        NoDecode,
        Field(
            description="Host names, with commas, under which the page may be opened; addresses and localhost "
            "need no entry, * allows any."
        ),
    ] = ()

    auth: Annotated[
        Path | None,
        Field(
            description="File of accounts; with it everybody signs in and sees their own interviews alone."
        ),
    ] = None
    user_header: Annotated[
        str | None,
        Field(description="Header in which a proxy in front says who asks, such as X-Forwarded-User."),
    ] = None
    trusted_proxies: Annotated[
        tuple[str, ...],
        NoDecode,
        Field(
            description="Addresses or networks of proxies, with commas: the user's header, and X-Forwarded-For and "
            "-Proto, are believed from them alone."
        ),
    ] = ()
    oidc_issuer: Annotated[
        str | None,
        Field(
            description="Issuer of the OpenID Connect provider with which people sign in, as it says itself."
        ),
    ] = None
    oidc_client_id: Annotated[str | None, Field(description="What the provider knows this server as.")] = None
    oidc_client_secret: Annotated[SecretStr | None, Field(description="What this server proves it with.")] = (
        None
    )
    oidc_claim: Annotated[
        str,
        Field(
            description="Claim of the ID token that somebody's sessions are kept under; email counts where it is verified."
        ),
    ] = "sub"
    public_url: Annotated[
        str | None, Field(description="Where browsers open this server; the provider sends them back there.")
    ] = None
    secret: Annotated[
        SecretStr | None,
        Field(description="Signs the cookies of who signs in with a provider; replicas share it."),
    ] = None
    admins: Annotated[
        tuple[str, ...],
        NoDecode,
        Field(
            description="Names, with commas, that may change what all share where a proxy or provider says who asks; "
            "an account says so itself."
        ),
    ] = ()
    at_once: Annotated[
        int,
        Field(
            description="How many rounds and single answers are worked on at once, waiting ones included; more are "
            "refused with a sentence.",
            gt=0,
        ),
    ] = 100
    requests_per_minute: Annotated[
        int, Field(description="How many requests that change something one user may send in a minute.", gt=0)
    ] = 300

    log: Annotated[
        LogFormat, Field(description="How the server logs: text for people, json for machines.")
    ] = "text"
    log_level: Annotated[
        LogLevel,
        Field(description="What is logged: at info every request, by its route and without its text."),
    ] = "warning"

    @field_validator("allowed_hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return _parts(value.lower()) if isinstance(value, str) else value

    @field_validator("trusted_proxies", "admins", mode="before")
    @classmethod
    def _split_exactly(cls, value: object) -> object:
        return _parts(value) if isinstance(value, str) else value

    @property
    def has_oidc(self) -> bool:
        """Whether an OpenID Connect provider is wanted, be it named in full or not."""
        return bool(self.oidc_issuer or self.oidc_client_id or self.oidc_client_secret)

    @property
    def has_sign_in(self) -> bool:
        """Whether people sign in and out here."""
        return self.auth is not None or self.has_oidc

    @property
    def is_open(self) -> bool:
        """Whether everything belongs to whoever reaches the page."""
        return not self.has_sign_in and not self.user_header

    @property
    def qualifications(self) -> Path:
        """The folder in which it is kept what language models are trusted with."""
        return self.data / "qualifications"

    def new_embedder(self) -> Embedder:
        """The embedding model, not loaded yet. Raises EmbedderError when the packaged one is missing or its name is empty."""
        return default_embedder(self.embedder, self.embedding_precision)

    @property
    def connection(self) -> Connection:
        """Which language model is wanted, for `interviewer.llm.connect`."""
        return Connection(
            self.llm,
            self.llm_url,
            self.llm_model,
            self.llm_key,
            self.llm_concurrency,
            self.llm_first_token_s,
        )


def _parts(text: str) -> tuple[str, ...]:
    """What stands between commas."""
    return tuple(part.strip() for part in text.split(",") if part.strip())
