"""What a server does about the memory of its process, and when."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from types import SimpleNamespace
from weakref import ref

import pytest
from fastapi import FastAPI
from round_world import World

from interviewer import process_memory
from interviewer.process_memory import give_back, keep_large_apart, keep_tidy, set_apart
from interviewer.server import create_app
from interviewer.service import InterviewService


class Anything:
    """Something that may refer to itself."""

    itself: Anything


@pytest.fixture
def thawed() -> Iterator[None]:
    """Afterwards this process's garbage is looked for as before."""
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("thawed")
def test_what_is_there_is_searched_no_more_and_what_comes_is() -> None:
    loaded = [Anything()]
    set_apart()
    came = Anything()
    came.itself = came
    searched = {id(item) for item in gc.get_objects()}
    assert id(loaded) not in searched
    assert id(came) in searched
    gone = ref(came)
    del came
    gc.collect()
    assert gone() is None


def test_a_library_that_gives_back_by_itself_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    give_back()
    monkeypatch.setattr(ctypes, "CDLL", lambda _name: SimpleNamespace())
    give_back()
    keep_large_apart()


ONE_AFTER_THE_OTHER = """
import ctypes, sys
from interviewer.process_memory import LARGE_BYTES, keep_large_apart
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.malloc.argtypes, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_size_t], [ctypes.c_void_p]
class Use(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in "arena ordblks smblks hblks hblkhd usm fsm uord ford keep".split()]
libc.mallinfo2.restype = Use
if sys.argv[1] == "apart":
    keep_large_apart()
libc.free(libc.malloc(8 * LARGE_BYTES))
before = libc.mallinfo2().hblks
libc.malloc(4 * LARGE_BYTES)
print(libc.mallinfo2().hblks - before)
"""


@pytest.mark.skipif(
    not hasattr(ctypes.CDLL(None), "mallinfo2"), reason="glibc 2.33 and later say what they hold"
)
@pytest.mark.parametrize(("how", "apart"), [("apart", 1), ("left alone", 0)])
def test_a_large_block_has_pages_of_its_own_also_after_one_was_freed(how: str, apart: int) -> None:
    told = subprocess.run(
        [sys.executable, "-c", ONE_AFTER_THE_OTHER, how], capture_output=True, text=True, check=True
    )
    assert int(told.stdout) == apart


async def test_set_apart_once_and_given_back_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    enough = asyncio.Event()
    loop = asyncio.get_running_loop()

    def given() -> None:
        done.append("given back")
        if len(done) > 3:
            loop.call_soon_threadsafe(enough.set)

    monkeypatch.setattr(process_memory, "set_apart", lambda: done.append("set apart"))
    monkeypatch.setattr(process_memory, "give_back", given)
    tidying = asyncio.create_task(keep_tidy(every_s=0))
    await enough.wait()
    tidying.cancel()
    with suppress(asyncio.CancelledError):
        await tidying
    assert done[:4] == ["set apart", *["given back"] * 3]


async def test_it_begins_when_all_is_warm_and_ends_with_the_server(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    begun, ended = asyncio.Event(), asyncio.Event()

    async def once_warm() -> None:
        told.append("begun")
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    def page(app: FastAPI, _service: InterviewService) -> FastAPI:
        return app

    monkeypatch.setattr(world.service, "warm_up", lambda: told.append("warm"))
    app = create_app(world.service, page, once_warm)
    async with app.router.lifespan_context(app):
        await begun.wait()
    await ended.wait()
    assert told == ["warm", "begun"]


AFTER_MANY_LENGTHS = """
import ctypes, os, sys
from contextlib import suppress
from interviewer.cli import main
sys.argv = ["mockround", "--version"]
with suppress(SystemExit):
    main()
import torch
class Use(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in "arena ordblks smblks hblks hblkhd usm fsm uord ford keep".split()]
mallinfo2 = ctypes.CDLL(None).mallinfo2
mallinfo2.restype = Use
def used_after(lengths):
    with torch.inference_mode():
        for length in lengths:
            torch.nn.functional.gelu(torch.zeros(1, length, 1536))
    return mallinfo2().uord
before = used_after(range(10, 110))
print(used_after(range(110, 410)) - before, os.environ["ONEDNN_PRIMITIVE_CACHE_CAPACITY"])
"""


@pytest.mark.skipif(
    not hasattr(ctypes.CDLL(None), "mallinfo2"), reason="glibc 2.33 and later say what they hold"
)
@pytest.mark.parametrize("wished", [None, "1024"])
def test_little_is_kept_of_the_lengths_that_texts_had(
    wished: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ONEDNN_PRIMITIVE_CACHE_CAPACITY", raising=False)
    if wished is not None:
        monkeypatch.setenv("ONEDNN_PRIMITIVE_CACHE_CAPACITY", wished)
    ended = subprocess.run(
        [sys.executable, "-c", AFTER_MANY_LENGTHS], capture_output=True, text=True, check=True
    )
    grown, capacity = ended.stdout.splitlines()[-1].split()
    assert capacity == (wished or "64")
    if wished is None:
        assert int(grown) < 2**20
