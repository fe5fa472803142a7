"""The page's endpoints for programs: what `gradio_client` calls, and what models are given as MCP tools.

Everything here can be done over the HTTP API as well; names, types and docstrings are what Gradio tells of an endpoint.
A session is that of the one candidate of this machine, and belongs to no browser.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Literal

import gradio as gr
from gradio.events import api

from interviewer.contests import Claim
from interviewer.export import render_report
from interviewer.modes import Mode
from interviewer.own_questions import rubric_of_lines
from interviewer.preparation_api import day_told
from interviewer.self_assessment import SelfRequest, Subject
from interviewer.service import InterviewService, StartRequest
from interviewer.views import SessionView, settled
from rubrics import Verdict
from ui.calls import Verb, as_endpoint
from ui.loop_endpoints import LoopEndpoints
from ui.visitor import owner_of

Action = Literal["hint", "skip", "clarify", "repeat", "pause", "resume", "retry", "end"]
OwnVerdict = Literal["met", "partial", "missing"]
Told = dict[str, Any]


class Endpoints:
    """One method for each endpoint, under its own name. They raise what the service raises."""

    def __init__(self, service: InterviewService) -> None:
        """What is asked of the endpoints is asked of the service."""
        self._service = service

    @property
    def verbs(self) -> tuple[Verb, ...]:
        """All of them, in the order in which they are listed."""
        return (
            self.start_round,
            self.say,
            self.act,
            self.contest,
            self.session,
            self.sessions,
            self.report,
            self.questions,
            self.search,
            self.follow_ups,
            self.criteria,
            self.grade,
            self.self_assess,
            self.ask_guide,
            self.today,
        )

    # A round

    async def start_round(
        self,
        level: str = "IC3",
        round: str | None = None,
        question_ids: list[str] | None = None,
        questions: int | None = None,
        minutes: int | None = None,
        background: str = "",
        again: str | None = None,
        mode: Literal["practice", "study", "real"] = "practice",
        request_key: str | None = None,
    ) -> Told:
        """Start a mock interview round for the candidate and hear the greeting and the first question.

        Give a round, or the questions to be asked, or an earlier session whose questions are asked again.
        The result is the session: `id` is what the other tools take, `lines` is what was said, `turn` is the open turn.
        An unknown round, level, question or session fails with a sentence that says which there are.

        Args:
            level: The level that is interviewed for, such as IC1 to IC5.
            round: The id of a round, such as ml-systems. Leave it out where questions are named.
            question_ids: Ids of questions of the bank, asked in this order instead of a choice by the interviewer.
            questions: How many questions, 1 to 60; by default as many as the round has. Not together with question_ids.
            minutes: How long the round lasts, in minutes, 1 to 600; by default the time of the round or of its questions.
            background: A résumé or job description as plain text; it steers which questions are chosen.
            again: The id of an earlier session; its questions, or those of them that are named, are asked once more.
            mode: practice gives hints and pauses, with the report at the end; study also reviews each question once it is done and waits there for resume; real has no hints or pauses and shows nothing before its end.
            request_key: Any text of at most 120 characters; the same key twice starts one round.
        """
        wanted = StartRequest(
            round,
            level,
            minutes,
            questions,
            background,
            question_ids=tuple(question_ids or ()),
            again=again,
            mode=Mode(mode),
        )
        view = await self._service.start(wanted, owner_of(self._service), client_event_id=request_key)
        return asdict(await settled(await self._service.proceed(view.id, owner_of(self._service))))

    async def say(
        self, session_id: str, text: str, turn: int | None = None, request_key: str | None = None
    ) -> Told:
        """Say something as the candidate: an answer, or a question to the interviewer at the end of the round.

        A message that plainly asks for a hint, a repeat, a clarification, to skip or to end is taken as that.
        The result is the session; its `lines` are only those that were said since this call, the candidate's included.
        Judging an answer takes seconds. It fails where the message is empty or too long, the round is over, or `turn` is
        no longer open.

        Args:
            session_id: The session's id.
            text: What the candidate says, in plain text or Markdown, at most 20000 characters unless set otherwise.
            turn: The open turn that is answered, as the session has it; refuses an answer to a question that has passed.
            request_key: Any text of at most 120 characters; the same key twice is one message.
        """
        before = await self._session(session_id)
        updates = await self._service.send(session_id, owner_of(self._service), text, request_key, turn)
        return _since(before, await settled(updates))

    async def act(
        self,
        session_id: str,
        action: Action,
        text: str = "",
        turn: int | None = None,
        request_key: str | None = None,
    ) -> Told:
        """Press one of the interview's buttons instead of answering.

        The result is the session; its `lines` are only those that were said since this call.
        It fails where the action makes no sense now: most need an open question in a round that is not over.

        Args:
            session_id: The session's id.
            action: hint, skip (pass on the question), clarify (ask about it), repeat, pause, resume, retry (score what could not be scored), or end.
            text: For clarify, what is asked; otherwise empty.
            turn: The open turn that is meant, as the session has it; refuses an action on a question that has passed.
            request_key: Any text of at most 120 characters; the same key twice is one action.
        """
        before = await self._session(session_id)
        updates = await self._service.act(
            session_id, owner_of(self._service), action, text, request_key, turn
        )
        return _since(before, await settled(updates))

    async def contest(
        self, session_id: str, turn: int, criterion: str, words: str, request_key: str | None = None
    ) -> Told:
        """Contest a verdict of a round that is over: say which words of the answer met a criterion.

        The judge reads the sentences around these words again. Both verdicts are kept, and the second counts only if it
        is better. The result is the session; the report has the verdicts. It fails where the round goes on, the words
        are not in the answer, or the verdict was contested before.

        Args:
            session_id: The session's id.
            turn: The place of the answer in the report's `turns`, from 0.
            criterion: The criterion's id, as the report has it.
            words: The words of the answer that show it, copied exactly.
            request_key: Any text of at most 120 characters; the same key twice is one contest.
        """
        before = await self._session(session_id)
        updates = await self._service.contest(
            session_id, owner_of(self._service), Claim(turn, criterion, quote=words), request_key
        )
        return _since(before, await settled(updates))

    async def session(self, session_id: str) -> Told:
        """Look at a session with its whole transcript; work that was interrupted is taken up again.

        Model answers and rubrics are not in it. An unknown session fails with a sentence.

        Args:
            session_id: The session's id.
        """
        await self._session(session_id)
        return asdict(await settled(await self._service.proceed(session_id, owner_of(self._service))))

    async def sessions(self, limit: int = 20, before: str | None = None) -> Told:
        """List the stored sessions, latest first. `next`, if there are older ones, is the `before` that lists them.

        Args:
            limit: How many at most, 1 to 1000.
            before: The `next` of the page that this one continues.
        """
        return (await self._service.session_page(owner_of(self._service), limit, before)).to_json()

    async def report(self, session_id: str, format: Literal["json", "md"] = "json") -> Any:
        """Read the report of a session as it stands: bands, verdicts with their evidence, and what to do next.

        Scores and credits go from 0 to 1, bands from 0 (strong no hire) to 4 (strong hire). What could not be scored is
        null with a reason, never zero. An unknown session fails with a sentence.

        Args:
            session_id: The session's id.
            format: json for an object with everything, md for Markdown text to read.
        """
        await self._session(session_id)
        report = await self._service.report(session_id, owner_of(self._service))
        return asdict(report) if format == "json" else render_report(report, "md")[0].decode()

    # The bank

    async def questions(
        self,
        query: str = "",
        category: str | None = None,
        level: str | None = None,
        round: str | None = None,
        topic: str | None = None,
    ) -> Told:
        """Search the question bank without spoilers: each question with id, prompt, level, topics and minutes.

        With a query the 50 nearest at most, nearest first; without one everything that the filters leave, in the bank's
        order. A filter with an unknown value finds nothing.

        Args:
            query: What the questions are to be about, in plain words.
            category: Only this category, such as ml-systems.
            level: Only questions of this level, such as IC3.
            round: Only what this round may ask, such as ml-coding.
            topic: Only questions with this topic.
        """
        found = await self._service.library.find_questions(query, category, level, round, topic)
        return {"questions": [asdict(card) for card in found]}

    async def search(self, query: str, limit: int = 10, kinds: list[str] | None = None) -> Told:
        """Search guide, notes, questions and rubrics by meaning and by words; passages with title, text and score.

        Rubrics give away what an answer is scored by. It fails for an empty query, a limit out of range and an unknown kind.

        Args:
            query: What to look for; what goes beyond 2000 characters is not looked at.
            limit: How many passages at most, 1 to 50.
            kinds: Only these of question, guide, note and rubric.
        """
        return asdict(await self._service.library.search(query, limit, kinds or ()))

    async def follow_ups(self, question: str, answer: str, count: int = 3, level: str = "IC3") -> Told:
        """Propose follow-up questions to an answer, each with what it aims at and where it comes from.

        A connected language model words fresh ones behind a guard; the question's own ladder fills in. `rejected` says
        what the guard refused and why. Nothing is stored. A question of one's own needs a language model.

        Args:
            question: The id of a question of the bank, or the text of one's own.
            answer: The answer to follow up on.
            count: How many, 1 to 10.
            level: The level that is interviewed for, such as IC3.
        """
        return asdict(await self._service.library.follow_ups(question, answer, count, level))

    # An answer by itself

    async def criteria(
        self, question_id: str | None = None, question: str = "", points: str = "", reference: str = ""
    ) -> Told:
        """What an answer to a question is judged by: the criteria with their ids, without the model answer.

        Name a question of the bank, or bring one with points or a model answer; anything else fails with a sentence.

        Args:
            question_id: The id of a question of the bank.
            question: Or the text of a question of one's own.
            points: For one's own: what a good answer shows, one point a line; `bonus:` or `fault:` may stand in front.
            reference: For one's own: or a model answer, from which the points are taken.
        """
        return asdict(self._service.self_assessments.card(_subject(question_id, question, points, reference)))

    async def grade(
        self,
        answer: str,
        question_id: str | None = None,
        question: str = "",
        points: str = "",
        reference: str = "",
        level: str | None = None,
    ) -> Told:
        """Score one answer, with a verdict and the words that show it for every criterion. Nothing is stored.

        `score` goes from 0 to 1, `band` from 0 to 4; both are null, with `unscored_reason`, where nothing could be scored.
        Evidence is a span of the answer, in Unicode code points from 0. `criteria` tells what the ids stand for.

        Args:
            answer: The answer to score.
            question_id: The id of a question of the bank.
            question: Or the text of a question of one's own.
            points: For one's own: what a good answer shows, one point a line; `bonus:` or `fault:` may stand in front.
            reference: For one's own: or a model answer to compare with.
            level: Caps the band by what this level must show, such as IC4; without it there is no cap.
        """
        subject = _subject(question_id, question, points, reference)
        self._service.self_assessments.card(subject)  # refuses what is no subject, in its own words
        given = {
            "question_id": subject.question_id,
            "question": subject.question or None,
            "rubric": subject.rubric and subject.rubric.model_dump(mode="json", exclude_none=True),
            "reference": subject.reference or None,
        }
        return await self._service.library.assess(
            {"item_id": "answer", "answer": answer, "level": level, **given}
        )

    async def self_assess(
        self,
        answer: str,
        verdicts: dict[str, OwnVerdict],
        question_id: str | None = None,
        question: str = "",
        points: str = "",
        reference: str = "",
        level: str = "IC3",
        request_key: str | None = None,
    ) -> Told:
        """Store an answer with the candidate's own verdicts, and see the judge's beside them with its evidence.

        The verdicts are the candidate's: ask for them before you call this. `difference` says where the candidate is over
        or under the judge. It fails where the answer is empty, no verdict is given, or one is of another question.

        Args:
            answer: The candidate's answer.
            verdicts: Criterion id to met, partial or missing; for a fault, met means that it is there. Ids come from `criteria`.
            question_id: The id of a question of the bank.
            question: Or the text of a question of one's own.
            points: For one's own: what a good answer shows, one point a line; `bonus:` or `fault:` may stand in front.
            reference: For one's own: or a model answer, from which the points are taken.
            level: The level that is interviewed for, such as IC3.
            request_key: Any text of at most 120 characters; the same key twice is one self-assessment.
        """
        wanted = SelfRequest(
            _subject(question_id, question, points, reference),
            answer,
            {name: Verdict(value) for name, value in verdicts.items()},
            level,
        )
        return asdict(
            await self._service.self_assessments.submit(wanted, owner_of(self._service), request_key)
        )

    # The candidate's days

    async def ask_guide(self, question: str) -> Told:
        """Ask the role guide about process, levels, pay or culture; answered from the guide alone, with citations.

        Without a connected language model there are the passages themselves and no sentences. It fails for a question that
        is empty or longer than 2000 characters.

        Args:
            question: The question in plain words.
        """
        return asdict(await self._service.library.ask_guide(question))

    async def today(self) -> Told:
        """What there is to do today: the round that was left, practice that is due, today's part of the plan, the loop.

        `practice.round.question_ids` are what `start_round` takes to practise what is due; `open.id` is the session to go
        on with, and `loop` the loop to go on with, by its `next` stage. Dates are ISO 8601 in this machine's time zone.
        """
        return await day_told(self._service.preparation, self._service.loops, owner_of(self._service))

    async def _session(self, session_id: str) -> SessionView:
        return await self._service.view(session_id, owner_of(self._service))


def add_endpoints(service: InterviewService) -> None:
    """Offer the endpoints, inside the current Gradio context. They wait for nobody: each call runs at once."""
    # Gradio has a component for every argument; what is in here is never shown.
    with gr.Column(visible=False):
        for verb in (*Endpoints(service).verbs, *LoopEndpoints(service).verbs):
            # Off Gradio's queue: an MCP call is then run here, and not sent once more to the address in its own headers.
            api(as_endpoint(verb), api_name=verb.__name__, queue=False, concurrency_limit=None)


def _since(before: SessionView, after: SessionView) -> Told:
    """A session with only those lines that came after an earlier view of it."""
    return {**asdict(after), "lines": [asdict(line) for line in after.lines if line.seq > before.seq]}


def _subject(question_id: str | None, question: str, points: str, reference: str) -> Subject:
    rubric = rubric_of_lines(points) if points.strip() else None
    return Subject(question_id, question, rubric, reference)
