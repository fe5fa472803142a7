"""Command lines that nobody would type, made from the commands and options that there are; the same ones every time."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
from round_world import TINY

from interviewer.cli import app

TEXTS = (
    "",
    " ",
    "-",
    "--",
    "-x",
    "\0",
    "a\0b",
    "\n",
    "\udcff",
    "\ud800",
    "é",
    "e\u0301" * 50,
    "\u202eTXT",
    "\u200b",
    "\ufeff",
    "🧮👩‍👩‍👧‍👦",
    "\U0010ffff",
    "\uffff",
    "ﷺ" * 1000,
    "\x1b[31m\x07",
    "a" * 100_000,
    "../../../../etc/passwd",
    "..",
    "/",
    "~",
    "$(id)",
    "; exit 3",
    "%s%n%x",
    "{0.__class__}",
    "{{7*7}}",
    "[bold red]x[/bold red]",
    "[/]",
    "[",
    "file:///etc/passwd",
    "http://",
    "http://[",
    "http://127.0.0.1:99999",
    "javascript:alert(1)",
    "null",
    "True",
    "<script>alert(1)</script>",
    "' OR 1=1 --",
    "kv-cache",
    "systems",
    "IC3",
    "json",
    "pdf",
    "weak",
    "sqlite://",
    "sqlite:///x\0y",
    "postgresql://127.0.0.1:1/x",
    "mysql://x",
    "://",
)
NUMBERS = (
    "0",
    "-1",
    "1",
    "7",
    "-0",
    "1.5",
    "1e3",
    "1e999",
    "nan",
    "inf",
    "0x10",
    "９",
    "१",
    "9" * 30,
    "9" * 5000,
    "-" + "9" * 30,
    "1_0",
    "",
    "one",
)
# These would start something, or wait for somebody.
_LEFT_OUT = {"vllm", "doctor", "qualify"}


def commands() -> dict[tuple[str, ...], Any]:
    """Every command by the words that call it."""

    def leaves(command: Any, words: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
        for name, inner in getattr(command, "commands", {}).items():
            if getattr(inner, "commands", None):
                yield from leaves(inner, (*words, name))
            else:
                yield (*words, name), inner

    return {
        words: found for words, found in leaves(typer.main.get_command(app), ()) if words[0] not in _LEFT_OUT
    }


def hostile_files(folder: Path) -> list[str]:
    """Files and what stands where a file is expected. Whatever is written to goes into `folder` too."""
    folder.mkdir(parents=True, exist_ok=True)
    contents: dict[str, bytes] = {
        "empty": b"",
        "blank": b" \n\t\n",
        "binary": bytes(range(256)) * 100,
        "nul": b"a\0b\n",
        "latin": "Größe".encode("latin-1"),
        "utf16": "text".encode("utf-16"),
        "bom": b"\xef\xbb\xbf{}",
        "surrogate": b'{"item_id": "a", "answer": "\\ud800", "question_id": "kv-cache"}\n',
        "deep": b"[" * 200_000,
        "deep-yaml": b"a: " * 5000,
        "digits": b'{"item_id": "a", "answer": "x", "question_id": "kv-cache", "level": '
        + b"9" * 6000
        + b"}\n",
        "nan": b'{"item_id": NaN, "answer": Infinity, "question_id": -Infinity}\n',
        "list": b"[1, 2]\n3\n",
        "rows": b'{"item_id": "a", "answer": "The cache grows.", "question_id": "kv-cache"}\n',
        "many-keys": json.dumps({"item_id": "a", "answer": "x"} | {f"k{n}": n for n in range(5000)}).encode(),
        "long-line": b"x" * 3_000_000,
        "report": b'{"session_id": "s", "turns": []}',
        "session": b'{"format": "mockround-session", "version": 1, "id": "x", "title": "t", "events": []}',
        "code.py": b"def top_gap(times):\n    return 1\n",
        "bad.py": b"def top_gap(times:\n\t\xff",
        "cv.pdf": b"%PDF-1.7\n" + b"obj " * 1000,
        "pack.yaml": b"id: &a [*a, *a]\n",
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    (folder / "directory").mkdir(exist_ok=True)
    (folder / "loop").symlink_to("loop")
    (folder / "dangling").symlink_to("nowhere")
    made = [
        str(folder / name)
        for name in (*contents, "directory", "loop", "dangling", "nowhere", "nowhere/x", "rows/x")
    ]
    return [*made, "", ".", "a" * 5000, "x\0y", "\udcff", "-", os.devnull, "/dev/zero", "/dev/full"]


def fuzzed_commands(folder: Path, count: int) -> list[list[str]]:
    """Command lines, every command as often as the others."""
    dice = random.Random(0)
    files = hostile_files(folder / "files")
    known = list(commands().items())
    made: list[list[str]] = []
    for number in range(count):
        words, command = known[number % len(known)]
        line = [*words]
        given: set[str] = set()
        for parameter in command.params:
            if parameter.name in ("help", "start_vllm"):
                continue
            is_argument = parameter.param_type_name == "argument"
            wanted = (parameter.required or is_argument) and dice.random() < 0.9
            if not wanted and dice.random() > 0.25:
                continue
            if not is_argument:
                given.add(parameter.opts[0])
                line.append(dice.choice(parameter.opts))
                if getattr(parameter, "is_flag", False):
                    continue
            line.append(_value(parameter, files, dice))
        if dice.random() < 0.1:
            line.append(dice.choice(TEXTS))
        names = {name for parameter in command.params for name in parameter.opts}
        for name, value in (("--data", folder / f"data-{number % 7}"), ("--pack", TINY), ("--llm", "none")):
            if name in names and name not in given:
                line += [name, str(value)]
        made.append(line)
    return made


def _value(parameter: Any, files: list[str], dice: random.Random) -> str:
    if parameter.bare_type() == "Path":
        return dice.choice(files)
    if parameter.bare_type() in ("int", "float"):
        return dice.choice(NUMBERS)
    return dice.choice(TEXTS)
