"""A round in the terminal: streamed words, colours, resume."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from rich.console import Console
from rich.markdown import Markdown
from rich.panel import Panel

from interviewer.errors import MockroundError
from interviewer.export import render_report
from interviewer.service import InterviewService, StartRequest
from interviewer.views import Delta, Judged, SessionView, Settled, Spoken, Update, Working

HELP = "An empty line sends. Commands: /hint /clarify TEXT /repeat /skip /pause /end /help"
_ACTIONS = ("hint", "repeat", "skip", "pause", "end")


async def chat_in_terminal(service: InterviewService, request: StartRequest, session_id: str | None) -> None:
    """Play a round until it ends or the candidate leaves; a session that was left can be continued by its id."""
    console = Console()
    console.print(f"[dim]{service.model_status.sentence}[/dim]")
    console.print(f"[dim]{HELP}[/dim]\n")
    if session_id is None:
        view = await service.start(request)
        view = await _show(console, service.proceed(view.id))
    else:
        view = await service.view(session_id)
        for line in view.lines[-6:]:
            console.print(Panel(Markdown(line.text), title=line.speaker, title_align="left"))
        updates = await service.act(session_id, "resume") if view.paused else service.proceed(session_id)
        view = await _show(console, updates)
    console.print(f"[dim]Session {view.id}[/dim]")
    while not view.finished:
        text = await asyncio.to_thread(_read)
        if text is None or text == "/pause":
            if not view.paused:
                await _show(console, await service.act(view.id, "pause"))
            console.print(f"Paused. Continue with: mockround chat --session {view.id}")
            return
        if text in ("/help", ""):
            console.print(f"[dim]{HELP}[/dim]")
            continue
        try:
            view = await _show(console, await _do(service, view, text))
        except MockroundError as error:
            console.print(f"[yellow]{error}[/yellow]")
    content, _ = render_report(await service.report(view.id), "md")
    console.print(Markdown(content.decode()))
    console.print(f"[dim]Keep it: mockround report {view.id} --format md -o report.md[/dim]")


async def _do(service: InterviewService, view: SessionView, text: str) -> AsyncIterator[Update]:
    command, _, rest = text.removeprefix("/").partition(" ")
    if text.startswith("/") and command in _ACTIONS:
        return await service.act(view.id, command)
    if text.startswith("/clarify"):
        return await service.act(view.id, "clarify", rest)
    return await service.send(view.id, text, turn=view.turn)


def _read() -> str | None:
    """Lines up to an empty one; a command is one line. None at the end of input."""
    lines: list[str] = []
    while True:
        try:
            line = input("… " if lines else "> ")
        except EOFError:
            return "\n".join(lines) if lines else None
        if line.startswith("/") and not lines:
            return line.strip()
        if not line.strip():
            return "\n".join(lines)
        lines.append(line)


async def _show(console: Console, updates: AsyncIterator[Update]) -> SessionView:
    view: SessionView | None = None
    async for update in updates:
        match update:
            case Working(what="assessing"):
                console.print("[dim]reading your answer …[/dim]")
            case Delta(text=text):
                console.print(text, end="", style="cyan", markup=False, highlight=False)
                await asyncio.sleep(0.01)
            case Spoken():
                console.print("\n")
            case Judged(reason=str(reason)):
                console.print(f"[dim]Not scored for now: {reason}[/dim]")
            case Settled(view=settled):
                view = settled
            case _:
                pass
    assert view is not None, "updates end with Settled"
    return view
