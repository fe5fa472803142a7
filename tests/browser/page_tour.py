"""A visit to every tab of the page and to the states that each of them has, in one sitting.

The test of accessibility examines every stop, and `make screenshots` takes a picture of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import yaml
from clocked_page import DAY_S
from clocked_server import ClockedServer
from real_page import Candidate

from interviewer.access.sign_in import sign_in_page
from interviewer.packs import BUILT_IN_PACK

ROOT = Path(__file__).parents[2]
ANSWERS = ROOT / "bench" / "answers" / "nvidia_mle"
ROUND = ("nccl-watchdog-timeout", "prefill-decode-interference")
PROBLEM = "max_overlapping_kernels"
# The days before the round of the tour: what was asked on each, and how well it was answered.
DAYS = (
    (("temperature-scaling-calibration", "wrong"), ("xid-fleet-health", "terse")),
    (("temperature-scaling-calibration", "partial"), ("lora-validation-spike", "partial")),
    (
        ("temperature-scaling-calibration", "strong"),
        ("kv-block-allocator", "partial"),
        ("why-nvidia", "strong"),
    ),
)
DAYS_BETWEEN = 3
FORMULAS = r"""The detector's logit is divided by one number before the sigmoid, $p = \sigma(z / T)$ with $T = 1.7$. That number was
fitted on held-out boxes by
$$
\min_T \; -\frac{1}{N} \sum_{i=1}^{N} \left[ y_i \log p_i + (1 - y_i) \log (1 - p_i) \right]
$$
As \(T > 0\) the order of the boxes stays, so AP cannot move. A phantom at $z = 5$ cost $-\log(1 - \sigma(5)) = 5.0$ nats
and costs 3.0 now; a hit at the same place goes from 0.007 to 0.052. That is where the likelihood is won."""
# What the loop's recruiter asks about, and what a candidate says to it.
LEVEL = "Which level would you give yourself"
LEVEL_ANSWER = (
    "IC3. For two years I have run the ranking service of our shop: 9 models, 1,800 requests a second at peak, 24 GPUs, and "
    "I am on call for it. Moving it from one server per model to a shared pool was my decision, against a managed service "
    "that my manager wanted; a test of four weeks settled it, and had it failed we would have missed the holiday season. "
    "Cost per thousand requests fell by 38% and p99 from 610 to 240 ms within a year. Somebody at IC4 would also have got the "
    "three product teams onto one format for their models; I tried that once and let it go when two leads disagreed."
)
CLAIMS = (
    "Solid",
    "Strong",
    "Not yet",
    "Borderline",
    "Solid",
    "Borderline",
    "Strong",
    "Solid",
    "Solid",
    "Not yet",
)


@dataclass(frozen=True)
class Stop:
    """A state of the page. `at` is what it is scrolled to; `same` says that it is the stop before, scrolled."""

    name: str
    shows: str
    at: str = "body"
    same: bool = False


def tour(me: Candidate, server: ClockedServer) -> Iterator[Stop]:
    """Every stop in turn; at each, the page stays as it is until the next one is asked for."""
    yield from _newcomer(me)
    yield from _bank_and_guide(me)
    yield from _lab(me)
    yield from _coding(me)
    _play_days(server)
    yield from _round(me, server)
    yield from _report(me)
    yield from _self_assessment(me)
    yield from _days_later(me, server)
    yield from _loop(me, server)
    yield from _study(me, server)
    yield from _formulas(me, server)
    yield from _assessment(me, server)
    yield from _sign_in(me)


def answer(question: str, kind: str) -> str:
    """A written answer to a question of the bank."""
    found = yaml.safe_load((ANSWERS / f"{question}.yaml").read_text(encoding="utf-8"))
    text = str(found["answers"][kind]).strip()
    # Typed by a person, a line ends where a paragraph does.
    return text if "```" in text else re.sub(r"(?<!\n)\n(?![\n-])", " ", text)


def _newcomer(me: Candidate) -> Iterator[Stop]:
    page = me.page
    me.open()
    page.wait_for_selector("#mr-start-button")
    yield Stop("interview-start", "A round is chosen: theme, level, how many questions, how long")
    _choose_round(page, "Online assessment")
    page.locator("#mr-round-about p").wait_for()
    yield Stop("interview-start-assessment", "The online assessment says what it is; its length is fixed")
    _choose_round(page, "ML systems design")
    page.locator("#mr-questions").wait_for()
    page.get_by_text("Résumé or job description").click()
    page.locator("#mr-background textarea").wait_for(state="visible")
    yield Stop("interview-background", "A résumé or a job description may steer the choice", "#mr-background")
    me.open_tab("Home")
    page.get_by_text("Start with one round").wait_for()
    yield Stop("home-newcomer", "Home, before anything was played")
    me.open_tab("Report")
    page.get_by_text("its report appears here").wait_for()
    yield Stop("report-empty", "No report yet")
    me.open_tab("Progress")
    page.get_by_text("Nothing to show yet").wait_for()
    yield Stop("progress-empty", "No progress yet")
    me.open_tab("Readiness")
    page.get_by_text("Give the date of your interview above").wait_for()
    yield Stop("readiness-empty", "Ten areas to rate, before a date is given")
    me.open_tab("Past sessions")
    page.get_by_text("No session is stored yet").wait_for()
    yield Stop("sessions-empty", "No session is stored yet")
    me.open_tab("Model")
    page.locator("#mr-llm-connect").wait_for()
    yield Stop("model", "Who speaks and who judges; a model is connected here")
    me.open_tab("How far to trust it")
    page.locator(".mr-trust h1, .mr-trust h2").first.wait_for()
    yield Stop("trust", "What was measured about the scores, and what they cannot see")


def _bank_and_guide(me: Candidate) -> Iterator[Stop]:
    page = me.page
    me.open_tab("Bank")
    page.locator("#mr-bank-list label:visible").first.wait_for()
    yield Stop("bank", "The bank, with its filters")
    _filter(page, "mr-bank-round", "Recruiter screen")
    _filter(page, "mr-bank-category", "ML systems design")
    page.get_by_text("Set Round or Category to “Any”.").wait_for()
    yield Stop("bank-nothing", "Filters that leave nothing, and which to give up")
    _filter(page, "mr-bank-category", "Any")
    _filter(page, "mr-bank-round", "ML systems design")
    page.fill("#mr-bank-query textarea, #mr-bank-query input", "nobody knows which rank hangs")
    page.keyboard.press("Enter")
    page.get_by_text("nearest to what you searched for first").wait_for()
    page.locator("#mr-bank-list label:visible").first.click()
    page.locator("#mr-bank-card h2").wait_for()
    yield Stop("bank-question", "A question found by meaning, without spoilers", "#mr-bank-panes")
    me.open_tab("Guide")
    page.locator("#mr-guide-question").wait_for()
    yield Stop("guide", "The guide, before anything is asked")
    page.fill(
        "#mr-guide-question textarea, #mr-guide-question input", "How many interviews are in the onsite?"
    )
    page.keyboard.press("Enter")
    page.locator("#mr-guide-answer .mr-passage").first.wait_for()
    yield Stop("guide-answer", "What the guide says, passage by passage")


def _lab(me: Candidate) -> Iterator[Stop]:
    page = me.page
    me.open_tab("Follow-up lab")
    page.locator("#mr-lab-voice p").wait_for()
    yield Stop("lab", "The follow-up lab")
    _find(page, "mr-lab-question", "Trace an NCCL timeout")
    page.locator("#mr-lab-card h2").wait_for()
    page.fill("#mr-lab-answer textarea", answer(ROUND[0], "partial"))
    page.click("#mr-lab-propose")
    page.locator("#mr-lab-result .mr-follow-up").first.wait_for()
    page.locator("#mr-lab-result .mr-follow-up summary").first.click()
    yield Stop("lab-follow-ups", "Follow-ups to an answer, with what they aim at", "#mr-lab-result")
    page.locator("#mr-lab-choice label").first.click()
    page.fill("#mr-lab-reply textarea", answer(ROUND[0], "strong"))
    page.click("#mr-lab-check")
    page.get_by_text("What it aimed at", exact=True).wait_for()
    yield Stop("lab-checked", "What an answer to a follow-up showed", "#mr-lab-try")


def _coding(me: Candidate) -> Iterator[Stop]:
    page = me.page
    me.open_tab("Coding")
    page.locator("#mr-code-card h2").wait_for()
    _find(page, "mr-code-problem", "overlapping kernels")
    page.locator("#mr-code-card h2", has_text="kernels").wait_for()
    page.locator("#mr-code-editor .cm-line", has_text="raise NotImplementedError").wait_for()
    yield Stop("coding", "A coding problem beside the editor")
    _write(page, "wrong_touching_spans.py")
    page.click("#mr-code-run")
    page.locator("#mr-code-results .mr-verdict").wait_for()
    yield Stop("coding-failed", "Which example failed, and why", "#mr-code-buttons")
    _write(page, "solution.py")
    page.click("#mr-code-submit")
    page.locator("#mr-code-growth h3").wait_for()
    yield Stop("coding-solved", "All tests passed, and how the time grows", "#mr-code-results")


def _play_days(server: ClockedServer) -> None:
    """Rounds of the days before, through the HTTP API."""
    with httpx.Client(base_url=f"{server.url}/api/v1", timeout=120) as api:
        for played in DAYS:
            for question, kind in played:
                session = _begin(api, (question,), follow_ups=0)
                _done(api.post(f"/sessions/{session}/messages", json={"text": answer(question, kind)}))
                _done(api.post(f"/sessions/{session}/actions/end"))
                server.clock.tick(1800)
            server.clock.tick(DAYS_BETWEEN * DAY_S)
        _begin(api, ROUND, round="ml-systems", follow_ups=2)


def _begin(api: httpx.Client, questions: tuple[str, ...], **more: Any) -> str:
    wanted = {"level": "IC3", "question_ids": questions, "seed": 1, **more}
    return str(_done(api.post("/sessions", json=wanted))["id"])


def _done(answer: httpx.Response) -> dict[str, Any]:
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


def _round(me: Candidate, server: ClockedServer) -> Iterator[Stop]:
    page = me.page
    me.open()
    page.wait_for_selector("#mr-home-continue", state="visible")
    yield Stop("home-open-round", "Home, with a round that is open and what is due")
    page.click("#mr-home-continue")
    me.wait_turn()
    me.type(answer(ROUND[0], "partial"))
    yield Stop("interview-question", "A question is open")
    me.press("hint")
    me.wait_turn()
    me.say(answer(ROUND[0], "partial"))
    me.wait_turn()
    server.clock.tick(400)
    yield Stop("interview-follow-up", "The interviewer goes for what the answer left open")
    page.click("#mr-pause")
    page.get_by_role("button", name="Resume").wait_for()
    yield Stop("interview-paused", "Paused: the clock stands still")
    page.click("#mr-pause")
    me.wait_turn()
    me.say("I don't know.")
    while me.question_number == 1:
        me.wait_turn()
        me.press("skip")
    me.wait_turn()
    me.say(answer(ROUND[1], "strong"))
    while not me.asks_for_own_questions:
        me.wait_turn()
        me.press("skip")
    me.wait_turn()
    yield Stop("interview-own-questions", "Your own questions to the interviewer")
    page.click("#mr-end")
    page.wait_for_selector("#mr-to-report", state="visible")
    yield Stop("interview-finished", "The round is over")


def _report(me: Candidate) -> Iterator[Stop]:
    page = me.page
    page.click("#mr-to-report")
    page.locator("#mr-report h1").wait_for()
    yield Stop("report", "The report: band, dimensions, what to do next")
    yield Stop(
        "report-answer",
        "An answer with the words that count, criterion by criterion",
        "#mr-report #mr-q1",
        same=True,
    )
    says = page.locator("#mr-report #mr-q1 button", has_text="I did say that")
    yield Stop("report-criteria", "A verdict on every criterion", "#mr-report #mr-q1 .mr-crit", same=True)
    says.first.click()
    page.locator("#mr-contest-answer .mr-answer").first.wait_for()
    page.fill("#mr-contest-words textarea", " ".join(answer(ROUND[0], "partial").split()[:9]))
    yield Stop("contest", "A verdict is contested: the words that show it are marked", "#mr-contest")
    page.click("#mr-contest-judge")
    page.locator("#mr-report .mr-contests").wait_for()
    yield Stop("report-contested", "Both verdicts are kept", "#mr-report .mr-contests")
    me.open_tab("Past sessions")
    page.locator("#mr-sessions label").first.click()
    page.wait_for_selector("#mr-read:not([disabled])")
    yield Stop("sessions", "Past sessions, one chosen")


def _self_assessment(me: Candidate) -> Iterator[Stop]:
    page = me.page
    me.open_tab("Self-assessment")
    page.get_by_text("Nothing is rated yet").wait_for()
    _find(page, "mr-self-question", "Trace an NCCL timeout")
    page.fill("#mr-self-answer textarea", answer(ROUND[0], "terse"))
    yield Stop("self-give", "An answer to rate oneself")
    page.click("#mr-self-rate")
    groups = page.locator("#mr-self-form fieldset")
    groups.first.wait_for()
    for place in range(groups.count()):
        verdict = "met" if place % 2 == 0 else "missing"
        groups.nth(place).locator(f"input[value={verdict}]").check()
    yield Stop("self-rate", "Your verdict first, criterion by criterion", "#mr-self-form")
    page.click("#mr-self-judge")
    page.locator("#mr-self-result .mr-beside tbody tr").first.wait_for()
    yield Stop("self-result", "Your view and the judge's, side by side", "#mr-self-result")
    yield Stop("self-history", "Where you over- and underrate yourself", "#mr-self-history", same=True)


def _days_later(me: Candidate, server: ClockedServer) -> Iterator[Stop]:
    page = me.page
    me.open_tab("Readiness")
    page.get_by_text("Give the date of your interview above").wait_for()
    for place, word in enumerate(CLAIMS):
        page.locator(".mr-rate").nth(place).get_by_label(word, exact=True).click()
    # On a busy machine the tab's first look could still be under way, and would put an empty date back.
    page.get_by_text("Saved.").wait_for()
    page.fill("#mr-ready-date input", f"{server.clock.now:%Y-%m-}{server.clock.now.day + 14:02}")
    page.keyboard.press("Enter")
    page.get_by_text("Your plan, 14 days to go").wait_for()
    yield Stop("readiness", "Ten areas, rated by yourself")
    yield Stop(
        "readiness-radar", "What you say against what you showed", "#mr-readiness .mr-ready-radar", same=True
    )
    yield Stop("readiness-plan", "A plan to the date of the interview", ".mr-plan", same=True)
    server.clock.tick(DAY_S)
    page.reload()
    page.wait_for_selector("#mr-home-practise", state="visible")
    yield Stop("home-due", "The next day: what is due, and today's part of the plan")
    me.open_tab("Progress")
    page.locator(".mr-course").first.wait_for()
    yield Stop("progress-areas", "Areas over time")
    page.get_by_label("Dimensions").click()
    page.locator(".mr-course h2", has_text="Technical fundamentals").wait_for()
    yield Stop("progress-dimensions", "Dimensions over time")
    page.get_by_label("Topics").click()
    page.get_by_text("Weakest first.").wait_for()
    yield Stop("progress-topics", "Topics, weakest first")


def _loop(me: Candidate, server: ClockedServer) -> Iterator[Stop]:
    page = me.page
    with httpx.Client(base_url=f"{server.url}/api/v1", timeout=120) as api:
        loop = _done(api.post("/loops", json={"level": "IC3", "seed": 1}))["id"]
        # The second stage is the online assessment, whose first item offers choices.
        for asked, step, text in ((LEVEL, "messages", LEVEL_ANSWER), ("", "actions/choose", "A")):
            stage = _done(api.post(f"/loops/{loop}/stages"))
            session = stage["id"]
            assert asked in " ".join(stage["lines"][-1]["text"].split()), "the answer fits another question"
            _done(api.post(f"/sessions/{session}/{step}", json={"text": text}))
            _done(api.post(f"/sessions/{session}/actions/end"))
            server.clock.tick(DAY_S)
    me.open()
    page.get_by_role("button", name="Begin: Hiring manager screen").wait_for()
    yield Stop("home-loop", "The loop's next stage, beside what is due")
    page.locator("#mr-loop-part > button").click()
    page.wait_for_selector("#mr-loop-stages table", state="visible")
    yield Stop("loop-stages", "Every stage of the loop as it stands", "#mr-loop-part")
    page.click("#mr-loop-read")
    page.locator("#mr-loop-debrief .mr-debrief").first.wait_for()
    yield Stop("loop-debrief", "The debrief, before every stage was taken", "#mr-loop-debrief")


def _study(me: Candidate, server: ClockedServer) -> Iterator[Stop]:
    page = me.page
    with httpx.Client(base_url=f"{server.url}/api/v1", timeout=120) as api:
        _begin(api, ROUND, round="ml-systems", follow_ups=0, mode="study")
    _continue(me)
    me.wait_turn()
    me.press("skip")
    page.get_by_role("button", name="Next question").wait_for()
    yield Stop("interview-review", "A study round looks at each question before the next one comes")
    page.click("#mr-end")
    page.wait_for_selector("#mr-to-report", state="visible")


def _formulas(me: Candidate, server: ClockedServer) -> Iterator[Stop]:
    with httpx.Client(base_url=f"{server.url}/api/v1", timeout=120) as api:
        _begin(api, (DAYS[0][0][0],), follow_ups=1)
    _continue(me)
    me.wait_turn()
    me.say(FORMULAS)
    me.page.locator("#mr-chat [data-testid=user] .katex-display").wait_for()
    me.wait_turn()
    yield Stop("interview-formulas", "Formulas in an answer are drawn")
    me.page.click("#mr-end")
    me.page.wait_for_selector("#mr-to-report", state="visible")


def _assessment(me: Candidate, server: ClockedServer) -> Iterator[Stop]:
    page = me.page
    with httpx.Client(base_url=f"{server.url}/api/v1", timeout=120) as api:
        _done(
            api.post(
                "/sessions", json={"level": "IC3", "round": "online-assessment", "mode": "real", "seed": 1}
            )
        )
    _continue(me)
    options = page.locator("#mr-item-options label")
    options.first.wait_for()
    _tick(page, 1)
    page.click("#mr-item-next")
    _at_item(page, 2)
    _tick(page, 0)
    server.clock.tick(260)
    page.click("#mr-item-next")
    _at_item(page, 3)
    yield Stop("assessment-choices", "An online assessment under way: an item with choices, and where one is")
    page.locator("#mr-items-nav button", has_text="7").click()
    page.locator("#mr-to-editor").wait_for()
    yield Stop("assessment-problem", "A coding problem of the assessment")
    page.click("#mr-to-editor")
    page.locator("#mr-code-submit:not([disabled])").wait_for()
    page.locator(".mr-clock-copy", has_text=":").wait_for()
    yield Stop("assessment-editor", "Its editor, with the time of the assessment beside it")


def _sign_in(me: Candidate) -> Iterator[Stop]:
    # What a server with accounts sends; this one has none.
    me.page.set_content(bytes(sign_in_page("/").body).decode())
    yield Stop("sign-in", "Signing in, where a server has accounts")


def _continue(me: Candidate) -> None:
    """Open the round that was begun elsewhere."""
    me.open()
    me.page.click("#mr-home-continue")


def _tick(page: Any, place: int) -> None:
    page.locator("#mr-item-options label").nth(place).click()
    page.locator("#mr-items-nav [aria-current].mr-item-answered").wait_for()


def _at_item(page: Any, number: int) -> None:
    page.locator("#mr-items-nav", has_text=f"Item {number} of 8").wait_for()


def _choose_round(page: Any, title: str) -> None:
    page.click("#mr-round input")
    page.get_by_role("option", name=title, exact=True).click()


def _filter(page: Any, dropdown: str, option: str) -> None:
    """Narrow the bank, and wait until it says how many questions are left."""
    before = page.inner_text("#mr-bank-found")
    page.click(f"#{dropdown} input")
    page.get_by_role("option", name=option).first.click()
    page.wait_for_function(
        "before => ![before, ''].includes(document.querySelector('#mr-bank-found').innerText)", arg=before
    )


def _find(page: Any, dropdown: str, words: str) -> None:
    """What a dropdown offers when the words are typed."""
    page.click(f"#{dropdown} input")
    page.keyboard.press("Control+a")
    page.keyboard.type(words)
    page.get_by_role("option", name=words).first.click()


def _write(page: Any, file: str) -> None:
    """Put a file of the problem in the place of what the editor holds, as pasting does."""
    code = (BUILT_IN_PACK / "problems" / PROBLEM / file).read_text(encoding="utf-8")
    page.click("#mr-code-editor .cm-content")
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(code)
