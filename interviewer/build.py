"""How the parts are joined; used by the commands alone (and by tests, with other parts)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version

from corpus import Fault, PackError, Passage
from corpus.problem_files import read_problems
from interviewer.access.audit import AuditFile, no_audit
from interviewer.config import Settings
from interviewer.conversation import Interviewer
from interviewer.errors import SetupError, unusable_folder
from interviewer.judge.embedded import EmbeddedJudge
from interviewer.judge.protocol import Judge
from interviewer.llm.connect import Connection, ModelStatus, connect
from interviewer.llm.protocol import ChatModel
from interviewer.metrics import Metrics
from interviewer.packs import RolePack, load_role_pack
from interviewer.qualification.record import Qualifications
from interviewer.sandbox.code_runs import CodeRuns
from interviewer.service import InterviewService, utc_now
from interviewer.store import EventStore, default_url
from retrieval import Embedder, RetrievalError, Retriever, build_passages, open_retriever


@dataclass(frozen=True)
class Parts:
    """Everything that does not depend on a database."""

    role: RolePack
    embedder: Embedder
    retriever: Retriever
    passages: tuple[Passage, ...]
    judge: Judge
    model: ChatModel | None
    model_status: ModelStatus
    metrics: Metrics = field(default_factory=Metrics)


def build_parts(
    settings: Settings,
    *,
    progress: Callable[[int, int], None] | None = None,
    with_model: bool = True,
    rebuild: bool = False,
) -> Parts:
    """Load the pack, open (or build) its index, and find the language model."""
    role = load_role_pack(settings.pack)
    passages = build_passages(role.pack, role.rubrics)
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
        embedder = settings.new_embedder()
        retriever = open_retriever(
            settings.data / "index" / role.pack.info.id,
            passages,
            embedder,
            progress,
            rebuild,
            role.pack.glossary,
        )
    except RetrievalError as error:
        raise SetupError(str(error)) from error
    except OSError as error:
        raise unusable_folder(settings.data, error) from error
    metrics = Metrics()
    wanted = settings.connection if with_model else Connection(kind="none")
    found = asyncio.run(connect(wanted, observe=metrics.observe_model))
    judge = EmbeddedJudge(embedder)
    return Parts(role, embedder, retriever, passages, judge, found.model, found.status, metrics)


def build_service(
    settings: Settings,
    parts: Parts,
    *,
    store_url: str | None = None,
    clock: Callable[[], datetime] = utc_now,
) -> InterviewService:
    """The service on its database: `store_url`, else the configured one, else SQLite in the data folder."""
    store = EventStore(store_url or settings.db or default_url(settings.data))
    interviewer = Interviewer(
        parts.role,
        parts.retriever,
        parts.embedder,
        parts.judge,
        parts.model,
        parts.metrics,
        Qualifications(settings.qualifications, parts.embedder.name),
    )
    versions = {
        "mockround": version("mockround"),
        "pack": f"{parts.role.pack.info.id} as of {parts.role.pack.info.as_of}",
        "embedder": parts.embedder.name,
    }
    audit = no_audit if settings.is_open else AuditFile(settings.data)
    return InterviewService(
        settings, parts.role, store, interviewer, versions, parts.model_status, clock, audit
    )


def build_code_runs(settings: Settings) -> CodeRuns:
    """The coding problems of the pack, to be run once; the rest of the pack is not read.

    Raises PackError for problems with faults, and for a folder that is no pack.
    """
    faults: list[Fault] = []
    if not (settings.pack / "pack.yaml").is_file():
        raise PackError([Fault(settings.pack, 0, "is no pack; name the folder that holds pack.yaml")])
    found = read_problems(settings.pack / "problems", faults)
    if faults:
        raise PackError(faults)
    return CodeRuns(
        found.problems,
        settings.data,
        settings.run_code,
        hide=(settings.pack,),
        at_once=settings.run_at_once,
        spares=False,
    )
