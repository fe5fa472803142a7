"""`mockround code`: the coding problems of a pack, and running a solution on one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.markdown import Markdown
from rich.table import Table
from rich.text import Text

from interviewer.build import build_code_runs
from interviewer.commands.options import Data, Json, PackDir, settings_from
from interviewer.commands.output import print_json, print_table
from interviewer.config import Settings
from interviewer.files import read_text_file
from interviewer.sandbox.code_runs import CodeRuns
from interviewer.sandbox.results import CaseResult, CodeResult, Growth

T = TypeVar("T")

Problem = Annotated[str, typer.Argument(help="Id of a coding problem; mockround code list has them.")]


def code_run(
    problem: Problem,
    file: Annotated[Path, typer.Argument(help="Python file that defines the problem's function.")],
    examples: Annotated[bool, typer.Option("--examples", help="Run the visible cases alone.")] = False,
    growth: Annotated[
        bool, typer.Option("--growth", help="Also measure how the time grows with the input (seconds).")
    ] = False,
    as_json: Json = False,
    data: Data = None,
    pack: PackDir = None,
) -> None:
    """Run a solution on a coding problem's tests. It has run, and exits with 0, whether or not it passed."""
    code = read_text_file(file)

    async def work(runs: CodeRuns) -> tuple[CodeResult, Growth | None]:
        result = await runs.run(problem, code, examples)
        return result, await runs.growth(problem, code) if growth and result.error is None else None

    result, grown = _with_runs(settings_from(data=data, pack=pack), work)
    if as_json:
        more = {} if grown is None else {"growth": asdict(grown)}
        print_json(asdict(result) | more)
        return
    _show(result)
    if grown is not None:
        _show_growth(grown)


def code_list(as_json: Json = False, pack: PackDir = None) -> None:
    """The coding problems of a pack."""
    cards = build_code_runs(settings_from(pack=pack)).problems()
    if as_json:
        print_json({"problems": [asdict(card) for card in cards]})
        return
    rows = [
        (card.id, card.title, card.kind, card.level, f"{card.minutes} min", ", ".join(card.libraries))
        for card in cards
    ]
    print_table(("problem", "title", "kind", "level", "time", "libraries"), rows, whole="problem")


def code_show(problem: Problem, as_json: Json = False, data: Data = None, pack: PackDir = None) -> None:
    """A coding problem as a candidate sees it."""
    view = _with_runs(settings_from(data=data, pack=pack), lambda runs: runs.problem(problem))
    if as_json:
        print_json(view)
        return
    console = Console()
    console.print(Text(f"{view.title}  ({view.level}, {view.minutes} min)", style="bold"))
    console.print(Markdown(view.statement))
    for number, example in enumerate(view.examples, 1):
        console.print(Text(f"\nExample {number}: {view.function}({example.args}) → {example.expected}"))
        if example.explains:
            console.print(Text(example.explains))
    console.print(Text(f"\n{view.starter}"))
    console.print(Text(f"A case has {view.seconds:g} s and {view.memory_mb} MB. {view.running}"))


def _with_runs(settings: Settings, work: Callable[[CodeRuns], Coroutine[Any, Any, T]]) -> T:
    runs = build_code_runs(settings)

    async def go() -> T:
        try:
            return await work(runs)
        finally:
            await runs.aclose()

    return asyncio.run(go())


def _show(result: CodeResult) -> None:
    if result.error is not None:
        typer.echo(f"No case was run. {result.error}")
        return
    console = Console()
    table = Table()
    for name in ("case", "", "ms", "MB", "what happened"):
        table.add_column(name, justify="right" if name in ("ms", "MB") else "left", no_wrap=name == "case")
    for case in result.cases:
        table.add_row(
            Text(case.name),
            Text("passed", style="green") if case.passed else Text(case.outcome, style="red"),
            "" if case.time_ms is None else f"{case.time_ms:.1f}",
            "" if case.memory_mb is None else f"{case.memory_mb:.0f}",
            Text(case.message),
        )
    console.print(table)
    failed = result.first_failure
    if failed is not None:
        _show_case(failed)
    count = sum(case.passed for case in result.cases)
    typer.echo(f"{count} of {len(result.cases)} cases passed.")


def _show_case(case: CaseResult) -> None:
    typer.echo(f"First failure, {case.name}: {case.message}")
    for name, text in (
        ("arguments", case.args),
        ("expected", case.expected),
        ("got", case.got),
        ("printed", case.stdout),
    ):
        if text:
            typer.echo(f"  {name}: {text.rstrip()}")


def _show_growth(grown: Growth) -> None:
    for point in grown.points:
        typer.echo(f"n = {point.n:>9,}: {point.time_ms:10.3f} ms (median of {point.runs})")
    low, high = grown.allowed
    stated = f"stated: {grown.stated_time} time, which allows {low:g} to {high:g}; {grown.stated_space} space"
    if grown.exponent is None:
        typer.echo(f"{grown.note} ({stated})")
    else:
        fits = "fits" if grown.within else "does not fit"
        typer.echo(
            f"Time grows as n to the power of {grown.exponent:g}, which {fits} ({stated}). {grown.note}".rstrip()
        )
