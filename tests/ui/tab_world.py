"""A service on the tiny pack for the tests of the page's tabs; words are hashed, no model is loaded."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr

sys.path.insert(0, str(Path(__file__).parents[1] / "interviewer"))  # its scripted judge is used here too

from round_world import NO_MODEL, TINY, ScriptedJudge, make_world

from interviewer.build import Parts
from interviewer.llm.protocol import ChatModel
from interviewer.packs import load_role_pack
from interviewer.service import InterviewService
from retrieval import HashEmbedder, build_passages, open_retriever

HOSTILE = '<img src=x onerror="hacked()"><script>hacked()</script>'


def make_service(folder: Path, model: ChatModel | None = None) -> InterviewService:
    """A service that stores nothing; `folder` takes its index."""
    role, embedder = load_role_pack(TINY), HashEmbedder()
    passages = build_passages(role.pack, role.rubrics)
    retriever = open_retriever(folder, passages, embedder)
    parts = Parts(role, embedder, retriever, passages, ScriptedJudge(), None, NO_MODEL)
    return make_world(parts, "sqlite://", model=model).service


Services = Callable[..., InterviewService]


def public_names(page: gr.Blocks) -> list[str]:
    """The names under which a page's events could be called by a program."""
    described: dict[str, Any] = page.get_api_info()  # type: ignore[assignment]
    return [*described["named_endpoints"], *described["unnamed_endpoints"]]
