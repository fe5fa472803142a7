"""How much is done at once: what waits is bounded, and nobody takes all of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from interviewer.errors import TooMany
from interviewer.metrics import Metrics

# Refused work is tried again after this; a turn takes less.
AGAIN_AFTER_S = 5


class Capacity:
    """Counts what is under way, in one event loop."""

    def __init__(self, at_once: int, per_owner: int, metrics: Metrics | None = None) -> None:
        """`at_once` pieces of work for all together, `per_owner` of them for one; `metrics` are told of all."""
        self._metrics = metrics or Metrics()
        self._metrics.limit_work(at_once)
        self._at_once = at_once
        self._per_owner = per_owner
        self._held: Counter[str | None] = Counter()

    def expect_room(self, owner: str | None = None) -> None:
        """Raises TooMany if nothing more is taken, of the owner or at all. None is nobody in particular."""
        if self._held.total() >= self._at_once:
            self._metrics.refuse_work("all")
            raise TooMany(
                "The server is busy with as many answers as it takes at once; nothing of yours was stored. Send it again "
                "in a moment.",
                AGAIN_AFTER_S,
            )
        if owner is not None and self._held[owner] >= self._per_owner:
            self._metrics.refuse_work("one")
            raise TooMany(
                f"{self._per_owner} of your answers are under way already; wait until one of them is done.",
                AGAIN_AFTER_S,
            )

    @contextmanager
    def held(self, owner: str | None = None) -> Iterator[None]:
        """A piece of work, for as long as it lasts."""
        self._held[owner] += 1
        try:
            with self._metrics.working():
                yield
        finally:
            self._held[owner] -= 1
            if not self._held[owner]:
                del self._held[owner]

    @contextmanager
    def taken(self, owner: str | None = None) -> Iterator[None]:
        """A piece of work if there is room for it. Raises TooMany."""
        self.expect_room(owner)
        with self.held(owner):
            yield
