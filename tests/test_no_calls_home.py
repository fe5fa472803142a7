"""The server calls nobody: not when it starts, not when its page is loaded, not during a round.

What Python's sockets do is noted within the server; who is asked by the page in a browser is what tests/browser looks at.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from real_server import Server

from interviewer.cli import UNTRACKED
from interviewer.llm.vllm_server import VllmServer

HERE = Path(__file__).parent
TINY = HERE / "packs" / "tiny"
# As on a machine whose user has asked for everything that can be sent.
TALKATIVE = {
    "HF_HUB_OFFLINE": "0",
    "DO_NOT_TRACK": "0",
    "HF_HUB_DISABLE_TELEMETRY": "0",
    "GRADIO_ANALYTICS_ENABLED": "True",
    "FASTAPI_OTEL_AUTO_CONFIGURE": "true",
    "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector.invalid:4318",
}


def noting(file: Path) -> dict[str, str]:
    """Variables with which an interpreter notes its calls in `file`."""
    path = os.pathsep.join(filter(None, [str(HERE / "calls_noted"), os.environ.get("PYTHONPATH")]))
    return {"PYTHONPATH": path, "CALLS_NOTED_IN": str(file)}


@pytest.mark.slow
def test_nobody_is_called_from_start_to_report(tmp_path: Path) -> None:
    noted = tmp_path / "calls.txt"
    noted.touch()
    server = Server(tmp_path, TINY, settings=TALKATIVE | noting(noted))
    try:
        server.start()
        with httpx.Client(base_url=server.url, timeout=60) as client:
            page = client.get("/").raise_for_status().text
            for path in (
                "/docs",
                "/openapi.json",
                "/gradio_api/info",
                "/theme.css",
                "/metrics",
                "/api/v1/questions",
            ):
                client.get(path).raise_for_status()
            body = {"round": "all", "level": "IC3", "minutes": 60, "seed": 1}
            session = client.post("/api/v1/sessions", json=body).raise_for_status().json()["id"]
            answer = "The cache grows with layers, heads, tokens and bytes a number."
            at = f"/api/v1/sessions/{session}"
            client.post(f"{at}/messages", json={"text": answer}).raise_for_status()
            client.post(f"{at}/actions/end").raise_for_status()
            for kind in ("json", "md", "pdf"):
                client.get(f"{at}/report", params={"format": kind}).raise_for_status()
    finally:
        server.kill()
    assert noted.read_text(encoding="utf-8") == ""
    loaded = re.findall(
        r"<(?:script|link|img|iframe)\b[^>]*?(?:src|href)=[\"']?(?:https?:)?//([^/\"' >]+)", page
    )
    assert set(loaded) <= {server.url.removeprefix("http://")}


@pytest.mark.parametrize(
    ("code", "called"),
    [
        ("import socket; socket.getaddrinfo('hub.invalid', 443)", "socket.getaddrinfo hub.invalid\n"),
        ("import socket; socket.create_connection(('192.0.2.1', 443), 1)", "socket.getaddrinfo 192.0.2.1\n"),
        ("import socket; socket.socket().connect(('192.0.2.1', 443))", "socket.connect 192.0.2.1\n"),
        ("import urllib.request as u; u.urlopen('https://hub.invalid/')", "socket.getaddrinfo hub.invalid\n"),
        ("import socket; socket.getaddrinfo('localhost', 80)", ""),
        ("import socket; socket.getaddrinfo('127.0.0.1', 80)", ""),
    ],
)
def test_a_call_would_be_noted(code: str, called: str, tmp_path: Path) -> None:
    noted = tmp_path / "calls.txt"
    noted.touch()
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | noting(noted),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode != 0) == bool(called)
    assert noted.read_text(encoding="utf-8") == called


def test_libraries_are_told_so_before_they_are_imported(tmp_path: Path) -> None:
    """In a process of its own: they read it once."""
    code = (
        "import sys; sys.argv = ['mockround', '--help']\n"
        "from interviewer import cli\n"
        "heavy = [name for name in ('gradio', 'huggingface_hub', 'transformers') if name in sys.modules]\n"
        "assert not heavy, heavy\n"
        "try:\n    cli.main()\nexcept SystemExit:\n    pass\n"
        "from huggingface_hub import constants\n"
        "from gradio import analytics\n"
        "assert constants.HF_HUB_DISABLE_TELEMETRY\n"
        "assert not analytics.analytics_enabled()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | TALKATIVE | noting(tmp_path / "calls.txt"),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_vllm_is_told_so_too(tmp_path: Path) -> None:
    """As a child it also gets what our own process was told."""
    script = "import json, os; print(json.dumps(dict(os.environ)), flush=True)"
    server = VllmServer([sys.executable, "-c", script], "127.0.0.1", 0, tmp_path / "vllm.log")
    with server:
        server.wait()
        told = (tmp_path / "vllm.log").read_text(encoding="utf-8")
    assert '"VLLM_NO_USAGE_STATS": "1"' in told
    assert '"DO_NOT_TRACK": "1"' in told
    assert UNTRACKED["DO_NOT_TRACK"] == "1"


def test_what_gradio_counts_for_nobody_does_not_grow_and_is_not_summed_up() -> None:
    """In a process of its own: it is read when a page is made."""
    code = (
        "import sys; sys.argv = ['mockround', '--help']\n"
        "from interviewer import cli\n"
        "try:\n    cli.main()\nexcept SystemExit:\n    pass\n"
        "import gradio as gr\n"
        "queue = gr.Blocks()._queue\n"
        "queue.events_recorded = 10**6\n"
        "one = {'function': 'said', 'status': 'success', 'process_time': 1.0}\n"
        "assert queue.compute_analytics_summary([one]) == {'functions': {}}\n"
        "assert queue.ANALYTICS_MAX_EVENTS == 1\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
