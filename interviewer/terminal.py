"""A round in the terminal: streamed words, colours, resume."""

from __future__ import annotations

import asyncio
import contextlib
import re
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from rich.console import Console
from rich.markdown import Markdown
from rich.markup import escape
from rich.panel import Panel

from interviewer.errors import BadInput, MockroundError
from interviewer.export import render_report
from interviewer.files import read_text_file
from interviewer.modes import Mode
from interviewer.owners import ANYBODY, LOCAL_OWNER
from interviewer.service import InterviewService, StartRequest
from interviewer.views import Delta, Judged, SessionView, Settled, Spoken, Update, Working

HELP = "An empty line sends. Commands: /hint /clarify TEXT /repeat /skip /pause /end /help"
PAPER_HELP = (
    "In this round: letters such as A, C and an empty line answer; /go N turns to an item, /submit FILE hands in code for it, "
    "/skip goes on; /end hands everything in."
)
_ACTIONS = ("hint", "repeat", "skip", "pause", "end")
_KNOWN = {f"/{name}" for name in (*_ACTIONS, "clarify", "go", "submit")}
# A mistyped command is not an answer; a path such as /etc/hosts is no command.
_COMMAND = re.compile(r"/[a-z]+(\s|$)")


async def chat_in_terminal(service: InterviewService, wanted: StartRequest | str) -> None:
    """Play a round until it ends or the candidate leaves: a new one, or a session that was left, by its id."""
    console = Console()
    view = await (
        service.view(wanted, ANYBODY) if isinstance(wanted, str) else service.start(wanted, LOCAL_OWNER)
    )
    console.print(f"[dim]{escape(service.model.status.sentence)}[/dim]")
    console.print(f"[dim]{HELP}[/dim]\n")
    if view.items:
        console.print(f"[dim]{PAPER_HELP}[/dim]\n")
    for line in view.lines[-6:]:
        console.print(Panel(Markdown(line.text), title=line.speaker, title_align="left"))
    updates = (
        await service.act(view.id, ANYBODY, "resume")
        if view.paused
        else await service.proceed(view.id, ANYBODY)
    )
    view = await _show(console, updates)
    console.print(f"[dim]Session {view.id}[/dim]")
    while not view.finished:
        _show_item(console, view)
        if view.reviewing:
            console.print("[dim]An empty line brings the next question.[/dim]")
        try:
            text = await _in_daemon_thread(_read)
        except asyncio.CancelledError:
            console.print(f"\nContinue with: mockround chat --session {view.id}", soft_wrap=True)
            raise
        can_pause = view.mode is not Mode.REAL
        if text is None or (text == "/pause" and can_pause):
            left = "Paused." if can_pause else "The clock runs on."
            if can_pause and not view.paused:
                await _show(console, await service.act(view.id, ANYBODY, "pause"))
            console.print(f"{left} Continue with: mockround chat --session {view.id}", soft_wrap=True)
            return
        if view.reviewing and text == "":
            view = await _show(console, await service.act(view.id, ANYBODY, "resume"))
            continue
        if text == "" or (_COMMAND.match(text) and text.split()[0] not in _KNOWN):
            console.print(f"[dim]{HELP}[/dim]")
            if view.items:
                console.print(f"[dim]{PAPER_HELP}[/dim]")
            continue
        try:
            view = await _show(console, await _do(service, view, text))
        except MockroundError as error:
            console.print(f"[yellow]{escape(str(error))}[/yellow]")
    content, _ = render_report(await service.report(view.id, ANYBODY), "md")
    console.print(Markdown(content.decode()))
    console.print(f"[dim]Keep it: mockround report {view.id} --format md -o report.md[/dim]", soft_wrap=True)


async def _do(service: InterviewService, view: SessionView, text: str) -> AsyncIterator[Update]:
    command, _, rest = text.removeprefix("/").partition(" ")
    if text.startswith("/") and command in _ACTIONS:
        return await service.act(view.id, ANYBODY, command)
    if text.startswith("/") and command == "go":
        return await service.papers.go(view.id, ANYBODY, _number(rest))
    if text.startswith("/") and command == "submit":
        return (await service.papers.submit(view.id, ANYBODY, read_text_file(Path(rest.strip()))))[1]
    if text.startswith("/") and command == "clarify":
        return await service.act(view.id, ANYBODY, "clarify", rest)
    return await service.send(view.id, ANYBODY, text, turn=view.turn)


def _number(text: str) -> int:
    if not text.strip().isdecimal():
        raise BadInput("Name the item to turn to, such as /go 3.")
    return int(text)


def _show_item(console: Console, view: SessionView) -> None:
    """Where a paper stands, the item again where somebody came back to it, and what a coding problem asks for."""
    if view.item is None:
        return
    if view.lines and view.lines[-1].turn != view.turn:
        options = "\n".join(f"- **{letter}** {text}" for letter, text in view.item.options)
        again = f"{view.item.task}\n\n{options}"
        console.print(Panel(Markdown(again), title=view.item.title, title_align="left"))
    marks = " ".join(
        f"[{item.number}]" if item.here else f"{item.number}{'✓' if item.answered else ''}"
        for item in view.items
    )
    left = max(0, round(view.minutes - view.elapsed_s / 60))
    chosen = f" · chosen: {', '.join(view.item.chosen)}" if view.item.chosen else ""
    console.print(escape(f"{marks} · {left} min left{chosen}"), style="dim", highlight=False)
    if view.item.problem is not None:
        what = f"Its function, examples and limits: mockround code show {view.item.problem}"
        console.print(what, style="dim", highlight=False, soft_wrap=True)


async def _in_daemon_thread(work: Callable[[], str | None]) -> str | None:
    """What `work` returns. After Ctrl-C the process must not wait for a thread that waits for the keyboard."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[str | None] = loop.create_future()

    def tell(text: str | None, error: BadInput | None) -> None:
        if done.done():
            return
        if error is None:
            done.set_result(text)
        else:
            done.set_exception(error)

    def run() -> None:
        text, failed = None, None
        try:
            text = work()
        except BadInput as error:
            failed = error
        # After Ctrl-C the loop is closed and nobody listens.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(tell, text, failed)

    threading.Thread(target=run, daemon=True, name="keyboard").start()
    return await done


def _read() -> str | None:
    """Lines up to an empty one; a command is one line. None at the end of input. Raises BadInput for what is no text."""
    lines: list[str] = []
    while True:
        try:
            line = input("… " if lines else "> ")
        except EOFError:
            return "\n".join(lines) if lines else None
        except UnicodeDecodeError as error:
            raise BadInput("What was typed is not UTF-8 text; nothing of it was sent.") from error
        if line.startswith("/") and not lines:
            return line.strip()
        if not line.strip():
            return "\n".join(lines)
        lines.append(line)


async def _show(console: Console, updates: AsyncIterator[Update]) -> SessionView:
    view: SessionView | None = None
    reading = False
    async for update in updates:
        match update:
            case Working(what="assessing"):
                if not reading:
                    console.print("[dim]reading your answer …[/dim]")
                reading = True
            case Delta(text=text):
                console.print(text, end="", style="cyan", markup=False, highlight=False)
                await asyncio.sleep(0.01)
            case Spoken(line=line):
                console.print("\n")
                if line.note is not None:
                    console.print(f"[dim]{escape(line.note)}[/dim]")
            case Judged(reason=str(reason)):
                console.print(f"[dim]Not scored for now: {escape(reason)}[/dim]")
            case Settled(view=settled):
                view = settled
            case _:
                pass
    assert view is not None, "updates end with Settled"
    return view
