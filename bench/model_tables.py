"""The tables of bench/results/model_judge.json: the ways of asking side by side, and the judges on the same answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bench.grading import DATA_SETS
from bench.markdown import figure, table

WAYS = {
    "whole": "**one grade for the whole answer**, digits 0-4, beside the reference; the answer last",
    "whole.answer_first": "the answer before the reference",
    "whole.yes_no": "yes or no instead of digits",
    "whole.verdicts": "the names of verdicts under letters",
    "whole.turned": "averaged with a scale that runs the other way",
    "whole.wording_2": "other wording: an examiner who gives marks",
    "whole.wording_3": "other wording: how much of it a text states",
    "whole.examples": "three worked examples before it",
    "whole.no_reference": "without the reference",
    "point": "**one grade for every criterion**, digits 0-4; the answer last (the shipped prompt)",
    "point.answer_first": "the answer before the criterion",
    "point.answer_between": "all criteria, the answer, and the one criterion again",
    "point.parts": "the answer under letters, a sentence each",
    "point.yes_no": "yes or no instead of digits",
    "point.verdicts": "the names of verdicts under letters",
    "point.examples": "three worked examples before it",
    "point.evidence_before": "the most relevant words named first, and shown again",
    "point.turned": "averaged with a scale that runs the other way",
    "point.wording_2": "other wording: an examiner who gives marks",
    "point.wording_3": "other wording: does a text state a fact",
}
JUDGES = ("ridge_gbm", "embedded", "model", "blend")
# Whose agreement is compared with whose.
PAIRS = (("model", "ridge_gbm"), ("blend", "ridge_gbm"), ("blend", "embedded"))


def model_tables(rows: Sequence[dict[str, Any]]) -> str:
    """Both tables as Markdown, of the first model in the results."""
    by_metric = {row["metric"]: row for row in rows}
    label = rows[0]["metric"].split(".whole")[0]
    parts = []
    asked = [way for way in WAYS if f"{label}.{way}.mean.pearson" in by_metric]
    if asked:
        lines = []
        for way in asked:
            name = f"{label}.{way}"
            moved = by_metric.get(f"{name}.minus_first.mean.pearson")
            lines.append(
                [
                    WAYS[way],
                    *(figure(by_metric[f"{name}.{each}.pearson"], 2) for each in DATA_SETS),
                    figure(by_metric[f"{name}.mean.pearson"], 2),
                    ""
                    if moved is None
                    else f"{moved['value']:+.2f} [{moved['low']:+.2f}, {moved['high']:+.2f}]",
                ]
            )
        parts.append(
            table(["how it is asked", *DATA_SETS, "mean r", "difference from the first of its form"], lines)
        )
    compared = [each for each in DATA_SETS if f"{label}.final.{each}.model.pearson" in by_metric]
    if compared:
        lines = []
        for judge in JUDGES:
            of = [by_metric[f"{label}.final.{each}.{judge}.pearson"] for each in compared]
            lines.append([judge, *(figure(row, 2) for row in of)])
        for ours, theirs in PAIRS:
            of = [by_metric[f"{label}.final.{each}.{ours}_minus_{theirs}.pearson"] for each in compared]
            lines.append([f"{ours} less {theirs}", *(figure(row, 2) for row in of)])
        counts = [by_metric[f"{label}.final.{each}.model.pearson"]["n"] for each in compared]
        heads = [f"{each} ({count} answers)" for each, count in zip(compared, counts, strict=True)]
        parts.append(table(["Pearson's r", *heads], lines))
    return "\n".join(parts)
