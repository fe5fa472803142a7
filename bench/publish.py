"""Put the figures of `bench/results/*.json` into the documentation, between `<!-- bench:NAME -->` and `<!-- /bench -->`.

A test holds that what the documentation says is what was measured.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "bench" / "results"
DOCS = sorted([*ROOT.glob("docs/*.md"), ROOT / "README.md"])

_BLOCK = re.compile(r"(<!-- bench:(?P<name>[a-z]+) -->\n)(?P<body>.*?)(<!-- /bench -->)", re.DOTALL)
# A metric whose last part is one of these is a cell of a table that has the part before it as its row.
_COLUMNS = ("pearson", "qwk", "rmse")
# Rows that the documentation leaves to the file: parts of the queries, shares of single bands.
_LEFT_OUT = re.compile(r"\.(?:all|terms|paraphrase|band_\d)$")
_TITLES = {"pearson": "Pearson's r", "qwk": "quadratic weighted κ", "rmse": "RMSE (0..1)"}


def publish(text: str, results: Path = RESULTS) -> str:
    """The text with every block filled from `results/<name>.json`; a block without a file stays as it is."""

    def fill(block: re.Match[str]) -> str:
        path = results / f"{block['name']}.json"
        if not path.is_file():
            return block[0]
        return f"{block[1]}{tables(block['name'], json.loads(path.read_text(encoding='utf-8')))}{block[4]}"

    return _BLOCK.sub(fill, text)


def tables(name: str, document: dict[str, Any]) -> str:
    """A benchmark's results as Markdown: first what can be set side by side, then the rest, then how to repeat it."""
    rows = document["rows"]
    grid = [row for row in rows if row["metric"].count(".") == 2 and row["metric"].endswith(_COLUMNS)]
    rest = [row for row in rows if row not in grid and not _LEFT_OUT.search(row["metric"])]
    parts = []
    if grid:
        names = list(dict.fromkeys(row["metric"].rpartition(".")[0] for row in grid))
        cells = {row["metric"]: _cell(row) for row in grid}
        counts = {row["metric"].rpartition(".")[0]: row.get("n") for row in grid}
        lines = [
            [
                *row.split("."),
                *(cells.get(f"{row}.{column}", "") for column in _COLUMNS),
                counts[row] or "",
            ]
            for row in names
        ]
        parts.append(_table(["data", "judge", *(_TITLES[column] for column in _COLUMNS), "n"], lines))
    if rest:
        parts.append(
            _table(
                ["metric", "value", "unit", "n"],
                [[f"`{row['metric']}`", _cell(row), row["unit"], row.get("n") or ""] for row in rest],
            )
        )
    machine = document["machine"]
    parts.append(
        f"Brackets are 95 % intervals. All rows: `bench/results/{name}.json`, by `{document['command']}` on {machine['cores']} cores"
        f" ({machine['processor'] or machine['architecture']}).\n"
    )
    return "\n" + "\n".join(parts) + "\n"


def _cell(row: dict[str, Any]) -> str:
    if row["value"] is None:
        return "n/a"
    bounds = "" if row.get("low") is None else f" [{row['low']:.2f}, {row['high']:.2f}]"
    return f"{row['value']:.3f}{bounds}"


def _table(head: Sequence[str], lines: Sequence[Sequence[object]]) -> str:
    rule = ["---"] * len(head)
    return "".join(f"| {' | '.join(str(cell) for cell in line)} |\n" for line in [head, rule, *lines])


def main() -> None:
    """Rewrite the documents in place."""
    for path in DOCS:
        before = path.read_text(encoding="utf-8")
        after = publish(before)
        if after != before:
            path.write_text(after, encoding="utf-8")
            print(f"{path.relative_to(ROOT)} has the latest figures", file=sys.stderr)


if __name__ == "__main__":
    main()
