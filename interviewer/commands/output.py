"""Data on stdout; progress and everything else on stderr."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from datetime import date

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

console = Console(stderr=True)
PLAIN_EVERY_S = 15.0


@contextmanager
def progress_bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """A callback that moves a progress bar on stderr; the bar appears with the first thing to do."""
    bar = Progress(
        TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console
    )

    def move(done: int, total: int) -> None:
        if not bar.task_ids:
            bar.add_task(what)
            bar.start()
        bar.update(bar.task_ids[0], completed=done, total=total)

    try:
        yield move
    finally:
        if bar.task_ids:
            bar.stop()


def print_json(data: object) -> None:
    """One JSON document on stdout; dates in it are ISO 8601."""
    plain = asdict(data) if is_dataclass(data) and not isinstance(data, type) else data
    typer.echo(json.dumps(plain, ensure_ascii=False, indent=2, default=_plain_date))


def _plain_date(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is no JSON")


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]], whole: str) -> None:
    """A table on stdout. The column `whole` is for copying: it is never cut or broken, however narrow the terminal."""
    table = Table()
    widest = max((len(row[columns.index(whole)]) for row in rows), default=0)
    for name in columns:
        table.add_column(name, no_wrap=name == whole, min_width=widest if name == whole else None)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console().print(table)


@contextmanager
def waiting(what: str) -> Iterator[Callable[[float, str], None]]:
    """A callback for something slow, given the seconds so far and its last words.

    One line on a terminal that is rewritten; elsewhere a line at first and then every PLAIN_EVERY_S seconds.
    """
    if console.is_terminal:
        with console.status(what) as status:

            def show(seconds: float, words: str) -> None:
                line = Text(f"{what}: {seconds:.0f} s  {_plain(words)}")
                line.truncate(max(20, console.width - 4), overflow="ellipsis")
                status.update(line)

            yield show
        return
    said = float("-inf")

    def say(seconds: float, words: str) -> None:
        nonlocal said
        if seconds - said >= PLAIN_EVERY_S:
            said = seconds
            typer.echo(f"{what}: {seconds:.0f} s  {_plain(words)}".rstrip(), err=True)

    yield say


def _plain(words: str) -> str:
    """Without colours and other control characters."""
    return "".join(sign for sign in Text.from_ansi(words).plain if sign.isprintable())
