"""A circuit breaker: a server that keeps failing is left alone for a while, so that nobody waits for it.

    closed ── `failures` in a row ──▶ open ── cool-down over ──▶ half open (one trial) ── it answers ──▶ closed
                                       ▲                              │
                                       └────────── it fails ──────────┘   each time for twice as long

Only ModelUnavailable counts. A refusal or a garbled reply is an answer: the server is there, the request or the model
is at fault, and leaving the server alone would mend neither (whether a model can be used at all is for
`mockround qualify` to say). A request that ran into its timeout counts as all the failures that open the circuit,
unless another one succeeded meanwhile: to wait three times for a server that hangs would keep a candidate for minutes.
A request that was cancelled says nothing. What began before the last change of state says nothing about the state
that came after it.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from interviewer.llm.errors import CircuitOpen, ModelError, ModelTimedOut, ModelUnavailable
from interviewer.llm.observe import CircuitState

Clock = Callable[[], float]


@dataclass(frozen=True)
class Patience:
    """When a server is left alone: after `failures` in a row, at first for `cool_down_s`, at most for `longest_s`.

    Each cool-down is stretched or shortened at random by up to `jitter` (0..1), so that replicas do not all come
    back in one moment.
    """

    failures: int = 3
    cool_down_s: float = 15.0
    longest_s: float = 300.0
    jitter: float = 0.2


@dataclass(frozen=True)
class _Ticket:
    epoch: int
    successes: int


class Breaker:
    """The state of one server. It changes in the event loop alone, between awaits; so no lock is needed."""

    def __init__(
        self,
        who: str,
        patience: Patience | None = None,
        *,
        clock: Clock = time.monotonic,
        chance: Callable[[], float] = random.random,
        moved: Callable[[CircuitState], None] = lambda _state: None,
    ) -> None:
        """`who` is named in errors; `clock` counts seconds, `chance` gives 0..1; `moved` hears of each new state."""
        self._who = who
        self._patience = patience or Patience()
        self._clock = clock
        self._chance = chance
        self._moved = moved
        self._state: CircuitState = "closed"
        self._epoch = 0
        self._failures = 0
        self._successes = 0
        self._openings = 0
        self._until = 0.0
        moved("closed")

    @property
    def state(self) -> CircuitState:
        """`open` until a request comes after the cool-down."""
        return self._state

    def check(self) -> None:
        """Raises CircuitOpen if a request would not be let through now; changes nothing."""
        if self._state == "half_open":
            raise CircuitOpen(f"{self._who} has failed repeatedly and is being tried again; wait a moment.")
        if self._state == "open" and (left := self._until - self._clock()) > 0:
            raise CircuitOpen(
                f"{self._who} has failed repeatedly and is left alone; it is tried again in {max(1, round(left))} s."
            )

    @contextmanager
    def guard(self) -> Iterator[Callable[[], None]]:
        """Around one request, whose end is learned from; to be called when its reply begins.

        A trial whose reply has begun closes the circuit: others need not wait until the last word is written.

        Raises:
            CircuitOpen: before anything is sent.
        """
        self.check()
        if self._state == "open":
            self._move("half_open")
        ticket = _Ticket(self._epoch, self._successes)
        try:
            yield lambda: self._begun(ticket)
        except ModelUnavailable as error:
            self._failed(ticket, error)
            raise
        except ModelError:
            self._answered(ticket)
            raise
        except BaseException:
            self._left(ticket)
            raise
        else:
            self._answered(ticket)

    def _begun(self, ticket: _Ticket) -> None:
        if self._state == "half_open" and ticket.epoch == self._epoch:
            self._move("closed")

    def _answered(self, ticket: _Ticket) -> None:
        if ticket.epoch != self._epoch:
            return
        self._successes += 1
        self._failures = self._openings = 0
        if self._state != "closed":
            self._move("closed")

    def _failed(self, ticket: _Ticket, error: ModelUnavailable) -> None:
        if ticket.epoch != self._epoch:
            return
        alone = self._successes == ticket.successes
        self._failures += self._patience.failures if alone and isinstance(error, ModelTimedOut) else 1
        wished_s = error.retry_after_s or 0.0
        if self._state == "closed" and self._failures < self._patience.failures and not wished_s:
            return
        self._openings += 1
        self._until = self._clock() + max(self._cool_down_s(), min(wished_s, self._patience.longest_s))
        self._move("open")

    def _left(self, ticket: _Ticket) -> None:
        if self._state == "half_open" and ticket.epoch == self._epoch:
            self._until = self._clock()  # the next one is the trial
            self._move("open")

    def _cool_down_s(self) -> float:
        patience = self._patience
        doubled = patience.cool_down_s * 2.0 ** min(self._openings - 1, 30)
        return min(doubled, patience.longest_s) * (1 + patience.jitter * (2 * self._chance() - 1))

    def _move(self, state: CircuitState) -> None:
        self._state = state
        self._epoch += 1
        self._failures = 0
        self._moved(state)
