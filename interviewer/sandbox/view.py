"""What of this machine a sandbox gets to see: the interpreter, its standard library, and the libraries of a problem.

A problem's libraries are shown package by package, so that nothing else of the environment (the packs with their tests
and solutions among it) is there.
"""

from __future__ import annotations

import os
import re
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

INSIDE = Path(__file__).parent / "inside"
# Where our own part and the libraries are found inside.
BOX, ENVIRONMENT = "/box", "/env"
HARNESS = "interviewer/sandbox/inside"


@dataclass(frozen=True)
class Interpreter:
    """A Python as it is installed: its program, and the files and folders without which it does not run."""

    program: Path
    needs: tuple[Path, ...]
    hidden: tuple[Path, ...]


def own_interpreter() -> Interpreter:
    """The Python that runs this, without its virtual environment."""
    base = Path(sys.base_prefix)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    program = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
    folders = [base / "lib" / version, base / "lib64" / version, Path(f"{sysconfig.get_path('stdlib')}")]
    found = list(dict.fromkeys(folder for folder in folders if folder.is_dir()))
    shared = [Path(sysconfig.get_config_var("LIBDIR") or base / "lib"), base / "lib"]
    libraries = {path.resolve() for folder in shared for path in folder.glob("libpython3*.so*")}
    named = {path for folder in shared for path in folder.glob("libpython3*.so*")}
    hidden = [
        folder / name for folder in found for name in ("site-packages", "dist-packages", "test", "ensurepip")
    ]
    return Interpreter(
        program,
        tuple(dict.fromkeys([program, *found, *sorted(libraries | named)])),
        tuple(folder for folder in hidden if folder.is_dir()),
    )


def system_libraries() -> Iterator[tuple[str, Path]]:
    """How the system's shared libraries are put where they are looked for: ("bind" or "link", path).

    On merged systems /lib is a link into /usr. /usr itself is not shown: no program but the interpreter is there.
    """
    for name in ("/lib", "/lib64", "/lib32"):
        path = Path(name)
        if path.is_symlink():
            yield "link", path
        elif path.is_dir():
            yield "bind", path
    multiarch = Path("/usr/lib") / str(sysconfig.get_config_var("MULTIARCH") or "-")
    places = [multiarch if multiarch.is_dir() else Path("/usr/lib"), Path("/usr/lib64"), Path("/nix/store")]
    for path in places:
        if path.is_dir() and not path.is_symlink():
            yield "bind", path


@cache
def library_paths(libraries: tuple[str, ...]) -> tuple[Path, ...]:
    """The files and folders in site-packages that make up the libraries and what they require.

    Raises LookupError for one that is not installed.
    """
    found: dict[str, Distribution] = {}
    for name in libraries:
        if not _collect(name, found):
            raise LookupError(f"{name} is not installed")
    # torch warns without NumPy and does not list it.
    if "torch" in libraries:
        _collect("numpy", found)
    paths: dict[Path, None] = {}
    for item in found.values():
        for file in item.files or ():
            top = file.parts[0]
            if top in ("..", "__pycache__") or top.endswith((".dist-info", ".egg-info", ".pth")):
                continue
            path = Path(os.path.abspath(str(item.locate_file(top))))
            if path.exists():
                paths[path] = None
    return tuple(paths)


def _collect(name: str, found: dict[str, Distribution]) -> bool:
    """A distribution and, from it, all that are installed of those it requires without an extra."""
    key = re.sub(r"[-_.]+", "-", name).lower()
    if key in found:
        return True
    try:
        item = distribution(name)
    except PackageNotFoundError:
        return False
    found[key] = item
    for requirement in item.requires or ():
        words = re.match(r"[A-Za-z0-9._-]+", requirement)
        if words is not None and not re.search(r"\bextra\b", requirement):
            _collect(words[0], found)
    return True
