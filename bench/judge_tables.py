"""Tables of bench/results/judge.json that no general rule makes: laws, and how the judge's figures can be read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from bench.markdown import figure, table

# What stands in these tables or in a picture, and not among the other rows.
APART = re.compile(
    r"laws\..*|.*\.bin_\d+\.\w+|.*\.(?:coverage_of_80|mean_uncertainty|width_over_constant|calibration_error)"
)
DATA = ("bank", "mohler", "nnexam", "saf")
LAWS = (
    ("adding", "a correct key point more lowers a score"),
    ("deleting", "a sentence less, of those that carry something, raises it"),
    ("order", "the criteria in another order change score or verdicts"),
    ("repeated", "scored again, backwards and beside other rows, the bytes differ"),
)
_CALIBRATED = (
    "mohler.embedded",
    "nnexam.embedded",
    "saf.embedded",
    "own.embedded",
    "mohler.by_variance",
    "nnexam.by_variance",
    "saf.by_variance",
    "own.by_variance",
    "own.points",
    "own.faults",
)


def law_table(rows: Sequence[dict[str, Any]]) -> str:
    """How often each law is broken on each kind of data, with the number of cases."""
    by_metric = {row["metric"]: row for row in rows}
    lines = []
    for law, title in LAWS:
        cells = [by_metric.get(f"laws.{law}.{data}.broken") for data in DATA]
        lines.append([title, *("" if row is None else f"{_percent(row)} of {row['n']}" for row in cells)])
    for law, title in (
        ("adding", "what a point more gains on average"),
        ("deleting", "what a sentence is worth"),
    ):
        cells = [by_metric.get(f"laws.{law}.{data}.mean_gain") for data in DATA]
        lines.append([title, *("" if row is None else figure(row, 2) for row in cells)])
    return table(["how often, by more than .05", *DATA], lines)


def interval_table(rows: Sequence[dict[str, Any]]) -> str:
    """What the 80 % interval holds and how wide it is, and how far what was given lies from what was found."""
    by_metric = {row["metric"]: row for row in rows}

    def cell(prefix: str, name: str, digits: int) -> str:
        row = by_metric.get(f"{prefix}.{name}")
        return "" if row is None else figure(row, digits)

    lines = [
        [
            prefix.replace(".embedded", ""),
            cell(prefix, "coverage_of_80", 2),
            cell(prefix, "mean_uncertainty", 2),
            cell(prefix, "width_over_constant", 2),
            cell(prefix, "calibration_error", 3),
        ]
        for prefix in _CALIBRATED
    ]
    head = ["data", "held by the 80 % interval", "mean half-width", "over a constant one that holds as many"]
    return table([*head, "mean distance of given and found"], [line for line in lines if any(line[1:])])


def _percent(row: dict[str, Any]) -> str:
    return f"{100 * row['value']:.1f} % [{100 * row['low']:.1f}, {100 * row['high']:.1f}]"
