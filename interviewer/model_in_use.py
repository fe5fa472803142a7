"""The language model that speaks now: connected, changed and let go of while the service runs."""

from __future__ import annotations

from dataclasses import replace

from pydantic import SecretStr

from interviewer.config import Settings
from interviewer.conversation import Interviewer
from interviewer.errors import BadInput
from interviewer.llm.connect import (
    Connected,
    Connection,
    ModelStatus,
    connect,
    status_now,
    without_follow_ups,
)
from interviewer.llm.observe import CircuitMoved
from interviewer.llm.protocol import ChatModel


class ModelInUse:
    """The interviewer's model and what is known of it. There may be none: then the bank speaks."""

    def __init__(self, settings: Settings, interviewer: Interviewer, status: ModelStatus) -> None:
        """`status` is of the model that the interviewer has."""
        self._settings = settings
        self._interviewer = interviewer
        self._status = status

    @property
    def status(self) -> ModelStatus:
        """Which language model speaks, as its requests have shown by now, and what it is not trusted to say."""
        status = status_now(self._status, self._interviewer.model)
        standing = self._interviewer.standing
        return status if standing is None or standing.trusts("follow_ups") else without_follow_ups(status)

    @property
    def trust(self) -> str:
        """What the connected model is trusted with, in one line; empty without a model."""
        standing = self._interviewer.standing
        return "" if standing is None else standing.sentence

    def gives_opinions(self) -> bool:
        """Whether second opinions are made: as set, otherwise by servers on this machine or private network alone.

        A hosted server charges for them, and a model in this process would compute beside the interviewer.
        """
        if self._settings.second_opinion is not None:
            return self._settings.second_opinion
        return self._status.kind == "server" and not self._status.leaves_network

    async def connect(
        self, url: str, model: str | None = None, key: str | None = None, may_leave_network: bool = False
    ) -> ModelStatus:
        """Try a model server and use it from now on; what was connected stays if it does not answer.

        Raises:
            BadInput: the address lies outside this machine and private network, and nobody agreed to that.
            interviewer.llm.errors.ModelError: it cannot be used; the sentence says why.
        """
        if not url.strip():
            raise BadInput("Give the server's address, such as http://127.0.0.1:8000/v1.")
        secret = SecretStr(key) if key else None
        wanted = replace(self._settings.connection, kind="server", url=url, model=model, key=secret)
        found = await connect(wanted, must_answer=True, observe=self._interviewer.metrics.observe_model)
        if found.status.leaves_network and not may_leave_network:
            await _close(found.model)
            raise BadInput(
                f"{found.status.where} lies outside this machine and private network: answers, and a résumé if you "
                "gave one, would be sent there. Tick the box to agree, and connect again."
            )
        await self._use(found)
        return found.status

    async def disconnect(self) -> ModelStatus:
        """Let the bank speak from now on."""
        found = await connect(Connection("none"))
        await self._use(found)
        return found.status

    async def aclose(self) -> None:
        """Let go of the model."""
        await _close(self._interviewer.model)

    async def _use(self, found: Connected) -> None:
        before, self._interviewer.model = self._interviewer.model, found.model
        self._status = found.status
        await _close(before)
        # Whatever was told of the model of before, none is left alone now.
        self._interviewer.metrics.observe_model(CircuitMoved("closed"))


async def _close(model: ChatModel | None) -> None:
    if model is not None:
        await model.aclose()
