"""What happens to requests, told to whoever counts: metrics in the service, a list in a test.

An observer is a function of one observation. It is called in the event loop and must neither block nor raise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Verb = Literal["complete", "choose"]
CircuitState = Literal["closed", "open", "half_open"]


@dataclass(frozen=True)
class Queued:
    """A request waits for its turn; `Admitted` or `GaveUp` follows, perhaps at once."""

    verb: Verb


@dataclass(frozen=True)
class Admitted:
    """A request's turn has come after `waited_s` seconds; `Ended` follows."""

    verb: Verb
    waited_s: float


@dataclass(frozen=True)
class GaveUp:
    """Whoever asked was cancelled while waiting."""

    verb: Verb


@dataclass(frozen=True)
class Refused:
    """Nothing was sent: the circuit is open."""

    verb: Verb


@dataclass(frozen=True)
class FirstToken:
    """The first text of a reply came `seconds` after its turn."""

    seconds: float


@dataclass(frozen=True)
class Ended:
    """A request is over, `seconds` after its turn: `ok`, `cancelled`, or the `reason` of a ModelError."""

    verb: Verb
    outcome: str
    seconds: float


@dataclass(frozen=True)
class Retried:
    """The same request is about to be sent again."""


@dataclass(frozen=True)
class TokensUsed:
    """What the server counted for one request. `cached` tokens of the prompt were not computed anew; None where it does not say."""

    verb: Verb
    prompt: int
    completion: int
    cached: int | None


@dataclass(frozen=True)
class CircuitMoved:
    """The circuit breaker changed its state."""

    state: CircuitState


Observation = Queued | Admitted | GaveUp | Refused | FirstToken | Ended | Retried | TokensUsed | CircuitMoved
Observe = Callable[[Observation], None]


def ignore(_observation: Observation) -> None:
    """The observer that does nothing."""
