"""What goes wrong between us and a language model.

ModelError
├── ModelUnavailable   the server's operator, or the network: refused, timed out, 5xx, 429; trying later may help
│   ├── ModelTimedOut  it took the request and did not answer in time
│   └── CircuitOpen    us: it failed repeatedly and is left alone for a while; nothing was sent
├── ModelRejected      our request or the user's settings: 4xx, wrong key
│   ├── ContextTooLong the request is longer than the model reads; a shorter one may pass
│   └── ModelNotFound  the server has no such model, or no such path (any more)
├── ModelGarbled       the model: an answer that cannot be used (no text, labels outside the choices, broken stream)
└── ModelMisconfigured the user: no such file, unknown model name, missing package; says how to fix it
"""

from __future__ import annotations

from typing import ClassVar


class ModelError(Exception):
    """Something between us and a language model; the text is one sentence fit for a user.

    `reason` is one word for metrics and stored events; there is one for each class.
    """

    reason: ClassVar[str] = "failed"


class ModelUnavailable(ModelError):
    """The server cannot be reached or refuses for now. `retry_after_s`: how long it asked to be left alone."""

    reason = "unavailable"

    def __init__(self, text: str, retry_after_s: float | None = None) -> None:
        """The sentence, and the server's own wish if it gave one."""
        super().__init__(text)
        self.retry_after_s = retry_after_s


class ModelTimedOut(ModelUnavailable):
    """The server did not answer in time."""

    reason = "timed_out"


class CircuitOpen(ModelUnavailable):
    """The server failed repeatedly and is not asked for now."""

    reason = "circuit_open"


class ModelRejected(ModelError):
    """The server understood and refuses this request."""

    reason = "rejected"


class ContextTooLong(ModelRejected):
    """The messages and the reply's tokens do not fit what the model reads at once."""

    reason = "too_long"


class ModelNotFound(ModelRejected):
    """The server knows no such model or path."""

    reason = "not_found"


class ModelGarbled(ModelError):
    """The model answered with something that cannot be used."""

    reason = "garbled"


class ModelMisconfigured(ModelError):
    """The settings name something that is not there."""

    reason = "misconfigured"
