"""How many processors this process may use."""

from __future__ import annotations

import os


def usable_processors() -> int:
    """Those that the process is bound to where the system can say so, else all of the machine's; at least one."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1
