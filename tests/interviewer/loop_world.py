"""A role with enough questions for a whole loop, made of the tiny pack's, and a candidate who plays it."""

from __future__ import annotations

from dataclasses import replace

from round_world import World, settle

from corpus import LoopPlan, Round
from interviewer.owners import LOCAL_OWNER
from interviewer.packs import RolePack
from interviewer.views import SessionView

# Three bands of questions, told apart by words that the hashing embedder sees.
SUBJECTS = {
    "storage": "databases shards replicas compaction journal",
    "speech": "microphone phonemes transcripts accents loudness",
    "robots": "grippers joints trajectories torque collisions",
}
TALK = "I kept the databases alive: shards, replicas, compaction and the journal."


def loop_plan() -> LoopPlan:
    """Two talks that shape the onsite, a test between them, and three of four interviews."""
    return LoopPlan.model_validate(
        {
            "stages": [
                {"id": "screen", "title": "Screen", "round": "all", "questions": 1, "looks_for": "You.", "shapes_onsite": True},
                {"id": "test", "title": "Test", "round": "systems", "questions": 1, "looks_for": "Work."},
                {"id": "manager", "title": "Manager", "round": "all", "questions": 1, "looks_for": "Depth.", "shapes_onsite": True},
            ],
            "onsite": {
                "interviews": 3,
                "choices": [
                    {"id": f"on-{name}", "title": name.title(), "round": name, "questions": 1, "looks_for": name}
                    for name in SUBJECTS
                ]
                + [{"id": "on-design", "title": "Design", "round": "all", "questions": 2, "looks_for": "All.", "always": True}],
            },
        }
    )  # fmt: skip


def loop_role(role: RolePack) -> RolePack:
    """The tiny pack's questions once for each subject, with a round for each, and the loop."""
    pack = role.pack
    questions, rubrics = [], {}
    for subject, words in SUBJECTS.items():
        for question in pack.questions:
            changes = {
                "id": f"{subject}-{question.id}",
                "title": f"{question.title} ({subject})",
                "prompt": f"{words}. {question.prompt} {words}",
                "rounds": (*question.rounds, subject),
            }
            questions.append(question.model_copy(update=changes))
            rubrics[f"{subject}-{question.id}"] = role.rubrics[question.id]
    rounds = tuple(
        Round(id=name, title=name.title(), minutes=20, categories=("systems", "math"), questions=1)
        for name in SUBJECTS
    )
    info = pack.info.model_copy(update={"rounds": (*pack.info.rounds, *rounds), "loop": loop_plan()})
    return RolePack(replace(pack, info=info, questions=tuple(questions)), rubrics)


async def begin(world: World, level: str = "IC3", seed: int = 1, background: str = "") -> str:
    """A loop's id."""
    return (await world.service.loops.begin(LOCAL_OWNER, level, background, seed)).id


async def take(
    world: World, loop_id: str, answer: str = "credit 0.9", stage: str | None = None
) -> SessionView:
    """Play a stage to its end: every question and follow-up gets the same answer."""
    view = await world.service.loops.start(LOCAL_OWNER, loop_id, stage)
    view = await settle(await world.service.proceed(view.id, LOCAL_OWNER))
    while view.phase == "open":
        view = await world.say(view.id, answer)
    return view if view.finished else await world.act(view.id, "end")


async def asked(world: World, session_id: str) -> list[str]:
    """The questions of a session."""
    state = await world.state(session_id)
    return [thread[0].question_id for thread in state.threads]
