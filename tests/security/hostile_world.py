"""Parts and stored things that hostile input is thrown at. No model is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from loop_world import TALK, begin, loop_role, take
from round_world import NO_MODEL, TINY, ScriptedJudge, World

from interviewer.build import Parts
from interviewer.owners import LOCAL_OWNER
from interviewer.packs import load_role_pack
from interviewer.self_assessment import SelfRequest, Subject
from retrieval import HashEmbedder, build_passages, open_retriever
from rubrics import Verdict


def made_parts(folder: Path, pack: Path = TINY) -> Parts:
    """A copy of the tiny pack as a whole loop, indexed in `folder`."""
    role = loop_role(load_role_pack(pack))
    passages = build_passages(role.pack, role.rubrics)
    embedder = HashEmbedder()
    retriever = open_retriever(folder, passages, embedder)
    return Parts(role, embedder, retriever, passages, ScriptedJudge(), None, NO_MODEL)


@dataclass(frozen=True)
class Stored:
    """Ids of what `store_things` stored."""

    open: str
    over: str
    rated: str
    loop: str

    @property
    def sessions(self) -> tuple[str, ...]:
        """The sessions among them."""
        return (self.open, self.over, self.rated)


async def store_things(world: World) -> Stored:
    """A round that is open, one that is over, a self-assessment, and a loop with one stage done."""
    question = world.service.role.pack.questions[0]
    opened = await world.start("all", background="I keep databases alive.")
    over = await world.start("all", questions=1)
    await world.say(over.id, "credit 0.9 for the journal")
    await world.act(over.id, "end")
    verdicts = {criterion.id: Verdict.MET for criterion in world.service.role.rubrics[question.id].criteria}
    wanted = SelfRequest(Subject(question.id, "", None, ""), "credit 0.5", verdicts, "IC3")
    rated = await world.service.self_assessments.submit(wanted, LOCAL_OWNER, None)
    loop = await begin(world)
    await take(world, loop, TALK)
    return Stored(opened.id, over.id, rated.session_id, loop)
