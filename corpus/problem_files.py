"""Reading `problems/`: a folder for each coding problem. Nothing of it is run here."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

from corpus.errors import Fault
from corpus.located_yaml import LocatedYaml, read_text, read_yaml, validate
from corpus.problem import Problem, ProblemInfo

STARTER, TESTS, REFERENCE, SECOND = "starter.py", "tests.py", "solution.py", "solution_2.py"
_NEEDED = (STARTER, TESTS, REFERENCE, SECOND)
# What every tests.py defines, with the number of its arguments where that is fixed.
_TEST_FUNCTIONS: dict[str, int | None] = {"visible": 0, "hidden": 1, "oracle": None, "grow": 2}


@dataclass(frozen=True)
class Problems:
    """The problems without a fault, and the names of all folders, also of those with one."""

    problems: tuple[Problem, ...]
    named: frozenset[str]


def read_problems(folder: Path, faults: list[Fault]) -> Problems:
    """Every problem of `folder` that could be read, by name. A folder that is not there holds none."""
    if not folder.is_dir():
        if folder.exists() or folder.is_symlink():
            faults.append(Fault(folder, 0, "is not a folder"))
        return Problems((), frozenset())
    problems, named = [], []
    for path in sorted(folder.iterdir()):
        if path.name.startswith((".", "__")):
            continue
        if not path.is_dir():
            faults.append(Fault(path, 0, "is not read: a problem is a folder that holds problem.yaml"))
            continue
        named.append(path.name)
        problem = read_problem(path, faults)
        if problem is not None:
            problems.append(problem)
    return Problems(tuple(problems), frozenset(named))


def read_problem(folder: Path, faults: list[Fault]) -> Problem | None:
    """The problem in `folder`; None with every fault appended."""
    before = len(faults)
    document = read_yaml(folder / "problem.yaml", faults)
    info = None if document is None else validate(document, (), ProblemInfo, document.data, faults)
    texts = {name: read_text(folder / name, faults) for name in _NEEDED}
    wrong: dict[str, str | None] = {}
    if document is not None and info is not None:
        _check_info(folder, document, info, faults)
        for index, item in enumerate(info.wrong):
            path = folder / item.file
            if path.exists():
                wrong[item.file] = read_text(path, faults)
            else:
                faults.append(document.fault(("wrong", index, "file"), f"there is no file {item.file}"))
        _check_listed(folder, set(wrong), faults)
        for name, text in (texts | wrong).items():
            if text is not None:
                _check_code(folder / name, text, info, faults)
    whole = {name: text for name, text in (texts | wrong).items() if text is not None}
    if len(faults) > before or info is None:
        return None
    return Problem(
        info,
        folder,
        whole[STARTER],
        whole[TESTS],
        {name: whole[name] for name in (REFERENCE, SECOND)},
        {name: whole[name] for name in wrong},
    )


def _check_info(folder: Path, document: LocatedYaml, info: ProblemInfo, faults: list[Fault]) -> None:
    if info.id != folder.name:
        faults.append(document.fault(("id",), f"the id is {info.id!r} and the folder {folder.name!r}"))
    names = [item.file for item in info.wrong]
    faults.extend(
        document.fault(("wrong", index, "file"), f"{name} is listed twice")
        for index, name in enumerate(names)
        if name in names[:index]
    )
    if _parameters(info.signature, info.function) is None:
        faults.append(
            document.fault(
                ("signature",), f"the signature is not the 'def {info.function}(…):' of a function"
            )
        )


def _check_listed(folder: Path, wrong: set[str], faults: list[Fault]) -> None:
    """What lies in the folder and looks as if it were meant to be read."""
    known = {"problem.yaml", *_NEEDED, *wrong}
    for path in sorted(folder.iterdir()):
        if path.name in known or path.name.startswith((".", "__")):
            continue
        if path.name.startswith("wrong_") and path.suffix == ".py":
            faults.append(Fault(path, 0, "is not listed under 'wrong' in problem.yaml"))
        else:
            faults.append(Fault(path, 0, "is not read; a problem has no file of this name"))


def _check_code(path: Path, text: str, info: ProblemInfo, faults: list[Fault]) -> None:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None) or 1
        faults.append(Fault(path, line, f"is not valid Python: {getattr(error, 'msg', None) or error}"))
        return
    defined = {
        node.name: node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    if path.name == TESTS:
        faults.extend(_missing_tests(path, defined, info))
        return
    found = defined.get(info.function)
    if found is None:
        faults.append(Fault(path, 0, f"defines no function {info.function!r}"))
        return
    wanted = _parameters(info.signature, info.function)
    if path.name == STARTER and wanted is not None and _names(found.args) != wanted:
        faults.append(
            Fault(
                path, found.lineno, f"takes ({', '.join(_names(found.args))}) where the signature has others"
            )
        )


def _missing_tests(
    path: Path, defined: dict[str, ast.FunctionDef | ast.AsyncFunctionDef], info: ProblemInfo
) -> list[Fault]:
    wanted = dict(_TEST_FUNCTIONS)
    if info.compare == "checker":
        wanted["check"] = 3
    faults = []
    for name, count in wanted.items():
        node = defined.get(name)
        if node is None:
            faults.append(Fault(path, 0, f"defines no function {name!r}"))
        elif count is not None and len(node.args.posonlyargs + node.args.args) != count:
            faults.append(Fault(path, node.lineno, f"{name} takes {count} arguments"))
    if info.compare != "checker" and "check" in defined:
        faults.append(Fault(path, defined["check"].lineno, "check goes with compare: checker"))
    return faults


def _parameters(signature: str, function: str) -> list[str] | None:
    """The names of a signature's parameters; None if it is no `def` line of that function."""
    try:
        tree = ast.parse(f"{signature.rstrip()}\n    ...\n")
    except (SyntaxError, ValueError):
        return None
    if len(tree.body) != 1 or not isinstance(tree.body[0], ast.FunctionDef):
        return None
    return _names(tree.body[0].args) if tree.body[0].name == function else None


def _names(args: ast.arguments) -> list[str]:
    stars = [item for item in (args.vararg, args.kwarg) if item is not None]
    return [item.arg for item in (*args.posonlyargs, *args.args, *args.kwonlyargs, *stars)]
