"""Packs that somebody damaged: every one is refused by file and line, or is a pack; none runs anything or breaks the reader."""

from __future__ import annotations

import copy
import os
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from round_world import TINY

from corpus import Fault
from corpus.located_yaml import MAX_ENTRIES, MAX_NESTING, MAX_VALUES, parse_yaml
from interviewer.packs import check_role_pack

FILES = ("pack.yaml", "questions/all.yaml", "rubrics/all.yaml", "problems/top_gap/problem.yaml")
# What no key expects; dumped by YAML, so that it arrives as it is written here.
VALUES: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    10**400,
    1e308,
    float("nan"),
    float("inf"),
    "",
    " ",
    "../../../etc/passwd",
    "/etc/passwd",
    "\u202e\u200b",
    "<script>alert(1)</script>",
    "{{ 7 * 7 }}",
    "x" * 100_000,
    [],
    {},
    [[[]]],
    {"a": {"b": None}},
    ["x"] * 1000,
    {"__class__": "x"},
)


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A copy of the tiny pack."""
    shutil.copytree(TINY, tmp_path / "pack")
    return tmp_path / "pack"


def places(data: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a document."""
    if at:
        yield at
    pairs = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in pairs:
        yield from places(value, (*at, key))


def told(pack: Path) -> None:
    """The pack is read without an error, and its faults are lines with a place."""
    role, faults = check_role_pack(pack)
    assert role is not None or faults
    for fault in faults:
        assert len(str(fault).splitlines()) == 1, str(fault)[:300]
        assert fault.line >= 0


@pytest.mark.parametrize("name", FILES)
def test_any_value_at_any_key_is_a_fault_or_a_pack(pack: Path, name: str) -> None:
    dice = random.Random(name)
    whole = yaml.load((pack / name).read_text("utf-8"), yaml.CSafeLoader)
    every = list(places(whole))
    for _ in range(30):
        data = copy.deepcopy(whole)
        *path, last = dice.choice(every)
        parent = data
        for step in path:
            parent = parent[step]
        match dice.randrange(4):
            case 0:
                del parent[last]
            case 1 if isinstance(parent, dict):
                parent[dice.choice(("", "x", "__init__", "é" * 300))] = parent.pop(last)
            case _:
                parent[last] = dice.choice(VALUES)
        (pack / name).write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
        told(pack)


@pytest.mark.parametrize("name", FILES)
def test_bytes_changed_at_random_are_told(pack: Path, name: str) -> None:
    dice = random.Random(name)
    whole = (pack / name).read_bytes()
    for _ in range(30):
        raw = bytearray(whole)
        for _ in range(dice.randrange(1, 20)):
            at = dice.randrange(len(raw))
            raw[at : at + dice.randrange(3)] = dice.choice(
                (
                    b"\0",
                    b"\xff",
                    b":",
                    b"- ",
                    b"\n",
                    b"  ",
                    b"'",
                    b'"',
                    b"[",
                    b"!!",
                    b"&a ",
                    b"*a",
                    b"%",
                    b"|\n",
                    b"\t",
                    b"---\n",
                )
            )
        (pack / name).write_bytes(bytes(raw))
        told(pack)


TAGS = (
    "!!python/object/apply:os.mkdir ['{mark}']",
    "!!python/object/new:os.mkdir ['{mark}']",
    "!!python/object/apply:subprocess.run [[mkdir, '{mark}']]",
    "!!python/name:os.mkdir ''",
    "!!python/module:os ''",
    "!!python/object:os._wrap_close {{}}",
    "!!binary aGVsbG8=",
    "!!set {{a: null}}",
    "!!timestamp 2026-01-01",
    "!include /etc/passwd",
    "!ENV ${{HOME}}",
    "!<tag:yaml.org,2002:python/tuple> [1]",
)
BOMBS = {
    "laughs": "\n".join(
        ["a0: &a0 x", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12))]
    ),
    "itself": "a: &a [*a]",
    "merge": "a: &a {x: 1}\nb: {<<: *a}",
    "deep lists": "[" * 100_000,
    "deep maps": "{a: " * 100_000,
    "deep blocks": "".join(f"{' ' * n}a:\n" for n in range(500)),
    "just too deep": "[" * (MAX_NESTING + 1) + "]" * (MAX_NESTING + 1),
    "many documents": "---\na: 1\n" * 10_000,
    "a long key": "k" * 2_000_000 + ": 1",
    "digits": "as_of: " + "9" * 1_000_000,
    "sixties": "as_of: " + ":".join(["59"] * 100_000),
    "many keys": "\n".join(f"k{n}: {n}" for n in range(3_000)),
    "anchors": "\n".join(f"k{n}: &a{n} x" for n in range(3_000)),
    "directives": "%YAML 9.9\n---\na: 1",
    "tags": "%TAG ! tag:evil.example,2026:\n---\n!x a",
    "too large": "a: 1\n" * 1_000_000,
    "UTF-16": "id: tiny".encode("utf-16").decode("latin-1"),
}


@pytest.mark.parametrize("name", ["pack.yaml", "questions/all.yaml", "rubrics/all.yaml"])
@pytest.mark.parametrize("tag", TAGS)
def test_nothing_of_a_tag_is_run(pack: Path, tmp_path: Path, name: str, tag: str) -> None:
    mark = tmp_path / "was-run"
    text = f"- {tag}\n" if name.startswith("questions") else f"id: {tag}\n"
    (pack / name).write_text(text.format(mark=mark), encoding="utf-8")
    assert check_role_pack(pack)[1]
    assert not mark.exists()


@pytest.mark.parametrize("name", ["pack.yaml", "problems/top_gap/problem.yaml"])
@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_a_fault(pack: Path, name: str, bomb: str) -> None:
    (pack / name).write_bytes(BOMBS[bomb].encode("latin-1" if bomb == "UTF-16" else "utf-8"))
    told(pack)
    assert check_role_pack(pack)[1]


MANY = 50_000
CROWDS = {
    "keys": ("pack.yaml", "".join(f"k{n}: {n}\n" for n in range(MANY))),
    "the same key": ("pack.yaml", "a: 1\n" * MANY),
    "rounds": ("pack.yaml", "rounds:\n" + "".join(f"- {{id: r{n}, title: T}}\n" for n in range(MANY))),
    "questions": ("questions/all.yaml", "".join(f"- {{id: q{n}}}\n" for n in range(MANY))),
    "topics": ("questions/all.yaml", f"- {{id: a, topics: [{', '.join(f't{n}' for n in range(MANY))}]}}\n"),
    "rubrics": ("rubrics/all.yaml", "".join(f"q{n}: {{criteria: []}}\n" for n in range(MANY))),
    "criteria": ("rubrics/all.yaml", "kv-cache:\n  criteria:\n" + "".join(f"  - {{id: c{n}}}\n" for n in range(MANY))),
    "keys before a note": ("notes/kv-cache.md", f"---\n{''.join(f'k{n}: 1{chr(10)}' for n in range(MANY))}---\n# A\nB.\n"),
}  # fmt: skip


@pytest.mark.parametrize("crowd", CROWDS)
def test_more_entries_than_anybody_writes_are_one_fault(pack: Path, crowd: str) -> None:
    """Before they are compared with each other, which would take minutes."""
    name, text = CROWDS[crowd]
    (pack / name).write_text(text, encoding="utf-8")
    (fault,) = (fault for fault in check_role_pack(pack)[1] if fault.path == pack / name)
    assert f"more than {MAX_ENTRIES:,} entries in one place" in str(fault)


def test_more_values_than_anybody_writes_are_one_fault(pack: Path) -> None:
    row = f"- [{', '.join(['1'] * (MAX_ENTRIES - 1))}]\n"
    (pack / "questions" / "all.yaml").write_text(row * (MAX_VALUES // MAX_ENTRIES + 1), encoding="utf-8")
    told = [str(fault) for fault in check_role_pack(pack)[1] if fault.path.parent.name == "questions"]
    assert len(told) == 1
    assert f"more than {MAX_VALUES:,} values" in told[0]


def test_as_many_entries_as_are_read_are_read(tmp_path: Path) -> None:
    faults: list[Fault] = []
    text = f"list: [{', '.join(['1'] * MAX_ENTRIES)}]\n" + "".join(
        f"k{n}: 1\n" for n in range(MAX_ENTRIES - 1)
    )
    found = parse_yaml(tmp_path, text, faults)
    assert faults == []
    assert found is not None
    assert (len(found.data), len(found.data["list"])) == (MAX_ENTRIES, MAX_ENTRIES)
    assert parse_yaml(tmp_path, f"{text}more: 1\n", faults) is None


@pytest.mark.parametrize(
    "where", ["../../outside", "/etc", "/dev", "rubrics/../../outside", "", "\0", "~", "http://evil.example"]
)
def test_rubrics_from_elsewhere_are_read_as_rubrics_or_not_at_all(pack: Path, where: str) -> None:
    """A pack may keep its rubrics beside itself, so that the path may lead out; what is there is told by its place alone."""
    (pack.parent / "outside").mkdir()
    (pack.parent / "outside" / "secret.yaml").write_text(
        "password: hunter2 is the secret\n", encoding="utf-8"
    )
    info = yaml.load((pack / "pack.yaml").read_text("utf-8"), yaml.CSafeLoader)
    (pack / "pack.yaml").write_text(yaml.safe_dump(info | {"rubrics": where}), encoding="utf-8")
    told(pack)
    assert not any("hunter2" in str(fault) for fault in check_role_pack(pack)[1])


def test_links_and_pipes_in_a_pack_are_not_waited_for(pack: Path) -> None:
    (pack / "notes" / "zero.md").symlink_to("/dev/zero")
    (pack / "guide" / "loop.md").symlink_to("loop.md")
    os.mkfifo(pack / "notes" / "pipe.md")
    os.mkfifo(pack / "questions" / "pipe.yaml")
    faults = check_role_pack(pack)[1]
    assert {"zero.md", "loop.md", "pipe.md", "pipe.yaml"} <= {fault.path.name for fault in faults}
