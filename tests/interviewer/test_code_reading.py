"""What is asked of code that works, by its shape alone."""

from __future__ import annotations

import pytest

from corpus import Pack
from interviewer.code_reading import remarks
from interviewer.packs import BUILT_IN_PACK, load_role_pack

TORCH = "import torch\n"


@pytest.mark.parametrize(
    ("code", "asked"),
    [
        ("def f(n):\n    return n\n", ()),
        ("def f(:\n", ()),
        ("\0", ()),
        ("for a in b:\n    for c in d:\n        pass\n", ("Line 2 loops inside the loop of line 1",)),
        ("for a in b:\n    pass\nfor c in d:\n    pass\n", ()),
        ("while a:\n    x = [c for c in d]\n", ("Line 2 loops inside the loop of line 1",)),
        ("def f(n):\n    return f(n - 1)\n", ("`f` calls itself on line 2",)),
        ("def f(n):\n    return g(n - 1)\n", ()),
        ("queue.pop(0)\n", ("Line 1 calls `pop` at the front of a list",)),
        ("queue.insert(0, x)\n", ("Line 1 calls `insert` at the front of a list",)),
        ("queue.pop()\nqueue.pop(1)\nqueue.popleft()\n", ()),
        ("x = sorted(y)\nz.sort()\n", ("Line 1 sorts",)),
        (
            f"{TORCH}def f(x):\n    t = 0\n    while x.max() > t:\n        t = x.sum().item()\n    return t\n",
            ("Line 5 fetches a value with `.item()` in every step",),
        ),
        ("for x in y:\n    z = x.item()\n", ()),
        (f"{TORCH}z = y.item()\n", ()),
        (
            f"{TORCH}for i in range(x.shape[0]):\n    y[i] = x[i] * 2\n",
            ("The loop on line 2 launches its operations once a step",),
        ),
        (f"{TORCH}for i in range(3):\n    y[i] = x[i] * 2\n", ()),
    ],
)
def test_a_question_names_its_line(code: str, asked: tuple[str, ...]) -> None:
    found = remarks(code)
    assert len(found) == len(asked)
    for remark, words in zip(found, asked, strict=True):
        assert remark.question.startswith(words)
        assert remark.question.endswith("?")
        assert remark.question.count("?") == 1


def test_what_costs_a_gpu_is_asked_first() -> None:
    code = f"{TORCH}def f(x):\n    for i in range(x.shape[0]):\n        for j in sorted(x[i]):\n            j.item()\n"
    first, second, *_ = remarks(code)
    assert "`.item()`" in first.question
    assert "launches its operations" in second.question


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_role_pack(BUILT_IN_PACK).pack


def test_every_line_named_of_the_references_is_there(pack: Pack) -> None:
    """On real code: lines exist, and no question repeats another."""
    asked = 0
    for problem in pack.problems:
        for code in problem.solutions.values():
            found = remarks(code)
            asked += len(found)
            assert all(1 <= remark.line <= code.count("\n") + 1 for remark in found)
            assert len({remark.question for remark in found}) == len(found)
    assert asked > 0
