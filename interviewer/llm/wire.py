"""What OpenAI-compatible servers send, as far as we read it, and the HTTP client that talks to them."""

from __future__ import annotations

from typing import Any

import httpx2
import openai
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

# Nothing else leaves: no organisation, project or custom header that the openai client takes from the environment.
_HEADERS = frozenset(
    {"host", "accept", "accept-encoding", "connection", "user-agent", "content-length", "content-type"}
)


class _Wire(BaseModel):
    model_config = ConfigDict(extra="ignore")


class ListedModel(_Wire):
    """A model that a server offers. `root` is what vLLM loaded under the name, `max_model_len` how much it reads."""

    id: str
    root: str | None = None
    max_model_len: int | None = None


class ModelList(_Wire):
    """`GET /models`."""

    data: list[ListedModel] = Field(default_factory=list)


class Tokens(_Wire):
    """vLLM's `POST /tokenize`."""

    count: int
    token_strs: list[str] | None = None


class TokenLogprob(_Wire):
    """One token with its natural-log probability."""

    token: str
    logprob: float


class Position(TokenLogprob):
    """A generated token and its likeliest alternatives."""

    top_logprobs: list[TokenLogprob] = Field(default_factory=list)

    def tokens(self) -> list[TokenLogprob]:
        """The alternatives, with the generated token among them."""
        listed = any(item.token == self.token for item in self.top_logprobs)
        return [*self.top_logprobs, *([] if listed else [self])]


class Logprobs(_Wire):
    """Log-probabilities of a reply."""

    content: list[Position] | None = None


class ReplyMessage(_Wire):
    """A reply's message; servers differ in the name under which thinking comes."""

    content: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None

    @property
    def thinks(self) -> bool:
        """Whether the server took thinking out of the reply."""
        return bool(self.reasoning_content or self.reasoning)


class ReplyChoice(_Wire):
    """One reply."""

    message: ReplyMessage = Field(default_factory=ReplyMessage)
    logprobs: Logprobs | None = None
    finish_reason: str | None = None


class PromptDetails(_Wire):
    """vLLM fills it when it was started with `--enable-prompt-tokens-details`, and then not for a prompt without a hit."""

    cached_tokens: int | None = Field(None, ge=0)


class Usage(_Wire):
    """The server's own count of tokens."""

    prompt_tokens: int = Field(ge=0)
    completion_tokens: int = Field(0, ge=0)
    prompt_tokens_details: PromptDetails | None = None

    @property
    def cached_tokens(self) -> int | None:
        """Tokens of the prompt that were in the server's cache; None where it does not say."""
        return None if self.prompt_tokens_details is None else self.prompt_tokens_details.cached_tokens


def usage_of(given: Any) -> Usage | None:
    """The count in whatever a server sent as `usage`; what cannot be read is no reason to lose the reply."""
    try:
        return None if given is None else Usage.model_validate(given, from_attributes=True)
    except ValidationError:
        return None


class ChatReply(_Wire):
    """`POST /chat/completions` without streaming."""

    choices: list[ReplyChoice] = Field(min_length=1)
    usage: Any = None


class Delta(_Wire):
    """What one event of a stream adds."""

    text: str = ""
    thinking: bool = False
    finish_reason: str | None = None
    usage: Usage | None = None


def delta_of(chunk: Any) -> Delta:
    """The first reply's part of an event. Tolerant: the client hands out whatever the server sent."""
    choices = getattr(chunk, "choices", None)
    usage = usage_of(getattr(chunk, "usage", None))
    if not choices:
        return Delta(usage=usage)
    delta = getattr(choices[0], "delta", None)
    text = getattr(delta, "content", None)
    thinking = getattr(delta, "reasoning_content", None) or getattr(delta, "reasoning", None)
    finish = getattr(choices[0], "finish_reason", None)
    return Delta(
        text=text if isinstance(text, str) else "",
        thinking=bool(thinking),
        finish_reason=finish if isinstance(finish, str) else None,
        usage=usage,
    )


def open_http(
    key: SecretStr | None, connect_s: float, loopback: bool, transport: httpx2.AsyncBaseTransport | None
) -> httpx2.AsyncClient:
    """An HTTP client that sends the key as bearer token, and no header that we did not mean to send.

    Reading is not limited here (a long prompt takes its time; callers hold the clock), redirects are not followed
    (the key would go along), and proxies from the environment are not asked for this machine's own servers.
    """

    async def only_ours(request: httpx2.Request) -> None:
        for name in list(request.headers):
            if name.lower() not in _HEADERS:
                del request.headers[name]
        if key is not None:
            request.headers["Authorization"] = f"Bearer {key.get_secret_value()}"

    return httpx2.AsyncClient(
        timeout=httpx2.Timeout(None, connect=connect_s),
        event_hooks={"request": [only_ours]},
        follow_redirects=False,
        trust_env=not loopback,
        transport=transport,
    )


def open_client(http: httpx2.AsyncClient, base_url: str) -> openai.AsyncOpenAI:
    """The openai client on top of `http`, with its own retries off and nothing taken from the environment."""
    return openai.AsyncOpenAI(
        api_key="set-by-the-http-client",
        admin_api_key="",
        organization="",
        project="",
        base_url=base_url,
        max_retries=0,
        timeout=http.timeout,
        http_client=http,
    )
