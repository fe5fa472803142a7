"""Sandboxes made by bubblewrap (Linux): namespaces of their own, nothing of the machine but what Python needs.

No network, no process of the machine in sight, a read-only system without a single program but the interpreter, no /proc,
no home, no pack, no data folder, an empty environment, no capabilities, and filters of system calls (`inside.lockdown`).
/tmp is memory of a limited size. Nothing inside outlives this process or its sandbox.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

from interviewer.sandbox.inside.lockdown import startup_filter
from interviewer.sandbox.process import Runner, Sandbox
from interviewer.sandbox.view import (
    BOX,
    ENVIRONMENT,
    HARNESS,
    INSIDE,
    Interpreter,
    library_paths,
    own_interpreter,
    system_libraries,
)

TMP_BYTES = 16 * 2**20
NOBODY = 65534
# What PyTorch asks the kernel for to choose its instructions; single files, and nothing private in them.
_PROCESSOR = ("/proc/cpuinfo", "/sys/devices/system/cpu/possible", "/sys/devices/system/cpu/present")
# One thread for numerical libraries: their time is a case's, and more would be the neighbours' processors.
ONE_THREAD = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
_ENVIRONMENT = {"LANG": "C.UTF-8", "HOME": "/tmp", **ONE_THREAD}


class BubblewrapRunner(Runner):
    """Starts sandboxes with bwrap. `hide` are folders that are covered wherever they would be seen."""

    def __init__(
        self,
        hide: Sequence[Path] = (),
        *,
        program: str | None = None,
        interpreter: Interpreter | None = None,
        as_nobody: bool = False,
    ) -> None:
        """Nothing is started. `as_nobody` gives up root's identity before bwrap is run; only root can ask for it."""
        self._program = program or shutil.which("bwrap") or "bwrap"
        self._interpreter = interpreter or own_interpreter()
        self._hide = tuple(path.resolve() for path in hide)
        self._as_nobody = as_nobody

    @property
    def name(self) -> str:
        """Its name in settings and words."""
        return "bubblewrap"

    @property
    def words(self) -> str:
        """As whom it runs, where the service is root's; nothing where it is anybody else's."""
        if os.getuid() != 0:
            return ""
        return " as nobody" if self._as_nobody else " as root"

    def start(self, libraries: tuple[str, ...]) -> Sandbox:
        """A new sandbox. Raises OSError, LookupError for a library that is not installed."""
        with contextlib.ExitStack() as ends:
            replies, reply_end = _pipe(ends)
            info, info_end = _pipe(ends)
            filter_end, filter_in = _pipe(ends)
            program = startup_filter()
            if program is not None:
                os.write(filter_in, program)  # some hundred instructions of eight bytes: a pipe holds them
            os.close(filter_in)
            fds = [reply_end, info_end, *([filter_end] if program is not None else [])]
            command = [
                *self._identity(),
                self._program,
                *self._options(libraries),
                *("--info-fd", str(info_end)),
                *(("--seccomp", str(filter_end)) if program is not None else ()),
                *("--chdir", "/tmp", "--"),
                *python_command(self._interpreter.program, BOX, ENVIRONMENT, reply_end, libraries, True),
            ]
            process = subprocess.Popen(
                command,
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=fds,
                env=_ENVIRONMENT,
                cwd="/",
                start_new_session=True,
            )
            ends.pop_all()
            for fd in (reply_end, info_end, filter_end):
                os.close(fd)
        return Sandbox(process, replies, info, libraries)

    def close(self) -> None:
        """Nothing is shared."""

    def _identity(self) -> tuple[str, ...]:
        if not self._as_nobody:
            return ()
        setpriv = shutil.which("setpriv") or "setpriv"
        return (setpriv, f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--")

    def _options(self, libraries: tuple[str, ...]) -> list[str]:
        options = [
            *("--unshare-all", "--unshare-user", "--uid", str(NOBODY), "--gid", str(NOBODY)),
            *(
                "--hostname",
                "sandbox",
                "--new-session",
                "--die-with-parent",
                "--as-pid-1",
                "--cap-drop",
                "ALL",
            ),
            "--clearenv",
        ]
        for name, value in _ENVIRONMENT.items():
            options += ["--setenv", name, value]
        bound: list[Path] = []
        for how, path in system_libraries():
            if how == "link":
                options += ["--symlink", os.readlink(path), str(path)]
            else:
                options += ["--ro-bind", str(path), str(path)]
                bound.append(path)
        for path in self._interpreter.needs:
            options += ["--ro-bind", str(path), str(path)]
            bound.append(path)
        for path in covered((*self._interpreter.hidden, *self._hide), bound):
            options += ["--tmpfs", str(path), "--remount-ro", str(path)]
        options += ["--ro-bind", str(INSIDE), f"{BOX}/{HARNESS}"]
        if libraries:
            for path in library_paths(libraries):
                options += ["--ro-bind", str(path), f"{ENVIRONMENT}/{path.name}"]
            for name in _PROCESSOR:
                options += ["--ro-bind-try", name, name]
        options += ["--dir", "/dev"]
        for name in ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random"):
            options += ["--dev-bind", name, name]
        # Without a size a tmpfs may take half of the memory: then there is an empty folder that takes nothing.
        options += ["--size", str(TMP_BYTES), "--tmpfs", "/tmp"] if self._knows_size else ["--dir", "/tmp"]
        return [*options, "--remount-ro", "/"]

    @cached_property
    def _knows_size(self) -> bool:
        """Whether this bubblewrap can limit a tmpfs; old ones cannot."""
        done = subprocess.run(
            [self._program, "--help"], capture_output=True, text=True, timeout=10, check=False
        )
        return "--size" in done.stdout + done.stderr


def python_command(
    program: Path, box: str, environment: str, reply_fd: int, libraries: tuple[str, ...], may_write: bool
) -> list[str]:
    """Start the harness without the site module, the user's folders or any variable of the environment."""
    start = (
        f"import sys; sys.path[:0] = [{box!r}]; sys.path.append({environment!r}); "
        "from interviewer.sandbox.inside.harness import main; "
        f"main({reply_fd}, {list(libraries)!r}, {may_write!r})"
    )
    return [str(program), "-I", "-S", "-B", "-X", "utf8", "-c", start]


def covered(hidden: Sequence[Path], bound: Sequence[Path]) -> Iterator[Path]:
    """The folders that lie in one that is shown."""
    for path in dict.fromkeys(hidden):
        if path.is_dir() and any(path.is_relative_to(shown) for shown in bound):
            yield path


def _pipe(ends: contextlib.ExitStack) -> tuple[int, int]:
    """A pipe whose ends are closed if starting fails."""
    read, write = os.pipe()
    for fd in (read, write):
        ends.callback(_close, fd)
    return read, write


def _close(fd: int) -> None:
    with contextlib.suppress(OSError):
        os.close(fd)
