"""From settings to a language model, or to none, with a sentence that says which."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import httpx2
from pydantic import SecretStr

from interviewer.llm.address import Resolver, leaves_private_network, parse_address
from interviewer.llm.errors import ModelError, ModelMisconfigured, ModelRejected, ModelUnavailable
from interviewer.llm.local import LocalModel
from interviewer.llm.openai_server import OpenAIServer
from interviewer.llm.protocol import ChatModel
from interviewer.llm.server_calls import Timeouts

# Looked for on this machine, in this order, when nothing is configured.
USUAL_SERVERS = (
    ("vLLM", "http://127.0.0.1:8000/v1"),
    ("Ollama", "http://127.0.0.1:11434/v1"),
    ("llama.cpp", "http://127.0.0.1:8080/v1"),
    ("LM Studio", "http://127.0.0.1:1234/v1"),
)
PROBE_TIMEOUTS = Timeouts(connect_s=0.4)

_JUDGED = "scores come from the embedded judge"
_BANK = f"questions, follow-ups and feedback come from the bank, {_JUDGED}"


@dataclass(frozen=True)
class Connection:
    """Which language model is wanted. `auto` with a `url` means `server`."""

    kind: Literal["auto", "server", "local", "none"] = "auto"
    url: str | None = None
    model: str | None = None
    key: SecretStr | None = None


@dataclass(frozen=True)
class ModelStatus:
    """What is connected, for people (`sentence`) and for programs.

    `leaves_network`: answers that are sent to it leave this machine and private networks; the user is told once.
    `answers`: False for a configured server that did not answer when it was asked.
    """

    kind: Literal["server", "local", "none"]
    sentence: str
    name: str | None = None
    where: str | None = None
    leaves_network: bool = False
    answers: bool = True


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
) -> Connected:
    """The model that is wanted. A server is asked for its models; nothing else is sent.

    A configured server that does not answer is connected all the same: it may come up later, and until then the
    bank speaks. `must_answer` makes that an error, for a person who is trying an address out.

    Raises:
        ModelMisconfigured: an address, name or file that cannot be right.
        ModelRejected: the server wants another key, or is no such server.
        ModelUnavailable: with `must_answer`, the server does not answer.
    """
    kind = "server" if connection.kind == "auto" and connection.url else connection.kind
    match kind:
        case "none":
            return Connected(None, ModelStatus("none", f"No language model: {_BANK}."))
        case "local":
            return await _local(connection)
        case "server":
            return await _server(connection, must_answer, transport, resolve)
        case _:
            return await _auto(connection, usual_servers, transport)


async def _local(connection: Connection) -> Connected:
    if not connection.model:
        raise ModelMisconfigured("A local model needs --llm-model: a folder, a hub id or a GGUF file.")
    model = LocalModel(connection.model)
    await model.load()
    sentence = f"{model.name} in this process words follow-ups, {_JUDGED}."
    return Connected(model, ModelStatus("local", sentence, model.name, model.where))


async def _server(
    connection: Connection,
    must_answer: bool,
    transport: httpx2.AsyncBaseTransport | None,
    resolve: Resolver | None,
) -> Connected:
    if not connection.url:
        raise ModelMisconfigured("A model server needs its address: --llm-url http://127.0.0.1:8000/v1.")
    address = parse_address(connection.url)
    outside, listed = await asyncio.gather(
        leaves_private_network(address, resolve),
        _listed(OpenAIServer(connection.url, key=connection.key, transport=transport), connection.model),
    )
    if isinstance(listed, ModelUnavailable):
        if must_answer:
            raise listed
        model = OpenAIServer(connection.url, connection.model, connection.key, transport=transport)
        sentence = f"The model server at {model.where} does not answer now; until it does, {_BANK}."
        status = ModelStatus("server", sentence, connection.model, model.where, outside, answers=False)
        return Connected(model, status)
    name = _pick(listed, connection.model, address.base_url)
    model = OpenAIServer(connection.url, name, connection.key, transport=transport)
    where = "outside this machine and private network" if outside else "on this machine or private network"
    sentence = f"{name} at {model.where} ({where}) words follow-ups, {_JUDGED}."
    return Connected(model, ModelStatus("server", sentence, name, model.where, outside))


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
        known = ", ".join(listed[:5]) + (" …" if len(listed) > 5 else "")
        raise ModelMisconfigured(f"The server at {where} has no model {wanted!r}; it lists {known}.")
    return wanted


async def _auto(
    connection: Connection,
    usual_servers: Sequence[tuple[str, str]],
    transport: httpx2.AsyncBaseTransport | None,
) -> Connected:
    """The first usual server on this machine that lists a model. The key is not shown to whatever runs there."""
    found = await asyncio.gather(*(_probe(url, transport) for _, url in usual_servers))
    for (title, url), names in zip(usual_servers, found, strict=True):
        if not names or (connection.model is not None and connection.model not in names):
            continue
        name = connection.model or names[0]
        model = OpenAIServer(url, name, transport=transport)
        sentence = (
            f"{name} at {model.where} ({title}'s usual port on this machine) words follow-ups, {_JUDGED}."
        )
        return Connected(model, ModelStatus("server", sentence, name, model.where))
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
