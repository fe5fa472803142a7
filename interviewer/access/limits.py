"""How often somebody may ask, counted by the library `limits` in this process's memory."""

from __future__ import annotations

import math
import time

from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from interviewer.errors import TooMany

# A person mistypes a few times; a program that guesses is slowed to nothing against 15 characters. A name has room for
# more, so that a stranger cannot lock its owner out from one address.
_BY_ADDRESS = RateLimitItemPerMinute(20, 15)
_BY_NAME = RateLimitItemPerHour(100)


class RequestLimit:
    """Requests that change something, for each owner."""

    def __init__(self, per_minute: int) -> None:
        """At most `per_minute` of them in any minute."""
        self._item = RateLimitItemPerMinute(per_minute)
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def count(self, owner: str) -> None:
        """Count one. Raises TooMany."""
        if not self._limiter.hit(self._item, owner):
            raise TooMany(
                f"That is more than {self._item.amount} requests in a minute; wait a moment and try again.",
                _wait(self._limiter, self._item, owner),
            )


class SignInLimit:
    """Failed attempts to sign in, by address and by name."""

    def __init__(self) -> None:
        """Nobody has failed yet."""
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def expect_room(self, address: str, name: str) -> None:
        """Raises TooMany after too many failures; nothing is counted."""
        for item, key in ((_BY_ADDRESS, address), (_BY_NAME, name)):
            if not self._limiter.test(item, key):
                after_s = _wait(self._limiter, item, key)
                minutes = max(1, math.ceil(after_s / 60))
                raise TooMany(
                    f"Too many failed attempts; try again in {minutes} minute{'s' if minutes > 1 else ''}.",
                    after_s,
                )

    def failed(self, address: str, name: str) -> None:
        """Count a failure."""
        self._limiter.hit(_BY_ADDRESS, address)
        self._limiter.hit(_BY_NAME, name)


def _wait(limiter: MovingWindowRateLimiter, item: RateLimitItem, key: str) -> int:
    """Seconds until there is room again."""
    return max(1, math.ceil(limiter.get_window_stats(item, key).reset_time - time.time()))
