"""How long what may take. The limits of one case are the problem's; these stand around them."""

from __future__ import annotations

# The clock may show this many times the allowed processor time, and the grace, before a case that waits or sleeps (or
# whose machine is busy) is ended.
WALL_FACTOR, WALL_GRACE_S = 3.0, 2.0
# Running the module before the first case.
LOAD_S = 5.0
# All cases of a submission together.
TOTAL_CPU_S, TOTAL_WALL_S = 60.0, 180.0
# What a process says of its own time is believed this far below what was seen from outside, which the kernel counts in
# hundredths of a second; and as much lower again as reading a question and writing an answer of that length takes, which
# is seen and not said (measured: lists of pairs some 30 MB/s, tensors 25 MB/s).
CLOCK_SLACK_S, JSON_BYTES_PER_S = 0.02, 20e6
# A pack's own tests: all cases with their expected outcomes, once; and a checker's verdict.
TESTS_CPU_S, TESTS_WALL_S, TESTS_MEMORY_MB = 180.0, 600.0, 4096
CHECK_S = 10.0
MAX_TESTS_LINE = 64 * 2**20
# A right answer's JSON may be longer than the expected one's (3.0 for 3, tuples that are lists); a wrong one may be cut.
ANSWER_FACTOR, ANSWER_BYTES = 2, 2**18
# As for every text that somebody writes here; the longest reference is some 60 lines.
MAX_CODE_CHARS = 50_000


def json_s(size: int) -> float:
    """Seconds that reading and writing so many bytes of JSON may take."""
    return CLOCK_SLACK_S + size / JSON_BYTES_PER_S


def wall_of(cpu_s: float) -> float:
    """The longest that the clock may run for an allowance of processor time."""
    return WALL_FACTOR * cpu_s + WALL_GRACE_S
