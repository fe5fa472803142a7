"""What is known to succeed still is expected to; a table of the attacks by family stands under the results."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

KNOWN = Path(__file__).parent / "known.txt"
_FAMILY = re.compile(r"test_attacks\.py::\w+\[(\w+):")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Expect the tests listed in known.txt to fail.

    Not strictly: some lie so near a threshold that another machine's arithmetic decides.
    """
    known = set(KNOWN.read_text("utf-8").split())
    for item in items:
        if item.path.parent == KNOWN.parent and item.name in known:
            item.add_marker(
                pytest.mark.xfail(reason="known to succeed: tests/attacks/known.txt", strict=False)
            )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How many tests of each family of attacks passed."""
    counts = {
        outcome: Counter(
            found[1]
            for report in terminalreporter.stats.get(outcome, [])
            if (found := _FAMILY.search(report.nodeid))
        )
        for outcome in ("passed", "failed", "xpassed")
    }
    if counts["xpassed"]:
        total = counts["xpassed"].total()
        terminalreporter.line(f"{total} attacks of known.txt no longer succeed here; take them out.")
    families = sorted(set(counts["passed"]) | set(counts["failed"]))
    if counts["failed"]:
        terminalreporter.section("attacks by family")
        for family in families:
            passed = counts["passed"][family]
            terminalreporter.line(f"{family:12} {passed:4} of {passed + counts['failed'][family]:4} passed")
