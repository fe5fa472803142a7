"""Sandboxes that are limited processes of the same user, for one person on one machine who asked for them.

They have limits of memory, processor time, files and output, an empty environment and a session of their own; on Linux
the filter of system calls also keeps them from the network, from other processes, from starting programs and from
writing files. What they are not kept from is reading: code that runs here can read what its user can read. On macOS the
limits are all there is.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

from interviewer.sandbox.bubblewrap import ONE_THREAD, python_command
from interviewer.sandbox.process import Runner, Sandbox
from interviewer.sandbox.view import HARNESS, INSIDE, library_paths, own_interpreter


class PlainRunner(Runner):
    """Starts limited processes. Their view of our code and of the libraries is a folder of links."""

    def __init__(self) -> None:
        """Make the folder."""
        self._folder = tempfile.TemporaryDirectory(prefix="mockround-run-", ignore_cleanup_errors=True)
        self._root = Path(self._folder.name)
        self._program = own_interpreter().program
        box = self._root / "box" / HARNESS
        box.parent.mkdir(parents=True)
        box.symlink_to(INSIDE, target_is_directory=True)
        (self._root / "work").mkdir()

    @property
    def name(self) -> str:
        """Its name in settings and words."""
        return "plain"

    def start(self, libraries: tuple[str, ...]) -> Sandbox:
        """A new process. Raises OSError, LookupError for a library that is not installed."""
        replies, reply_end = os.pipe()
        work = self._root / "work"
        environment = {"LANG": "C.UTF-8", "HOME": str(work), "TMPDIR": str(work), **ONE_THREAD}
        try:
            command = python_command(
                self._program,
                str(self._root / "box"),
                str(self._view(libraries)),
                reply_end,
                libraries,
                False,
            )
            process = subprocess.Popen(
                command,
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=[reply_end],
                env=environment,
                cwd=work,
                start_new_session=True,
            )
        except BaseException:
            os.close(replies)
            raise
        finally:
            os.close(reply_end)
        return Sandbox(process, replies, libraries=libraries)

    def close(self) -> None:
        """Remove the folder."""
        self._folder.cleanup()

    def _view(self, libraries: tuple[str, ...]) -> Path:
        folder = self._root / ("env-" + "-".join(libraries))
        if not folder.is_dir():
            folder.mkdir()
            for path in library_paths(libraries) if libraries else ():
                (folder / path.name).symlink_to(path)
        return folder
