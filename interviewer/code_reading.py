"""What an interviewer asks of code that works: about the line that costs most. Pure, and by the code's shape alone.

The question is always about a cost, never a judgement: a loop inside a loop may well be linear, and saying why is the
answer.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

_FETCHES = frozenset({"item", "cpu", "tolist"})
_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Remark:
    """A question about a line, from 1."""

    line: int
    question: str


def remarks(code: str) -> tuple[Remark, ...]:
    """Questions about the code's costs, the most telling first; none for what is no Python."""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    kinds = (
        (_fetched, _by_the_row, _at_the_front, _nested, _recursive, _sorted)
        if _uses_torch(tree)
        else (_at_the_front, _nested, _recursive, _sorted)
    )
    return tuple(remark for kind in kinds for remark in sorted(kind(tree), key=lambda item: item.line)[:1])


def _uses_torch(tree: ast.Module) -> bool:
    names = {
        name.name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for name in node.names
    }
    names |= {
        (node.module or "").split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)
    }
    return "torch" in names


def _loops(tree: ast.AST) -> Iterator[ast.For | ast.AsyncFor | ast.While]:
    return (node for node in ast.walk(tree) if isinstance(node, _LOOPS))


def _inside(loop: ast.For | ast.AsyncFor | ast.While) -> Iterator[ast.AST]:
    """What runs once a step: the body, and a `while`'s condition."""
    for statement in loop.body:
        yield from ast.walk(statement)
    if isinstance(loop, ast.While):
        yield from ast.walk(loop.test)


def _method(node: ast.AST) -> tuple[str, ast.Call] | None:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr, node
    return None


def _fetched(tree: ast.Module) -> Iterator[Remark]:
    for loop in _loops(tree):
        for node in _inside(loop):
            found = _method(node)
            if found is not None and found[0] in _FETCHES and not found[1].args:
                yield Remark(
                    found[1].lineno,
                    f"Line {found[1].lineno} fetches a value with `.{found[0]}()` in every step of a loop: what does that do "
                    "to a GPU that works through a queue of kernels?",
                )


def _by_the_row(tree: ast.Module) -> Iterator[Remark]:
    for loop in _loops(tree):
        if isinstance(loop, ast.While) or not isinstance(loop.iter, ast.Call):
            continue
        call = loop.iter
        counts = isinstance(call.func, ast.Name) and call.func.id == "range"
        sizes = any(
            isinstance(node, ast.Attribute) and node.attr in {"shape", "size"}
            for argument in call.args
            for node in ast.walk(argument)
        )
        if counts and sizes:
            yield Remark(
                loop.lineno,
                f"The loop on line {loop.lineno} launches its operations once a step: how would you give a GPU the whole "
                "tensor at once?",
            )


def _at_the_front(tree: ast.Module) -> Iterator[Remark]:
    for node in ast.walk(tree):
        found = _method(node)
        if found is None or found[0] not in {"pop", "insert"} or not found[1].args:
            continue
        name, call = found
        first = call.args[0]
        if isinstance(first, ast.Constant) and first.value == 0 and first.value is not False:
            yield Remark(
                call.lineno,
                f"Line {call.lineno} calls `{name}` at the front of a list: what does one such step cost when it is long?",
            )


def _nested(tree: ast.Module) -> Iterator[Remark]:
    for loop in _loops(tree):
        for node in _inside(loop):
            if isinstance(node, (*_LOOPS, *_COMPREHENSIONS)):
                yield Remark(
                    node.lineno,
                    f"Line {node.lineno} loops inside the loop of line {loop.lineno}: how often does the inner part run in "
                    "all, at worst?",
                )


def _recursive(tree: ast.Module) -> Iterator[Remark]:
    for function in ast.walk(tree):
        if not isinstance(function, _FUNCTIONS):
            continue
        for node in ast.walk(function):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id == function.name
            ):
                yield Remark(
                    node.lineno,
                    f"`{function.name}` calls itself on line {node.lineno}: how deep does that go, at worst?",
                )


def _sorted(tree: ast.Module) -> Iterator[Remark]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name in {"sorted", "sort", "argsort"}:
            yield Remark(node.lineno, f"Line {node.lineno} sorts: what share of the whole cost is that?")
