"""Which runner is used, what it shows of the machine, and sandboxes of other users and of the plain kind."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from attempts import ATTEMPTS, Attempt
from sandbox_world import case_of, needs_bubblewrap, run, run_one

import interviewer
from interviewer.config import Settings
from interviewer.errors import SetupError
from interviewer.sandbox import choose
from interviewer.sandbox.bubblewrap import BubblewrapRunner, covered
from interviewer.sandbox.choose import choose_runner
from interviewer.sandbox.plain import PlainRunner
from interviewer.sandbox.pool import Pool
from interviewer.sandbox.view import library_paths, own_interpreter
from interviewer.server import check_running

linux = sys.platform == "linux"


def test_what_was_not_asked_for_is_off() -> None:
    off = choose_runner("off")
    assert off.runner is None
    assert "MOCKROUND_RUN_CODE=off" in off.sentence


@pytest.mark.parametrize("wanted", ["auto", "bubblewrap"])
def test_without_bubblewrap_it_is_off_and_says_how_to_turn_it_on(
    monkeypatch: pytest.MonkeyPatch, wanted: choose.RunCode
) -> None:
    monkeypatch.setattr("interviewer.sandbox.choose.shutil.which", lambda _name: None)
    found = choose_runner(wanted)
    assert found.runner is None
    assert "bubblewrap" in found.sentence
    assert "apt install bubblewrap" in found.sentence
    assert "MOCKROUND_RUN_CODE=plain" in found.sentence


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (
            "echo 'bwrap: No permissions to create new namespace' >&2; exit 1",
            "No permissions to create new namespace",
        ),
        (
            "echo 'bwrap: setting up uid map: Permission denied' >&2; exit 1",
            "docs/security.md says what to change",
        ),
        ("exit 0", "it ended without a word"),
    ],
)
def test_a_bubblewrap_that_does_not_work_tells_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, words: str
) -> None:
    broken = tmp_path / "bwrap"
    broken.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr("interviewer.sandbox.choose.sys.platform", "linux")
    found = choose_runner("auto")
    assert found.runner is None
    assert words in found.sentence
    assert found.sentence.startswith("Running code is off: ")


@needs_bubblewrap
def test_where_it_works_it_is_used() -> None:
    found = choose_runner("auto")
    assert found.runner is not None, found.sentence
    assert found.runner.name == "bubblewrap"


def test_plain_is_used_only_when_it_was_asked_for() -> None:
    found = choose_runner("plain")
    assert isinstance(found.runner, PlainRunner)
    assert "can read your files" in found.sentence
    found.runner.close()


@pytest.mark.parametrize(
    ("host", "hosts", "mode", "refused"),
    [
        ("127.0.0.1", (), "plain", False),
        ("::1", (), "plain", False),
        ("0.0.0.0", (), "plain", True),
        ("192.168.1.5", (), "plain", True),
        ("127.0.0.1", ("mock.example",), "plain", True),
        ("0.0.0.0", (), "auto", False),
        ("0.0.0.0", (), "off", False),
    ],
)
def test_plain_is_refused_where_others_reach_the_page(
    host: str, hosts: tuple[str, ...], mode: choose.RunCode, refused: bool
) -> None:
    settings = Settings(run_code=mode, allowed_hosts=hosts)
    if not refused:
        check_running(host, settings)
        return
    with pytest.raises(SetupError, match="plain is for one user"):
        check_running(host, settings)


def test_the_folders_of_a_pack_are_covered_where_they_would_be_seen() -> None:
    shown = [Path("/usr/lib"), Path("/opt/python")]
    pack, folder = Path(__file__).parent, Path(interviewer.__file__).parent
    assert list(covered([pack, folder], shown)) == []
    assert list(covered([pack, folder, pack], [pack.parent])) == [pack]


@needs_bubblewrap
def test_a_pack_inside_the_standard_library_is_not_seen(tmp_path: Path) -> None:
    inside = own_interpreter().needs[1] / "json"
    runner = BubblewrapRunner([inside])
    with runner.start(()) as sandbox, pytest.raises(Exception, match="json"):
        sandbox.wait_ready(60)


def test_libraries_are_shown_one_by_one() -> None:
    shown = {path.name for path in library_paths(("torch",))}
    assert {"torch", "numpy", "typing_extensions.py"} <= shown
    assert not shown & {"gradio", "pydantic", "interviewer", "corpus", "pip", "site-packages"}
    assert "torch" not in {path.name for path in library_paths(("numpy",))}
    with pytest.raises(LookupError, match="no-such-library"):
        library_paths(("no-such-library",))


# A sandbox of another user, and one that root starts as nobody.

SCRIPT = """
import json, sys
from interviewer.sandbox.bubblewrap import BubblewrapRunner
attempts = json.load(sys.stdin)
told = {}
for name, code in attempts.items():
    with BubblewrapRunner(as_nobody=sys.argv[1] == "root as nobody").start(()) as sandbox:
        sandbox.wait_ready(60)
        limits = {"memory_mb": 64, "cpu_s": 9, "address_space": sandbox.usage().address_space}
        job = {"job": "solve", "code": code, "function": "attempt", "limits": limits}
        sandbox.ask(json.dumps(job).encode(), cpu_s=9, wall_s=60)
        world = {"tcp": 9, "udp": 9, "unix": "/tmp/x", "abstract": "x", "pid": 1, "home": "/root", "data": "/root", "pack": "/root", "program": "/etc/passwd"}
        call = {"call": [world], "seed": 0}
        told[name] = sandbox.ask(json.dumps(call).encode(), cpu_s=9, wall_s=60).data
print(json.dumps(told))
"""


NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


def somebodys_python() -> str | None:
    """A Python that the user nobody can read, if we are root and there is one."""
    if not linux or os.getuid() != 0 or shutil.which("setpriv") is None:
        return None
    for python in (str(own_interpreter().program), "/usr/bin/python3", "/usr/local/bin/python3"):
        done = subprocess.run([*NOBODY, "cat", python], capture_output=True, cwd="/", check=False)
        if done.returncode == 0:
            return python
    return None


@pytest.fixture
def ours() -> Iterator[Path]:
    """Our code where every user can read it: it needs nothing but the standard library to start sandboxes."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        source = Path(interviewer.__file__).parent
        target = folder / "interviewer"
        shutil.copytree(source / "sandbox", target / "sandbox", ignore=shutil.ignore_patterns("__pycache__"))
        (target / "__init__.py").write_text("")
        for path in folder.rglob("*"):
            path.chmod(0o755 if path.is_dir() else 0o644)
        yield folder


WHO = ["ourselves", *(["nobody", "root as nobody"] if somebodys_python() else [])]
TRIED = {
    item.name: item.code
    for item in ATTEMPTS
    if item.name
    in {"tcp", "udp", "unix socket", "fork", "another program", "kill the parent", "setuid", "chroot"}
    or item.name.startswith(("read ", "mount", "unshare"))
}


@needs_bubblewrap
@pytest.mark.parametrize("who", WHO)
def test_whoever_starts_it_it_holds(ours: Path, who: str) -> None:
    python = sys.executable if who == "ourselves" else somebodys_python()
    assert python is not None
    done = subprocess.run(
        [*(NOBODY if who == "nobody" else []), python, "-c", SCRIPT, who],
        input=json.dumps(TRIED),
        capture_output=True,
        text=True,
        timeout=300,
        cwd="/",
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ours)},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told.keys() == TRIED.keys()
    for name, data in told.items():
        assert "raised" in data or data.get("value") == "nothing", (name, data)


# The plain runner.

KEPT_OUT = [
    item
    for item in ATTEMPTS
    if item.name
    in {
        "tcp",
        "udp",
        "unix socket",
        "fork",
        "another program",
        "os.system",
        "kill the parent",
        "kill everything",
        "a file outside",
        "ptrace by ctypes",
        "memory",
        "work without end",
        "ignore signals and sleep",
        "printing without end",
        "os._exit",
        "the environment",
    }
]


@pytest.mark.skipif(not linux, reason="the filter of system calls is Linux's")
@pytest.mark.parametrize("attempt", KEPT_OUT, ids=lambda attempt: attempt.name)
def test_a_plain_process_is_kept_from_most_of_it(attempt: Attempt, plain_pool: Pool, tmp_path: Path) -> None:
    world = {"tcp": 9, "udp": 9, "unix": "/nowhere", "pid": os.getppid(), "data": str(tmp_path), "n": 0}
    found = run_one(plain_pool, attempt.code, [world], "expected")
    assert not found.passed
    assert not list(tmp_path.iterdir())
    assert found.outcome != "wrong" or found.got == "'nothing'", found


def test_a_plain_process_runs_solutions(plain_pool: Pool) -> None:
    code = "def attempt(a):\n    print('plain')\n    return a + 1\n"
    result = run(plain_pool, code, case_of("one", [1], 2), case_of("two", [2], 3))
    assert result.passed
    assert result.cases[0].stdout == "plain\n"
    wrong = run_one(plain_pool, "def attempt(a):\n    import numpy\n", [1], 2)
    assert "ModuleNotFoundError" in wrong.message, "only the problem's libraries are there"


def test_a_plain_process_has_its_libraries(plain_pool: Pool) -> None:
    code = "import numpy\ndef attempt(a):\n    return float(numpy.arange(a).sum())\n"
    found = run_one(plain_pool, code, [4], 6.0, libraries=["numpy"])
    assert found.passed, found


@pytest.mark.skipif(not linux, reason="the kernel tells of a parent's death on Linux")
@pytest.mark.parametrize("kind", ["plain", pytest.param("bubblewrap", marks=needs_bubblewrap)])
def test_a_sandbox_does_not_outlive_a_mockround_that_is_killed(kind: str) -> None:
    program = f"""
import json, time
from interviewer.sandbox.choose import choose_runner
runner = choose_runner({kind!r}).runner
sandbox = runner.start(())
sandbox.wait_ready(60)
job = {{"job": "solve", "code": "def f(): pass\\nwhile True: pass", "function": "f", "limits": {{"memory_mb": 99, "cpu_s": 60}}}}
sandbox.send(json.dumps(job).encode(), 9)
print(sandbox.pid, flush=True)
time.sleep(60)
"""
    parent = subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(Path(interviewer.__file__).parents[1])},
    )
    assert parent.stdout is not None
    with parent.stdout:
        pid = int(parent.stdout.readline())
    assert Path(f"/proc/{pid}").exists()
    parent.kill()
    parent.wait()
    for _ in range(500):
        if not Path(f"/proc/{pid}").exists():
            return
        time.sleep(0.02)
    pytest.fail("it still runs")
