"""What the interviewer says between the questions when no model speaks. Variety comes from the seed, not from chance."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Literal

from corpus import Pack, Round
from interviewer.events import CodeSubmitted, Setup
from interviewer.modes import Mode

_NEXT = (
    "Thank you. Let's go to something else.",
    "All right, next topic.",
    "Good, let me move on.",
    "Thanks, I have what I need there. Next one.",
)
_KIND_NEXT = (
    "That's fine, it happens. Let's leave it there and take another one.",
    "No problem. We'll come back to it in the report; here is something different.",
    "Fair enough, better said than guessed. Let me try another topic.",
)
_LEFT = (
    "Let's leave that one there. Next question.",
    "I don't think that one leads further. Let me go on.",
    "We can come back to that in the report. Here is another one.",
)
_REDIRECT = (
    "That is not quite what I asked. Let me narrow it down:",
    "Let me bring you back to the question, in a smaller piece:",
    "I was after something else. Start here:",
)
_FIRST = ("Here is the first one.", "Let's begin.", "First question.")
_WHY_THE_BANK = {
    "too_long": "This is more text than the language model reads at once, so the question bank speaks here",
    "garbled": "The language model gave no usable reply, so the question bank speaks until it does",
}
_NO_ANSWER = "The language model does not answer at the moment, so the question bank speaks until it is back"
_HELD = {
    Mode.PRACTICE: "We have about {minutes} minutes for {count}, and I will dig into what you say.",
    Mode.STUDY: (
        "We take {count}, and as long as you like. I will dig into what you say, and after each question we look "
        "at how it went and at a model answer."
    ),
    Mode.REAL: (
        "We hold this one as the real thing: {minutes} minutes for {count}, without hints or pauses, and your "
        "report opens when it is over. I will dig into what you say."
    ),
}
_PAPERS = {
    Mode.PRACTICE: "There are hints, and I say something to code that you submit.",
    Mode.REAL: "We hold it as the real thing: no hints, no pauses, and nothing of how it goes before the end.",
}
_STRETCH = ("Good. Let me take that a step further.", "Then let me push a little beyond the question.")


def _pick(options: Sequence[str], *keys: object) -> str:
    digest = hashlib.sha256(":".join(map(str, keys)).encode()).digest()
    return options[int.from_bytes(digest[:4], "big") % len(options)]


def intro(pack: Pack, round_: Round, setup: Setup) -> str:
    """The greeting: what the round is, how long, how it works."""
    if setup.paper:
        return _paper_intro(pack, round_, setup)
    count = f"up to {setup.questions} questions" if setup.questions > 1 else "one question"
    background = ""
    if setup.relevance:
        heard = "read the background you gave me" if setup.background else "heard what you told my colleagues"
        background = f" I have {heard} and will lean towards it."
    return (
        f"Hello, and welcome to the {round_.title} round for {pack.info.title} at {setup.level}. "
        f"{_HELD[setup.mode].format(minutes=setup.minutes, count=count)}{background} "
        "Answer in your own words, as you would at a whiteboard; ask me to clarify whenever something is unclear."
    )


def _paper_intro(pack: Pack, round_: Round, setup: Setup) -> str:
    return (
        f"Welcome to the {round_.title} for {pack.info.title} at {setup.level}: {setup.questions} items, "
        f"{setup.minutes} minutes for all of them, in any order. You can come back to an item and change your answer "
        f"until you hand in; when the time is over, what is there is handed in. {_PAPERS[setup.mode]}"
    )


def before_item(item: int, setup: Setup) -> str:
    """Leads to a paper's item, counted from 0."""
    return f"Item {item + 1} of {setup.questions}."


def paper_closing() -> str:
    """When a paper is handed in, or its time is over."""
    return "Your answers are handed in. The report says how each item came out, and why."


def before_review(outcome: str) -> str:
    """Leads to the review of a question in a study round; `outcome` is how it went, in a sentence, or empty."""
    return f"Before we go on, a look at this question. {outcome}".strip()


def after_review() -> str:
    """Ends a review."""
    return "Take your time with it; the next one comes when you are ready."


Left = Literal["answered", "not known", "nothing said"]


def before_question(setup: Setup, number: int, left: Left) -> str:
    """The sentence that leads to question `number` (from 0), by how the thread before it was left."""
    if number == 0:
        return _pick(_FIRST, setup.seed)
    options = {"answered": _NEXT, "not known": _KIND_NEXT, "nothing said": _LEFT}[left]
    return _pick(options, setup.seed, number)


def redirect(setup: Setup, number: int) -> str:
    """Leads to a narrower question after an answer that missed the subject."""
    return _pick(_REDIRECT, setup.seed, number)


def before_stretch(setup: Setup, number: int) -> str:
    """The sentence that leads to a step beyond the rubric."""
    return _pick(_STRETCH, setup.seed, number)


def quote_lead(evidence: str, max_chars: int = 110) -> str:
    """Leads a follow-up from the candidate's own words; empty when the words are too long to quote."""
    words = " ".join(evidence.split()).rstrip(".;,")
    return f"You said “{words}”. " if 12 <= len(words) <= max_chars else ""


def no_clarification() -> str:
    """When the bank has nothing on what was asked."""
    return "I have nothing more specific on that. State the assumption that you would make, and go on from there."


def no_more_hints() -> str:
    """When the question has no further hint."""
    return "I have no further hint for this one. Say what you know so far, or skip it."


def tests_told(submission: CodeSubmitted) -> str:
    """How the tests of submitted code came out, before a question about it."""
    if submission.error is not None:
        return f"Your code could not be run: {submission.error.rstrip('.')}."
    if submission.failing:
        return (
            f"{submission.passed} of {submission.cases} tests pass. The first that does not is "
            f"“{submission.failing[0]}”. {submission.fault}"
        ).strip()
    return f"All {submission.cases} tests pass."


def question_about_code(submission: CodeSubmitted, cost: str | None) -> str:
    """What is asked of submitted code; `cost` is about what it costs, for code that passed."""
    if submission.error is not None:
        return "What do you expect it to do there?"
    if submission.failing:
        return "Which line of yours decides that case?"
    return cost or "What does it cost, in time and in memory, as the input grows?"


def wrap_up(reason: str) -> str:
    """Before the candidate's own questions."""
    lead = "We are at time." if reason == "time" else "Those were my questions."
    return (
        f"{lead} Is there anything you would like to ask me about the role, the team or the process? "
        "If not, end the round and your report is ready."
    )


def closing() -> str:
    """The last words."""
    return (
        "Thank you for your time today. Your report is ready: every score in it shows the words it rests on."
    )


def self_assessment() -> str:
    """Before an answer that the candidate brought and rated."""
    return "You brought an answer, and your own verdict on it. The judge reads it after you."


def self_assessment_closing() -> str:
    """After the judge has read an answer that the candidate rated."""
    return "Your verdicts and the judge's stand side by side in the report."


def bank_speaks(reason: str) -> str:
    """Why the bank speaks in the place of a model that failed; `reason` is a ModelError's."""
    why = _WHY_THE_BANK.get(reason, _NO_ANSWER)
    return f"{why}; your answers are kept and the round goes on."
