"""What is installed, reachable and indexed, and what to do about what is not."""

from __future__ import annotations

import asyncio
import os
import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from interviewer.config import Settings
from interviewer.errors import StoreError
from interviewer.llm.connect import connect, without_follow_ups
from interviewer.llm.errors import ModelError
from interviewer.llm.gpu_models import advice
from interviewer.llm.gpus import gpus
from interviewer.llm.protocol import ChatModel
from interviewer.llm.vllm_server import candidates
from interviewer.packs import RolePack, check_role_pack
from interviewer.qualification.record import Qualifications, Standing
from interviewer.sandbox.choose import choose_runner
from interviewer.store import EventStore, default_url
from retrieval import RetrievalError, build_passages, index_state, is_native

# The index of the built-in pack takes about 2 MB; a year of daily rounds in SQLite less than 100 MB.
LOW_DISK_MB = 200


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `needed`: without it the command fails; `advice` says what to do if not `ok`, or what else can be done."""

    what: str
    ok: bool
    found: str
    advice: str = ""
    needed: bool = True


def examine(settings: Settings) -> tuple[Finding, ...]:
    """Look at everything that a round needs. Nothing is written but a database's pending migrations."""
    pack, role = _pack(settings)
    findings = [_python(), *_packages(), pack, _data(settings), _database(settings)]
    findings += _index(settings, role)
    gpu = _gpu()
    findings += [*_model(settings), _running(settings), gpu, *_vllm(gpu.ok)]
    return tuple(findings)


def _python() -> Finding:
    ok = sys.version_info >= (3, 11)
    return Finding("Python", ok, platform.python_version(), "" if ok else "Install Python 3.11 or newer.")


def _packages() -> Iterator[Finding]:
    for name, extra in (
        ("torch", ""),
        ("sentence-transformers", ""),
        ("faiss-cpu", ""),
        ("bm25s", ""),
        ("gradio", ""),
        ("psycopg", "postgres"),
        ("gguf", "local"),
    ):
        try:
            yield Finding(name, True, version(name), needed=not extra)
        except PackageNotFoundError:
            what = f'pip install "mockround[{extra}]" if you want it.' if extra else "Run make install again."
            yield Finding(name, False, "not installed", what, needed=not extra)


def _pack(settings: Settings) -> tuple[Finding, RolePack | None]:
    role, faults = check_role_pack(settings.pack)
    if faults or role is None:
        found = str(faults[0]) if faults else "holds no pack"
        return Finding("pack", False, found, f"Run mockround corpus check {settings.pack}."), None
    info = role.pack.info
    return Finding("pack", True, f"{info.id}, {len(role.pack.questions)} questions, as of {info.as_of}"), role


def _data(settings: Settings) -> Finding:
    folder = settings.data
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        return Finding(
            "data folder", False, f"{settings.data} cannot be written", "Choose another with --data."
        )
    free = shutil.disk_usage(folder).free // 2**20
    if free < LOW_DISK_MB:
        return Finding(
            "data folder", False, f"{settings.data}, {free} MB free", "Make room, or choose --data."
        )
    return Finding("data folder", True, f"{settings.data}, {free:,} MB free")


def _database(settings: Settings) -> Finding:
    url = settings.db or default_url(settings.data)
    try:
        shown = make_url(url).render_as_string(hide_password=True)
        is_file = make_url(url).get_backend_name() == "sqlite"
    except ArgumentError:
        return Finding(
            "database", False, "the URL cannot be read", "Give --db postgresql+psycopg://host/name."
        )
    if is_file and not (settings.data / "mockround.db").exists() and settings.db is None:
        return Finding("database", True, f"{shown} (made with the first session)")
    try:
        store = EventStore(url)
        try:
            store.check()
        finally:
            store.close()
    except StoreError as error:
        return Finding("database", False, str(error), "Check the address, or leave --db out to use SQLite.")
    return Finding("database", True, shown)


def _index(settings: Settings, role: RolePack | None) -> Iterator[Finding]:
    try:
        embedder = settings.new_embedder()
        embedder.embed_queries(["ready"])
    except RetrievalError as error:
        yield Finding(
            "embedding model", False, str(error), "Leave MOCKROUND_EMBEDDER out to use the packaged one."
        )
        return
    yield Finding("embedding model", True, embedder.name)
    if not is_native(settings.embedding_precision):
        yield Finding(
            settings.embedding_precision,
            False,
            "the processor has no instructions for it",
            "Leave MOCKROUND_EMBEDDING_PRECISION out: float32 is faster here.",
            needed=False,
        )
    if role is None:
        return
    passages = build_passages(role.pack, role.rubrics)
    folder = settings.data / "index" / role.pack.info.id
    stale = index_state(folder, passages, embedder, role.pack.glossary)
    advice = "" if stale is None else "Run mockround index; serve does it by itself."
    yield Finding("index", stale is None, stale or f"{len(passages)} passages", advice, needed=False)


def _model(settings: Settings) -> Iterator[Finding]:
    try:
        connected = asyncio.run(connect(settings.connection))
    except ModelError as error:
        yield Finding("language model", False, str(error), "Correct --llm-url, --llm-model or --llm-key.")
        return
    status, standing = connected.status, None
    if connected.model is not None and status.answers:
        standing = _standing(settings, connected.model)
        status = status if standing.trusts("follow_ups") else without_follow_ups(status)
    advice = "" if status.kind != "none" else "Not needed; connect one for fresh follow-ups (docs/models.md)."
    wanted = settings.llm != "none"
    yield Finding(
        "language model",
        status.answers and (status.kind != "none" or not wanted),
        status.sentence,
        advice if status.answers else "Start the server; rounds work without it.",
        needed=False,
    )
    if standing is not None:
        yield Finding("trusted with", standing.holds, standing.sentence, needed=False)


def _standing(settings: Settings, model: ChatModel) -> Standing:
    try:
        embedder = settings.new_embedder().name
    except RetrievalError:
        embedder = ""  # said of the embedding model already; no record holds without one
    return Qualifications(settings.qualifications, embedder).standing(model)


def _running(settings: Settings) -> Finding:
    running = choose_runner(settings.run_code, (settings.data, settings.pack))
    if running.runner is not None:
        running.runner.close()
        return Finding("running code", True, running.sentence, needed=False)
    why, _, how = running.sentence.partition(" To turn it on")
    advice = (
        f"To turn it on{how}" if how else "Rounds work without it; coding questions are answered in writing."
    )
    # Where bubblewrap was asked for by name, being without it is a fault.
    return Finding("running code", False, why, advice, needed=settings.run_code == "bubblewrap")


def _gpu() -> Finding:
    present = gpus()
    if not present:
        return Finding(
            "GPU", False, "none that nvidia-smi shows", "Not needed; everything runs on a CPU.", needed=False
        )
    return Finding("GPU", True, ", ".join(map(str, present)), advice(present), needed=False)


def _vllm(wanted: bool) -> Iterator[Finding]:
    """vLLM's environment where there is one, or where a GPU calls for one. It is looked at and not loaded: that takes long."""
    places = candidates()
    for python in places:
        packages = python.parent.parent.glob("lib/python*/site-packages/vllm*.dist-info")
        installed = next((folder.name.removesuffix(".dist-info") for folder in packages), None)
        if installed is not None:
            yield Finding("vLLM", True, f"{installed.replace('-', ' ')}, {python}", needed=False)
            return
    if wanted or places:
        found = f"{places[0]} has none" if places else "not installed"
        yield Finding("vLLM", False, found, "make run-gpu installs it and starts a model.", needed=False)
