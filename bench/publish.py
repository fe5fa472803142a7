"""Put the figures of `bench/results/*.json` into the documentation, between `<!-- bench:NAME -->` and `<!-- /bench -->`.

The page on how far to trust a score is made as a whole, from bench/trust.md.j2, with its picture, for the documentation and
for the program, which shows it. A test holds that what the documentation says is what was measured.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench.diagram_picture import COLUMNS, NAME, diagram_lines, picture
from bench.judge_tables import APART, interval_table, law_table
from bench.markdown import figure, table
from bench.model_tables import model_tables

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "bench" / "results"
DOCS = sorted([*ROOT.glob("docs/*.md"), ROOT / "README.md"])

_BLOCK = re.compile(r"(<!-- bench:(?P<name>[a-z_]+) -->\n)(?P<body>.*?)(<!-- /bench -->)", re.DOTALL)
# A metric whose last part is one of these is a cell of a table that has the part before it as its row.
_COLUMNS = ("pearson", "qwk", "rmse")
# Rows that the documentation leaves to the file: parts of the queries, means by kind of answer, shares of single bands, reasons of refusals.
_LEFT_OUT = re.compile(
    r"^failure\.|^mean\.|\.(?:all|terms|paraphrase|symptom|acronym|typo|question|guide|band_\d|rejected\.\w+|failed_share)$"
)
# What follow-ups are measured by, each model in a column of its own.
_OF_A_MODEL = re.compile(
    r"followups\.(?P<model>(?!reader\b)\w+)\.(?P<measure>(?:reaches|worded)\.\w+|proposed|guard_pass_rate|from_ladder_share|novelty_mean)"
)
_TITLES = {"pearson": "Pearson's r", "qwk": "quadratic weighted κ", "rmse": "RMSE (0..1)"}


_SETS = (
    ("mohler", "computer science (Mohler)"),
    ("nnexam", "neural networks, an exam (nnexam)"),
    ("saf", "communication networks (saf)"),
)
_KINDS = (
    ("strong", "strong"),
    ("partial", "half of it"),
    ("terse", "right, in a few words"),
    ("eloquent", "eloquent and wrong"),
    ("wrong", "wrong"),
)
_PROBES = (
    ("bank.model_answer.mean_score", "the model answer itself"),
    ("bank.half_answer.mean_score", "the first half of it"),
    ("bank.half_answer_padded.mean_score", "that half among empty talk"),
    ("bank.padding.mean_score", "empty talk alone"),
    ("bank.wrong_answer.mean_score", "the common wrong answer"),
    ("bank.same_category.mean_score", "the model answer to another question of the category"),
    ("bank.other_category.mean_score", "the model answer to a question of another category"),
    ("bank.question_echo.mean_score", "the question handed back"),
    ("bank.gibberish.mean_score", "words that mean nothing"),
    (
        "graded.probe.negated.mean_score",
        "a reference answer with every statement negated (criteria taken from it)",
    ),
    ("graded.probe.shuffled.mean_score", "its words in random order"),
    ("graded.probe.keywords.mean_score", "its content words as a list"),
    ("graded.probe.other_reference.mean_score", "the reference answer to another question"),
)
# The page stands beside the program's code as well, so that it is there without the documentation.
TRUST_PAGES = (ROOT / "docs" / "trust.md", ROOT / "interviewer" / "trust.md")
# Its picture, and whether that brings its colours along: the program's page has colours of its own.
PICTURES = {ROOT / "docs" / "img" / "calibration.svg": True, ROOT / "interviewer" / "trust.svg": False}


def publish(text: str, results: Path = RESULTS) -> str:
    """The text with every block filled from `results/<name>.json`; a block without a file stays as it is."""

    def fill(block: re.Match[str]) -> str:
        path = results / f"{block['name']}.json"
        if not path.is_file():
            return block[0]
        return f"{block[1]}{tables(block['name'], json.loads(path.read_text(encoding='utf-8')))}{block[4]}"

    return _BLOCK.sub(fill, text)


def tables(name: str, document: dict[str, Any]) -> str:
    """A benchmark's results as Markdown, and how to repeat it."""
    found = _TABLES.get(name, _usual_tables)(document["rows"])
    machine = document["machine"]
    return (
        f"\n{found}\nBrackets are 95 % intervals. All rows: `bench/results/{name}.json`, by `{document['command']}` on "
        f"{machine['cores']} cores ({machine['processor'] or machine['architecture']}).\n\n"
    )


def _judge_tables(rows: Sequence[dict[str, Any]]) -> str:
    """Agreement and the rest, then how often laws are broken, then what the intervals hold."""
    usual = _usual_tables([row for row in rows if not APART.fullmatch(row["metric"])])
    return "\n".join((usual, law_table(rows), interval_table(rows)))


def _usual_tables(rows: Sequence[dict[str, Any]]) -> str:
    """First what can be set side by side, then the rest."""
    grid = [row for row in rows if row["metric"].count(".") == 2 and row["metric"].endswith(_COLUMNS)]
    models = [row for row in rows if _OF_A_MODEL.fullmatch(row["metric"])]
    rest = [row for row in rows if row not in [*grid, *models] and not _LEFT_OUT.search(row["metric"])]
    parts = []
    if models:
        parts.append(_by_model(models))
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
        parts.append(table(["data", "judge", *(_TITLES[column] for column in _COLUMNS), "n"], lines))
    if rest:
        parts.append(
            table(
                ["metric", "value", "unit", "n"],
                [[f"`{row['metric']}`", _cell(row), row["unit"], row.get("n") or ""] for row in rest],
            )
        )
    return "\n".join(parts)


def _by_model(rows: Sequence[dict[str, Any]]) -> str:
    """A table of measures with a column for each model."""
    cells: dict[str, dict[str, str]] = {}
    counts: dict[str, int] = {}
    for row in rows:
        found = _OF_A_MODEL.fullmatch(row["metric"])
        assert found is not None
        value = f"{row['value']:.0f}" if row["unit"] == "proposals" else _cell(row)
        cells.setdefault(found["measure"], {})[found["model"]] = value
        if found["measure"] == "reaches.single":
            counts[found["model"]] = row["n"]
    head = ["measure", *(f"{model} ({count} moments)" for model, count in counts.items())]
    return table(
        head, [[f"`{name}`", *(of.get(model, "") for model in counts)] for name, of in cells.items()]
    )


# Benchmarks whose rows have tables of their own.
_TABLES: dict[str, Callable[[Sequence[dict[str, Any]]], str]] = {
    "judge": _judge_tables,
    "model_judge": model_tables,
}


def trust_page(document: dict[str, Any]) -> str:
    """docs/trust.md from the rows of bench/results/judge.json. Raises KeyError for a row that is not there."""
    rows = {row["metric"]: row for row in document["rows"]}
    environment = Environment(
        loader=FileSystemLoader(ROOT / "bench"),
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    machine, versions = document["machine"], document["versions"]
    return environment.get_template("trust.md.j2").render(
        command=document["command"],
        value=lambda metric: figure(rows[metric], 2),
        points=lambda metric: f"{100 * rows[metric]['value']:.0f}",
        percent=lambda metric: f"{100 * rows[metric]['value']:.0f} %",
        count=lambda metric: rows[metric]["n"],
        sets=_SETS,
        kinds=_KINDS,
        probes=_PROBES,
        bins=table(["the judge gave", *(title for _, title in COLUMNS)], diagram_lines(rows)).rstrip(),
        laws=law_table(document["rows"]).rstrip(),
        picture_name=NAME,
        measured_with=f"with mockround {versions['mockround']} and all-MiniLM-L6-v2 on {machine['cores']} cores "
        f"({machine['processor'] or machine['architecture']})",
    )


def trust_picture(document: dict[str, Any], alone: bool) -> str:
    """The picture on that page; `alone` as a file that brings its colours along."""
    return picture({row["metric"]: row for row in document["rows"]}, alone)


def _cell(row: dict[str, Any]) -> str:
    return "n/a" if row["value"] is None else figure(row, 3)


def main() -> None:
    """Rewrite the documents in place."""
    for path in DOCS:
        before = path.read_text(encoding="utf-8")
        after = publish(before)
        if after != before:
            path.write_text(after, encoding="utf-8")
            print(f"{path.relative_to(ROOT)} has the latest figures", file=sys.stderr)
    document = json.loads((RESULTS / "judge.json").read_text(encoding="utf-8"))
    page = trust_page(document)
    for path in TRUST_PAGES:
        path.write_text(page, encoding="utf-8")
    for path, alone in PICTURES.items():
        path.write_text(trust_picture(document, alone), encoding="utf-8")


if __name__ == "__main__":
    main()
