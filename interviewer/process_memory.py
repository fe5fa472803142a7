"""Memory that a server which runs for long would hold without using it: garbage not yet looked for, and free pages.

Both are about a whole process, so that only who owns it (`interviewer.server`) asks for them.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc

GIVEN_BACK_EVERY_S = 60.0
# What the network computes for the sentences of an answer is larger, what is kept of them smaller.
LARGE_BYTES = 256 * 2**10
# In glibc's malloc.h.
_M_MMAP_THRESHOLD = -3


async def keep_tidy(every_s: float = GIVEN_BACK_EVERY_S) -> None:
    """Call once everything is loaded; goes on until it is cancelled."""
    await asyncio.to_thread(set_apart)
    while True:
        await asyncio.to_thread(give_back)
        await asyncio.sleep(every_s)


def keep_large_apart() -> None:
    """Give each large block pages of its own, which the system has back when it is freed (glibc). Call before work begins.

    Left alone, glibc does so until the first is freed, and then puts blocks of that size between what is kept. Those of a
    thread that embeds have every size, and its arena grew with the turns though nearly all of it was free.
    """
    choose = getattr(ctypes.CDLL(None), "mallopt", None)
    if choose is not None:
        choose(_M_MMAP_THRESHOLD, LARGE_BYTES)


def set_apart() -> None:
    """Keep what is there now out of every later search for garbage.

    Python searches everything only when a quarter of what it found the last time has come on top. With libraries and
    models, 800,000 objects, that is after hundreds of answers, whose garbage (an error and the frames that it passed
    through refer to each other) waits for so long, and then takes half a second in which nothing else runs.
    """
    gc.collect()
    gc.freeze()
    # From here on little was found the last time.
    gc.collect()


def give_back() -> None:
    """Give the system the pages that nothing uses, where the C library keeps them until it is asked (glibc).

    It has an arena for almost every thread, and each keeps as much as that thread ever needed at once.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
