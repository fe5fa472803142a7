"""How much is done at once: what waits is bounded, nobody takes all of it, and who is refused hears when to come again.

There is one line, the pieces of work under way: most of them wait for a processor or for the model, and `at_once` says how
long that line gets. Who finds it full is not put into a second one, which would make the same wait longer and hold a
connection for it, but is told a time of their own: places become free one after the other, as fast as work was done
lately, and each refusal is given the next of them. A server that is asked too much is so asked again about as often as it
has room. The place is kept for a while, so that who was refused does not lose it to whoever happens to ask first.
"""

from __future__ import annotations

import math
import random
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from interviewer.errors import TooMany
from interviewer.metrics import Metrics, WorkLimit
from interviewer.owners import LOCAL_OWNER

# The shortest and the longest time that a refusal names, in seconds.
AGAIN_S = (2, 60)
# A time is stretched by up to this at random, so that those who were refused at once do not come back at once.
SPREAD = 1.5
# For so long after that time the place is kept for whom it was promised to, in seconds.
GRACE_S = 10.0
# What a piece of work is taken to last while none was done yet, and how many of the last ones are remembered.
FIRST_S = 5.0
REMEMBERED = 64


@dataclass(frozen=True)
class _Place:
    """A place that somebody was told of: when it becomes free, and until when it is theirs."""

    free_at: float
    until: float


class Capacity:
    """Counts what is under way, in one event loop."""

    def __init__(
        self,
        at_once: int,
        per_owner: int,
        metrics: Metrics | None = None,
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """`at_once` pieces of work for all together, `per_owner` of them for one; `metrics` are told of all.

        `clock` is in seconds, `chance` gives numbers from 0 to 1.
        """
        self._metrics = metrics or Metrics()
        self._metrics.limit_work(at_once)
        self._at_once = at_once
        self._per_owner = per_owner
        self._clock = clock
        self._chance = chance
        self._held: Counter[str | None] = Counter()
        self._lasted: deque[float] = deque(maxlen=REMEMBERED)
        self._begun = 0.0  # the sum of the times at which what is under way began
        self._kept: dict[str | None, _Place] = {}
        self._promised_until = -math.inf

    def expect_room(self, owner: str | None = None) -> None:
        """Raises TooMany if nothing more is taken, of the owner or at all. None is nobody in particular."""
        now = self._clock()
        self._kept = {whose: place for whose, place in self._kept.items() if place.until > now}
        # Without accounts many may be this one: a place cannot be kept for one of them.
        somebody = None if owner == LOCAL_OWNER else owner
        if not self._has_place(somebody, now):
            again_s = self._keep_place(somebody, now)
            raise TooMany(
                "The server is busy with as many answers as it takes at once; nothing of yours was stored. Send it again "
                f"in {again_s} seconds.",
                again_s,
            )
        if owner is not None and self._held[owner] >= self._per_owner:
            again_s = self._refuse("one", self._lasts(now) / self._per_owner)
            raise TooMany(
                f"{self._per_owner} of your answers are under way already, and one of them has to be done first. Send it "
                f"again in {again_s} seconds.",
                again_s,
            )
        self._kept.pop(somebody, None)

    @contextmanager
    def held(self, owner: str | None = None) -> Iterator[None]:
        """A piece of work, for as long as it lasts."""
        began = self._clock()
        self._begun += began
        self._held[owner] += 1
        try:
            with self._metrics.working():
                yield
        finally:
            self._begun -= began
            self._lasted.append(self._clock() - began)
            self._held[owner] -= 1
            if not self._held[owner]:
                del self._held[owner]

    @contextmanager
    def taken(self, owner: str | None = None) -> Iterator[None]:
        """A piece of work if there is room for it. Raises TooMany."""
        self.expect_room(owner)
        with self.held(owner):
            yield

    def _has_place(self, owner: str | None, now: float) -> bool:
        """Whether there is room beside what is under way and, for who has no kept place, beside the places kept now."""
        room = self._at_once - self._held.total()
        due = {whose for whose, place in self._kept.items() if place.free_at <= now}
        return room > 0 and (owner in due or room > len(due))

    def _keep_place(self, owner: str | None, now: float) -> int:
        """In how many seconds to come again for the next place that nobody was told of; who comes early keeps theirs."""
        known = None if owner is None else self._kept.get(owner)
        if known is not None and known.free_at > now:
            free_at = known.free_at
        else:
            self._promised_until = max(now, self._promised_until) + self._lasts(now) / self._at_once
            # Who is refused beyond that is spread by chance alone; a line without an end would outlast those in it.
            self._promised_until = free_at = min(self._promised_until, now + AGAIN_S[1] / SPREAD)
        again_s = self._refuse("all", free_at - now)
        if owner is not None:
            # Who comes in time and finds no room is told another one, and may have any that is free from now on.
            since = free_at if known is None else known.free_at
            self._kept[owner] = _Place(since, now + again_s + GRACE_S)
        return again_s

    def _lasts(self, now: float) -> float:
        """How long a piece of work lasts, in seconds: as the last ones did, or as those under way have taken if that is more.

        With `n` under way, one is then done every `n`-th part of it (Little's law).
        """
        lately = sum(self._lasted) / len(self._lasted) if self._lasted else FIRST_S
        under_way = self._held.total()
        return max(lately, now - self._begun / under_way if under_way else 0.0)

    def _refuse(self, limit: WorkLimit, free_s: float) -> int:
        """Counts a refusal; whole seconds until it is worth coming again, if a place is free in `free_s`."""
        low, high = AGAIN_S
        stretched = max(low, free_s) * (1 + (SPREAD - 1) * self._chance())
        again_s = min(high, math.ceil(stretched))
        self._metrics.refuse_work(limit, again_s)
        return again_s
