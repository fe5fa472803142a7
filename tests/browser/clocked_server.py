"""The whole page in this process, on a clock that its user moves and with a judge of the user's choice."""

from __future__ import annotations

import socket
import sys
import threading
import time
from pathlib import Path

import uvicorn

sys.path.insert(0, str(Path(__file__).parents[1] / "interviewer"))  # its scripted judge is used here too

from round_world import NO_MODEL, Clock, ScriptedJudge

from interviewer.build import Parts, build_service
from interviewer.config import Settings
from interviewer.judge.protocol import Judge
from interviewer.llm.connect import ModelStatus
from interviewer.packs import load_role_pack
from interviewer.server import create_app
from retrieval import Embedder, HashEmbedder, build_passages, open_retriever
from ui.app import mount_page


class ClockedServer:
    """The whole page in a thread of this process; `clock` is the time.

    By default marks stand in the answers (`round_world`) and the index in the data folder is of hashed words.
    """

    def __init__(
        self,
        data: Path,
        pack: Path,
        judge: Judge | None = None,
        embedder: Embedder | None = None,
        status: ModelStatus = NO_MODEL,
    ) -> None:
        role, embedder = load_role_pack(pack), embedder or HashEmbedder()
        passages = build_passages(role.pack, role.rubrics)
        retriever = open_retriever(data / "index" / role.pack.info.id, passages, embedder)
        parts = Parts(role, embedder, retriever, passages, judge or ScriptedJudge(), None, status)
        self.clock = Clock()
        self.service = build_service(Settings(data=data, pack=pack, llm="none"), parts, clock=self.clock)
        app = create_app(self.service, mount_page)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        self.url = f"http://127.0.0.1:{port}"
        config = uvicorn.Config(app, port=port, log_level="error", timeout_graceful_shutdown=2)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        while not self._server.started:
            assert self._thread.is_alive()
            time.sleep(0.05)

    def close(self) -> None:
        """Stop serving."""
        self._server.should_exit = True
        self._thread.join(20)
