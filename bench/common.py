"""How every benchmark writes what it measured: machine, versions, command and rows, as JSON and as a table.

A script under `bench/` begins with

    import sys
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).parent.parent))

because a script's own folder comes first on the path, where `bench/retrieval.py` would hide the package.
"""

from __future__ import annotations

import json
import os
import platform
import shlex
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from retrieval.processors import usable_processors

RESULTS = Path(__file__).parent / "results"

_PACKAGES = (
    "mockround",
    "torch",
    "transformers",
    "sentence-transformers",
    "faiss-cpu",
    "bm25s",
    "numpy",
    "scikit-learn",
    "gradio",
)


@dataclass(frozen=True)
class Row:
    """One figure. `against` names what it is compared with, `ratio` is value over that one's value.

    `low` and `high` bound a 95 % interval of the value; `n` is the number of items behind it.
    """

    metric: str
    value: float | None
    unit: str
    against: str | None = None
    ratio: float | None = None
    low: float | None = None
    high: float | None = None
    n: int | None = None


def write_results(script: str, rows: Sequence[Row], folder: Path = RESULTS) -> Path:
    """Write `<folder>/<script>.json`, print the rows as a table, and return the file.

    Raises ValueError when two rows have one name.
    """
    names = [row.metric for row in rows]
    if len(set(names)) != len(names):
        raise ValueError("two rows have the same metric name")
    document = {
        "machine": machine(),
        "versions": versions(),
        "command": command(),
        "rows": [{key: value for key, value in asdict(row).items() if _is_given(key, value)} for row in rows],
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{script}.json"
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print_table(script, rows)
    return path


def print_table(title: str, rows: Sequence[Row]) -> None:
    """The rows on stdout."""
    table = Table(title=title)
    for column in ("metric", "value", "unit", "95 % interval", "against", "ratio", "n"):
        table.add_column(column, justify="left" if column in ("metric", "unit", "against") else "right")
    for row in rows:
        interval = "" if row.low is None else f"{_figure(row.low)} … {_figure(row.high)}"
        count = "" if row.n is None else str(row.n)
        table.add_row(
            row.metric, _figure(row.value), row.unit, interval, row.against or "", _figure(row.ratio), count
        )
    Console().print(table)


def bootstrap(
    values: NDArray[np.float64],
    statistic: Callable[[NDArray[np.float64]], float] | None = None,
    resamples: int = 10_000,
    seed: int = 0,
) -> tuple[float, float]:
    """95 % percentile interval of a statistic (the mean by default) over rows drawn with replacement.

    Efron and Tibshirani 1993, chapter 13. For a paired difference give the differences.
    """
    random = np.random.default_rng(seed)
    rows = random.integers(0, len(values), size=(resamples, len(values)))
    if statistic is None:
        drawn = values[rows].mean(axis=1)
    else:
        drawn = np.array([statistic(values[row]) for row in rows])
    low, high = np.quantile(drawn, (0.025, 0.975))
    return float(low), float(high)


def machine() -> dict[str, Any]:
    """What the figures were measured on; says nothing about who owns it."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "system": platform.system(),
        "architecture": platform.machine(),
        "processor": _processor(),
        "cores": usable_processors(),
        "memory_gib": round(memory / 2**30, 1),
        "gpu": _gpu(),
    }


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that decide a figure."""
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def command() -> str:
    """How to run this again from the root of the repository."""
    script = Path(sys.argv[0])
    root = RESULTS.parent.parent
    name = script.resolve().relative_to(root) if script.resolve().is_relative_to(root) else Path(script.name)
    return shlex.join(["python", name.as_posix(), *sys.argv[1:]])


def free_port() -> int:
    """A port of this machine that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_given(key: str, value: object) -> bool:
    return value is not None or key in ("metric", "value", "unit")


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "")


def _gpu() -> str | None:
    if shutil.which("nvidia-smi") is None:
        return None
    query = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
    try:
        done = subprocess.run(query, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return ", ".join(done.stdout.split("\n")).strip(", ") or None
