"""A PostgreSQL server of our own for tests: a fresh cluster on a Unix socket, reached by nobody else, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg

BINARIES = Path("/usr/lib/postgresql")
START_TIMEOUT_S = 60
MISSING = f"no PostgreSQL under {BINARIES} or on the PATH (Debian: apt-get install postgresql)"


def find_binaries() -> Path | None:
    """The folder of `initdb`: Debian's newest version, else wherever the PATH finds it."""
    versions = sorted(
        (path for path in BINARIES.glob("*/bin") if (path / "initdb").exists()),
        key=lambda path: float(path.parent.name),
    )
    if versions:
        return versions[-1]
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


class PostgresServer:
    """A running cluster; every call of `new_url` is a place of its own in it.

    A place is a schema: it behaves as a database of its own and is made without copying one.
    """

    def __init__(self, folder: Path, user: str, command: list[str]) -> None:
        self.folder = folder
        self.user = user
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = count(1)

    def start(self) -> None:
        """Start it, also after a crash, and wait until it answers."""
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self._answers():
            assert time.monotonic() < deadline, (self.folder / "log").read_text()
            # What is left of a server that was killed keeps the next one from starting for a moment.
            if self._process is None or self._process.poll() is not None:
                with (self.folder / "log").open("ab") as log:
                    self._process = subprocess.Popen(
                        self._command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log
                    )
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            self.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def kill(self) -> None:
        """SIGKILL to the server; its processes end without a word to their clients."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """End it, if it runs."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(timeout=60)

    def new_url(self) -> str:
        """Where nothing is yet."""
        name = f"rounds_{next(self._numbers)}"
        self.execute(f"CREATE SCHEMA {name}")
        return f"postgresql+psycopg://{self.user}@/postgres?host={self.folder}&options=-csearch_path%3D{name}"

    def execute(self, statement: str) -> None:
        """Run a statement as the administrator."""
        with psycopg.connect(
            host=str(self.folder), user=self.user, dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(statement)

    def cut_connections(self) -> None:
        """End every other connection, as a restart of the server does."""
        self.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")


@contextmanager
def running_server(binaries: Path) -> Iterator[PostgresServer]:
    """A cluster in a short-named folder (a socket's path is limited), run by an unprivileged user when we are root."""
    folder = Path(tempfile.mkdtemp(prefix="mockround-pg-"))
    prefix: list[str] = []
    user = pwd.getpwuid(os.getuid()).pw_name
    if os.getuid() == 0:
        account = _unprivileged()
        user = account.pw_name
        os.chown(folder, account.pw_uid, account.pw_gid)
        prefix = [
            "setpriv",
            f"--reuid={account.pw_uid}",
            f"--regid={account.pw_gid}",
            "--clear-groups",
        ]
    data = str(folder / "data")
    postgres = [*prefix, str(binaries / "postgres"), "-D", data, "-k", str(folder)]
    if shutil.which("setpriv"):
        # A test run that is killed takes its server along. `setpriv` sets the signal after it has changed the user.
        postgres = ["setpriv", "--pdeathsig=INT", *(prefix[1:] if prefix else []), *postgres[len(prefix) :]]
    settings = ("listen_addresses=", "fsync=off", "max_connections=40")
    postgres += [part for setting in settings for part in ("-c", setting)]
    try:
        initdb = [*prefix, str(binaries / "initdb"), "-D", data, "-U", user, "-A", "trust"]
        _run(*initdb, "-E", "UTF8", "--locale=C", "--no-sync", cwd=folder)
        server = PostgresServer(folder, user, postgres)
        try:
            server.start()
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)


def _unprivileged() -> pwd.struct_passwd:
    names = {account.pw_name: account for account in pwd.getpwall()}
    return names.get("postgres") or names["nobody"]


def _run(*command: str, cwd: Path) -> None:
    done = subprocess.run(
        command, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
