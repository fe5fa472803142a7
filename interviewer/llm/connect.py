"""From settings to a language model, or to none, with a sentence that says which."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import httpx2
from pydantic import SecretStr

from interviewer.llm.address import Resolver, expect_no_trap, leaves_private_network, parse_address
from interviewer.llm.breaker import Patience
from interviewer.llm.errors import ModelError, ModelMisconfigured, ModelRejected, ModelUnavailable
from interviewer.llm.local import LocalModel
from interviewer.llm.observe import Observe, ignore
from interviewer.llm.openai_server import OpenAIServer
from interviewer.llm.protocol import ChatModel
from interviewer.llm.server_calls import FIRST_TOKEN_S, Timeouts
from interviewer.llm.steady import CONCURRENCY, SteadyModel
from interviewer.plain_text import short

# Looked for on this machine, in this order, when nothing is configured.
USUAL_SERVERS = (
    ("vLLM", "http://127.0.0.1:8000/v1"),
    ("Ollama", "http://127.0.0.1:11434/v1"),
    ("llama.cpp", "http://127.0.0.1:8080/v1"),
    ("LM Studio", "http://127.0.0.1:1234/v1"),
)
PROBE_TIMEOUTS = Timeouts(connect_s=0.4)
# Characters of a model's name in a sentence.
_QUOTED = 100

_JUDGED = "scores come from the embedded judge"
_BANK = f"questions, follow-ups and feedback come from the bank, {_JUDGED}"


@dataclass(frozen=True)
class Connection:
    """Which language model is wanted. `auto` with a `url` means `server`.

    `concurrency` is how many requests a server gets at once; a model in this process gets one. `first_token_s` is how
    long a server has until its reply begins.
    """

    kind: Literal["auto", "server", "local", "none"] = "auto"
    url: str | None = None
    model: str | None = None
    key: SecretStr | None = None
    concurrency: int = CONCURRENCY
    first_token_s: float = FIRST_TOKEN_S


@dataclass(frozen=True)
class ModelStatus:
    """What is connected, for people (`sentence`) and for programs.

    `leaves_network`: answers that are sent to it leave this machine and private networks; the user is told once.
    `answers`: False for a configured server that did not answer when it was asked. `found` is whose usual port it
    was found on, if nobody named it. `words_follow_ups`: False where the bank speaks although a model is there.
    """

    kind: Literal["server", "local", "none"]
    sentence: str
    name: str | None = None
    where: str | None = None
    leaves_network: bool = False
    answers: bool = True
    found: str | None = None
    words_follow_ups: bool = True


@dataclass(frozen=True)
class Connected:
    """The model, None for the bank alone, and its status."""

    model: ChatModel | None
    status: ModelStatus


async def connect(
    connection: Connection,
    *,
    must_answer: bool = False,
    usual_servers: Sequence[tuple[str, str]] = USUAL_SERVERS,
    transport: httpx2.AsyncBaseTransport | None = None,
    resolve: Resolver | None = None,
    observe: Observe = ignore,
    timeouts: Timeouts | None = None,
    patience: Patience | None = None,
) -> Connected:
    """The model that is wanted. A server is asked for its models; nothing else is sent.

    A configured server that does not answer is connected all the same: it may come up later, and until then the
    bank speaks. `must_answer` makes that an error, for a person who is trying an address out. Every model is a
    `SteadyModel`; `observe` hears what happens to its requests, `timeouts` and `patience` replace the usual ones.

    Raises:
        ModelMisconfigured: an address, name or file that cannot be right.
        ModelRejected: the server wants another key, or is no such server.
        ModelUnavailable: with `must_answer`, the server does not answer.
    """
    kind = "server" if connection.kind == "auto" and connection.url else connection.kind
    how = _How(connection, transport, observe, timeouts, patience)
    match kind:
        case "none":
            return Connected(None, ModelStatus("none", f"No language model: {_BANK}."))
        case "local":
            return await _local(connection, how)
        case "server":
            return await _server(connection, must_answer, how, resolve)
        case _:
            return await _auto(connection, usual_servers, how)


def status_now(status: ModelStatus, model: ChatModel | None) -> ModelStatus:
    """The status after what the model's requests have shown since: whether it answers, and under which name."""
    if status.kind != "server" or not isinstance(model, SteadyModel) or model.answers is None:
        return status
    name = model.name if model.answers else status.name
    return _described(replace(status, name=name, answers=model.answers))


def without_follow_ups(status: ModelStatus) -> ModelStatus:
    """The status of a model that is not trusted with follow-ups."""
    return _described(replace(status, words_follow_ups=False))


@dataclass(frozen=True)
class _How:
    """What all ways of connecting share."""

    connection: Connection
    transport: httpx2.AsyncBaseTransport | None
    observe: Observe
    timeouts: Timeouts | None
    patience: Patience | None

    def steady(self, model: ChatModel, limit: int) -> SteadyModel:
        """The model as it is handed out."""
        return SteadyModel(model, limit=limit, patience=self.patience, observe=self.observe)

    def server(self, url: str, key: SecretStr | None, listed: str | None) -> SteadyModel:
        """A server; without a name of the user's it is `listed` now, and what it lists first later on."""
        server = OpenAIServer(
            url,
            self.connection.model,
            key,
            timeouts=self.timeouts or Timeouts(first_token_s=self.connection.first_token_s),
            transport=self.transport,
            listed=listed,
            observe=self.observe,
        )
        return self.steady(server, self.connection.concurrency)


def _described(status: ModelStatus) -> ModelStatus:
    """A model's status with its sentence."""
    does = "words follow-ups" if status.words_follow_ups else "is there, follow-ups come from the bank"
    if status.kind == "local":
        return replace(status, sentence=f"{status.name} in {status.where} {does}, {_JUDGED}.")
    if not status.answers:
        sentence = f"The model server at {status.where} does not answer now; until it does, {_BANK}."
        return replace(status, sentence=sentence)
    outside = "outside this machine and private network"
    place = f"{status.found}'s usual port on this machine" if status.found else None
    place = place or (outside if status.leaves_network else "on this machine or private network")
    sentence = f"{status.name} at {status.where} ({place}) {does}, {_JUDGED}."
    return replace(status, sentence=sentence)


async def _local(connection: Connection, how: _How) -> Connected:
    if not connection.model:
        raise ModelMisconfigured("A local model needs --llm-model: a folder, a hub id or a GGUF file.")
    model = LocalModel(connection.model)
    await model.load()
    return Connected(how.steady(model, 1), _described(ModelStatus("local", "", model.name, model.where)))


async def _server(
    connection: Connection,
    must_answer: bool,
    how: _How,
    resolve: Resolver | None,
) -> Connected:
    if not connection.url:
        raise ModelMisconfigured("A model server needs its address: --llm-url http://127.0.0.1:8000/v1.")
    address = parse_address(connection.url)
    await expect_no_trap(address, resolve)
    outside, listed = await asyncio.gather(
        leaves_private_network(address, resolve),
        _listed(OpenAIServer(connection.url, key=connection.key, transport=how.transport), connection.model),
    )
    if isinstance(listed, ModelUnavailable):
        if must_answer:
            raise listed
        model = how.server(connection.url, connection.key, None)
        status = ModelStatus("server", "", connection.model, model.where, outside, answers=False)
        return Connected(model, _described(status))
    name = _pick(listed, connection.model, address.base_url)
    model = how.server(connection.url, connection.key, name)
    return Connected(model, _described(ModelStatus("server", "", name, model.where, outside)))


async def _listed(server: OpenAIServer, wanted: str | None) -> list[str] | ModelUnavailable | None:
    """What the server lists; None where it keeps no list and a name is given."""
    try:
        return await server.list_models()
    except ModelUnavailable as error:
        return error
    except ModelRejected as error:
        cause = error.__cause__
        no_list = isinstance(cause, httpx2.HTTPStatusError) and cause.response.status_code in (404, 405, 501)
        if no_list and wanted:
            return None
        raise
    finally:
        await server.aclose()


def _pick(listed: list[str] | None, wanted: str | None, where: str) -> str:
    if listed is None:
        assert wanted is not None
        return wanted
    if wanted is None:
        if not listed:
            raise ModelMisconfigured(f"The server at {where} lists no model; give a model name.")
        return listed[0]
    if listed and wanted not in listed:
        known = ", ".join(short(name, _QUOTED) for name in listed[:5]) + (" …" if len(listed) > 5 else "")
        raise ModelMisconfigured(
            f"The server at {where} has no model {short(wanted, _QUOTED)!r}; it lists {known}."
        )
    return wanted


async def _auto(
    connection: Connection,
    usual_servers: Sequence[tuple[str, str]],
    how: _How,
) -> Connected:
    """The first usual server on this machine that lists a model. The key is not shown to whatever runs there."""
    found = await asyncio.gather(*(_probe(url, how.transport) for _, url in usual_servers))
    for (title, url), names in zip(usual_servers, found, strict=True):
        if not names or (connection.model is not None and connection.model not in names):
            continue
        name = connection.model or names[0]
        model = how.server(url, None, name)
        return Connected(model, _described(ModelStatus("server", "", name, model.where, found=title)))
    wanted = f" named {connection.model}" if connection.model is not None else ""
    locked = next((url for (_, url), names in zip(usual_servers, found, strict=True) if names is None), None)
    hint = f" A server at {locked} wants a key: give --llm-url and --llm-key." if locked else ""
    sentence = f"No language model{wanted} answers on this machine: {_BANK}.{hint}"
    return Connected(None, ModelStatus("none", sentence))


async def _probe(url: str, transport: httpx2.AsyncBaseTransport | None) -> list[str] | None:
    """The models that a server lists; none if there is no such server, None if it wants a key."""
    server = OpenAIServer(url, timeouts=PROBE_TIMEOUTS, transport=transport)
    try:
        return await server.list_models()
    except ModelError as error:
        cause = error.__cause__
        if isinstance(cause, httpx2.HTTPStatusError) and cause.response.status_code in (401, 403):
            return None
        return []
    finally:
        await server.aclose()
