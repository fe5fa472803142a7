"""A server whose every text is hostile, and a browser that notices whatever comes to life.

The pack's titles and texts, a judge's rationale, a model's words, answers, file names and printed output all carry the
payloads of xss_payloads.yaml.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml
from clocked_server import ClockedServer
from loop_world import loop_role
from pydantic import BaseModel
from round_world import NO_MODEL, TINY, ScriptedJudge

from interviewer.judge.protocol import AnswerToJudge
from interviewer.llm.protocol import Message
from interviewer.llm.scripted import ScriptedModel
from interviewer.packs import RolePack, load_role_pack
from rubrics import Assessment

PAYLOADS: tuple[str, ...] = tuple(
    payload
    for kind in yaml.safe_load((Path(__file__).parent / "xss_payloads.yaml").read_text("utf-8")).values()
    for payload in kind
)
CORPUS = "\n\n".join(PAYLOADS)

# The fields of a pack that hold words; of the others most are names, which have their own form.
_LONG = {
    "prompt",
    "text",
    "says",
    "asks",
    "why",
    "model_answer",
    "notice",
    "looks_for",
    "partial",
    "statement",
    "explains",
}
_SHORT = {"title"}

# Runs in every document before anything else of it does.
WATCH = """
window.__pwned = window.__pwned || [];
for (const name of ['alert', 'prompt', 'print']) window[name] = () => { top.__pwned.push(name); };
document.addEventListener('securitypolicyviolation', (event) => top.__pwned.push('blocked ' + event.blockedURI));
new MutationObserver((changes) => {
    for (const change of changes) for (const node of [change.target, ...change.addedNodes])
        if (node.matches?.('[data-pwn]') || node.querySelector?.('[data-pwn]'))
            top.__pwned.push('element ' + (node.outerHTML || '').slice(0, 200));
}).observe(document, {childList: true, subtree: true, attributes: true, attributeFilter: ['data-pwn']});
"""
# What waits for a click, or stands there although nobody made it.
LOOK = """() => [
    ...document.querySelectorAll('[data-pwn], [href], [src], [action], [formaction], [srcdoc], [data]')
].filter((node) => node.hasAttribute('data-pwn')
    || ['href', 'src', 'action', 'formaction', 'data', 'xlink:href'].some((name) =>
        /^\\s*(javascript|vbscript|data:text)/i.test(node.getAttribute(name) || '')
        || (name === 'src' && /evil\\.example/.test(node.getAttribute(name) || ''))
    )).map((node) => node.outerHTML.slice(0, 200))"""


def poisoned(role: RolePack) -> RolePack:
    """A role whose texts carry the payloads, each of them in many places."""
    cycle = itertools.cycle(PAYLOADS)

    def some(count: int) -> str:
        return "\n".join(itertools.islice(cycle, count))

    def poison(thing: Any, name: str = "") -> Any:
        if isinstance(thing, BaseModel):
            changes = {key: poison(getattr(thing, key), key) for key in type(thing).model_fields}
            return thing.model_copy(update=changes)
        if isinstance(thing, tuple):
            return tuple(poison(item, "text" if name in ("hints", "shows") else name) for item in thing)
        if isinstance(thing, str) and name in _LONG:
            return f"{thing}\n{some(8)}"
        if isinstance(thing, str) and name in _SHORT:
            return f"{thing} {some(1)}".replace("\n", " ")
        return thing

    def document(found: Any) -> Any:
        sections = tuple(
            replace(
                item,
                heading=f"{item.heading} {some(1)}".replace("\n", " "),
                text=f"{item.text}\n\n{some(20)}",
            )
            for item in found.sections
        )
        return replace(found, title=f"{found.title} {some(1)}".replace("\n", " "), sections=sections)

    pack = role.pack
    hostile = replace(
        pack,
        info=poison(pack.info),
        questions=tuple(poison(item) for item in pack.questions),
        guide=tuple(document(item) for item in pack.guide),
        notes=tuple(document(item) for item in pack.notes),
        problems=tuple(replace(item, info=poison(item.info)) for item in pack.problems),
    )
    return RolePack(hostile, {name: poison(rubric) for name, rubric in role.rubrics.items()})


class HostileJudge(ScriptedJudge):
    """Gives the marks that an answer asks for, with reasons that are hostile."""

    async def assess(self, item: AnswerToJudge) -> Assessment:
        found = await super().assess(item)
        criteria = tuple(replace(criterion, rationale=CORPUS) for criterion in found.criteria)
        record = replace(found.judge, name=f"embedded {PAYLOADS[0]}", calibration=PAYLOADS[20])
        return replace(found, criteria=criteria, judge=record)


def hostile_model() -> ScriptedModel:
    """Says every payload in turn, as one sentence and as many."""
    cycle = itertools.cycle(PAYLOADS)

    def reply(_messages: Sequence[Message]) -> str:
        said = " ".join(itertools.islice(cycle, 40))
        return f"The journal of the database is written first {said}. Which part of it is lost {next(cycle)}?"

    return ScriptedModel(reply, name=f"model {PAYLOADS[21]}")


def hostile_server(folder: Path, monkeypatch: Any) -> ClockedServer:
    """The page on that role, judge and model."""
    role = poisoned(loop_role(load_role_pack(TINY)))
    monkeypatch.setattr("clocked_server.load_role_pack", lambda _pack: role)
    status = replace(
        NO_MODEL, kind="server", name=PAYLOADS[22], where=PAYLOADS[23], sentence=f"It speaks: {PAYLOADS[24]}."
    )
    server = ClockedServer(folder, TINY, judge=HostileJudge(), status=status)
    server.service.interviewer.model = hostile_model()
    return server


class Watched:
    """A browser window in which nothing may come to life and nobody else may be asked."""

    def __init__(self, page: Any, origin: str) -> None:
        self.page = page
        self.origin = origin
        self.foreign: list[str] = []
        self.dialogs: list[str] = []
        self.allowed = True
        page.context.route("**/*", self._route)
        page.context.add_init_script(WATCH)
        page.on("dialog", self._dialog)

    def _route(self, route: Any) -> None:
        if route.request.url.startswith((f"{self.origin}/", "data:image/", "data:font/", "blob:")):
            route.continue_()
            return
        self.foreign.append(route.request.url)
        route.abort()

    def _dialog(self, dialog: Any) -> None:
        self.dialogs.append(dialog.message)
        dialog.accept()

    def alive(self) -> list[str]:
        """Whatever came to life since the page was opened."""
        found: list[str] = [*self.foreign, *self.dialogs]
        for frame in self.page.frames:
            found += frame.evaluate("() => window.__pwned || []")
            found += frame.evaluate(LOOK)
        return found


def shown(page: Any, selector: str) -> Iterator[str]:
    """The payloads whose letters are read in a part of the page."""
    text = "".join(page.inner_text(selector).split())
    return (payload for payload in PAYLOADS if "".join(payload.split()) in text)
