"""Two or three sentences on an assessed answer, in the rubric's own words.

The sentences that carry verdicts are always composed here from the assessment, so that no model can contradict it.
A model may add one sentence of advice, which is checked to hold no verdict.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Collection, Sequence

from corpus import Passage
from interviewer.followup_guard import proposals_in
from interviewer.judge.cleaning import clean
from interviewer.judge.gates import is_grader_voice
from interviewer.judge.injection import injected_spans
from interviewer.judge.language import is_foreign
from interviewer.judge.words import stems, tokens
from interviewer.llm.protocol import ChatModel
from interviewer.policy import open_entries
from interviewer.prompts import clip, load_prompt, neutralise
from rubrics import Assessment, Criterion, CriterionAssessment, Kind, Rubric, Verdict

log = logging.getLogger(__name__)

PROMPT_ID = "feedback"
TEMPERATURE = 0.3
MAX_TOKENS = 90
MAX_NAMED = 2
MIN_ADVICE_WORDS = 5
MAX_ADVICE_WORDS = 40
MAX_ADVICE_CHARS = 280

_NOTHING_TO_SCORE = {
    "empty": "There was no answer to score.",
    "dont_know": "You said that you do not know, which costs nothing but this question's points.",
    "gibberish": "No statement could be made out in the answer, so there was nothing to score.",
    "word_list": "The answer lists terms. Say of each what it does here and why it matters; the list itself earns nothing.",
    "question_echo": "The answer hands the question back, and an echo earns nothing.",
    "rubric_echo": "The answer repeats the wording of the scoring guide, and that earns nothing by itself.",
    "off_topic": "The answer is about something else than the question.",
    "injection": "Text that is addressed to the grader was left aside.",
}

_VERDICT_WORDS = re.compile(
    r"\b(?:you|your answer|the answer|the candidate)\b[^.]{0,40}\b(?:said|showed|missed|forgot|covered|mentioned|omitted|failed|explained|answered|got|lack\w*|correct\w*|wrong\w*|right)\b"
    r"|\b(?:grade\w*|hire\w*|excellent|great|good job|well done|perfect|impressive|poor)\b"
    r"|(?<!-)\b(?:score\w*|points?|weak|strong)\b(?!-)"  # not in floating-point, score-based, weak-scaling
    r"|\b(?:correct|incorrect|wrong) answer\b|\brubric\b|\bcriteri(?:on|a)\b|\bthe (?:candidate|target|passages?)\b",
    re.IGNORECASE,
)
# Terms that are written as two words, of which one is a verdict elsewhere.
_TERMS = re.compile(
    r"\b(?:(?:floating|fixed|zero|data|operating|starting|ridge|saddle) points?|(?:attention|similarity) scores?"
    r"|score (?:function|matching|matrix)|(?:weak|strong) (?:consistency|convexity|scaling|supervision))\b",
    re.IGNORECASE,
)
_PAST = re.compile(
    r"(?:\w{2,}ed|told|took|made|gave|set|led|chose|found|built|brought|held|kept|left|wrote|got|went|had|saw|spoke|sought|put|drew|met|ran)\b",
    re.IGNORECASE,
)
_ADVICE_VERB = re.compile(
    r"(?:read|practi[sc]e|compare|try|study|work|write|draw|derive|measure|run|look|review|revisit|learn|explore|sketch"
    r"|implement|build|reproduce|calculate|compute|profile|experiment|test|walk|take|trace|consider|set|plot|time)\b",
    re.IGNORECASE,
)


def write_feedback(
    rubric: Rubric,
    assessment: Assessment,
    criterion_ids: Sequence[str] | None = None,
    known: Collection[str] = (),
) -> str:
    """What the answer showed, what counts against it, and what it left open and why that matters.

    `criterion_ids` restricts it to what a follow-up was about; what the answer shows beyond that is named too, but for
    criteria that are `known` to be met from answers before. The text follows the verdicts and nothing else.
    """
    if assessment.score is None:
        return f"This answer is not scored: {_sentence(assessment.unscored_reason or 'judging failed')}"
    judged = _judged(rubric, assessment, criterion_ids)
    flags = [_NOTHING_TO_SCORE[flag] for flag in assessment.flags if flag in _NOTHING_TO_SCORE]
    unasked = [pair for pair in _pairs(rubric, assessment.unasked) if pair[0].id not in known]
    shown = _shown(judged, _first_open(rubric, assessment, judged))
    said = shown + _unasked(unasked) + _against([*judged, *unasked])
    if not said and flags:
        said = flags[:1]
    elif not said:
        said = [
            "Nothing that the question looks for could be made out in this answer; if you did say it, contest it in the report."
        ]
    return " ".join([*said, *_open(rubric, assessment, judged)])


def advice_target(
    rubric: Rubric, assessment: Assessment, criterion_ids: Sequence[str] | None = None
) -> Criterion | None:
    """What advice is to be about: the weightiest criterion that is open; None if nothing is, or nothing was scored."""
    if assessment.score is None:
        return None
    return _first_open(rubric, assessment, _judged(rubric, assessment, criterion_ids))


async def write_advice(
    model: ChatModel,
    question: str,
    target: Criterion,
    feedback: str,
    answer: str,
    passages: Sequence[Passage],
) -> str:
    """One sentence of the model's that may stand behind `feedback`; empty if what it says may not. Raises ModelError.

    `question` is its prompt.
    """
    honest = clean(answer)
    messages = load_prompt(PROMPT_ID).messages(
        question=clip(question, 1500),
        target=target.text,
        passages=[{"title": item.title, "text": clip(item.text, 800)} for item in passages],
        feedback=feedback,
        answer=clip(honest.without(injected_spans(honest)).text, 3000),
    )
    stream = model.complete(messages, max_tokens=MAX_TOKENS, temperature=TEMPERATURE)
    reply = "".join([piece async for piece in stream])
    advice = next(iter(proposals_in(reply)), "")
    fault = fault_of_advice(advice, target.text)
    if fault is None:
        return advice
    log.info("advice of %s left out: %s", model.name, fault)
    return ""


def fault_of_advice(text: str, target: str) -> str | None:
    """Why a sentence may not stand behind the feedback; None if it may."""
    words = len(tokens(text))
    if not MIN_ADVICE_WORDS <= words <= MAX_ADVICE_WORDS or len(text) > MAX_ADVICE_CHARS:
        return "It is not one short sentence."
    if not text.endswith(".") or "?" in text or re.search(r"[.!]\s+\S", text):
        return "It is not one short sentence."
    if not _ADVICE_VERB.match(text):
        return "It does not begin with what to do."
    if is_foreign(text):
        return "It is not in English."
    if injected_spans(text) or neutralise(text) != text or "http" in text or "www." in text:
        return "It contains instructions or markup."
    if _VERDICT_WORDS.search(_TERMS.sub("", text)):
        return "It holds a verdict."
    if not set(stems(text)) & set(stems(target)):
        return "It is not about what is open."
    return None


def _judged(
    rubric: Rubric, assessment: Assessment, criterion_ids: Sequence[str] | None
) -> list[tuple[Criterion, CriterionAssessment]]:
    """What a text speaks of: all that was judged, or what a follow-up was about."""
    wanted = [item for item in assessment.criteria if criterion_ids is None or item.id in criterion_ids]
    return _pairs(rubric, wanted)


def _pairs(
    rubric: Rubric, verdicts: Sequence[CriterionAssessment]
) -> list[tuple[Criterion, CriterionAssessment]]:
    """Criteria with their verdicts, weightiest first."""
    known = {criterion.id: criterion for criterion in rubric.criteria}
    pairs = [(known[item.id], item) for item in verdicts if item.id in known]
    return sorted(pairs, key=lambda pair: -pair[0].weight)


def _shown(
    judged: Sequence[tuple[Criterion, CriterionAssessment]], first_open: Criterion | None
) -> list[str]:
    met = [c for c, item in judged if c.kind is not Kind.RED_FLAG and item.verdict is Verdict.MET]
    partial = [c for c, item in judged if c.kind is not Kind.RED_FLAG and item.verdict is Verdict.PARTIAL]
    if met:
        said = ". It also ".join(_verb_phrase(c) for c in met[:MAX_NAMED])
        left = len(met) - MAX_NAMED
        more = f" ({left} more {'points were' if left > 1 else 'point was'} met)" if left > 0 else ""
        return [f"Your answer {said}{more}."]
    if partial and partial[0] is first_open and not partial[0].partial:
        # What a complete answer says is told next.
        return ["Your answer goes part of the way."]
    if partial:
        wording = partial[0].partial or partial[0].text
        it = "it " if is_grader_voice(wording) else ""
        return [f"Your answer goes part of the way: {it}{_inner(wording)}."]
    return []


def _unasked(judged: Sequence[tuple[Criterion, CriterionAssessment]]) -> list[str]:
    """The weightiest point that a follow-up's answer made without being asked for it."""
    for criterion, item in judged:
        if criterion.kind is not Kind.RED_FLAG and item.verdict is Verdict.MET:
            return [f"Beyond what was asked, your answer {_verb_phrase(criterion)}."]
    return []


def _against(judged: Sequence[tuple[Criterion, CriterionAssessment]]) -> list[str]:
    for criterion, item in judged:
        if criterion.kind is Kind.RED_FLAG and item.verdict is Verdict.MET:
            return [f"It counts against it that it {_verb_phrase(criterion)}."]
    for criterion, item in judged:
        if criterion.kind is not Kind.RED_FLAG and item.verdict is Verdict.CONTRADICTED:
            return [f"What you said stands against this point: a correct answer {_verb_phrase(criterion)}."]
    return []


def _open(
    rubric: Rubric, assessment: Assessment, judged: Sequence[tuple[Criterion, CriterionAssessment]]
) -> list[str]:
    first = _first_open(rubric, assessment, judged)
    if first is None:
        return []
    verdict = next(item.verdict for criterion, item in judged if criterion is first)
    if verdict is Verdict.CONTRADICTED and _against(judged):
        return []
    lead = "A complete answer" if verdict is Verdict.PARTIAL else "A stronger answer also"
    return [f"{lead} {_verb_phrase(first)}{_why(rubric, first)}."]


def _first_open(
    rubric: Rubric, assessment: Assessment, judged: Sequence[tuple[Criterion, CriterionAssessment]]
) -> Criterion | None:
    """The weightiest criterion that the answer leaves open, among those of units that are not met yet."""
    credits = {item.id: float(item.verdict is Verdict.MET) for item in assessment.criteria}
    wanted = {member.id for entry in open_entries(rubric, credits, "IC5") for member in rubric.members(entry)}
    for criterion, item in judged:
        if criterion.kind is not Kind.RED_FLAG and criterion.id in wanted and item.verdict is not Verdict.MET:
            return criterion
    return None


def _why(rubric: Rubric, criterion: Criterion) -> str:
    """Why a criterion matters: the lowest level that must show it, or its weight."""
    entries = {criterion.id, criterion.group}
    level = next((level for level in sorted(rubric.levels) if entries & set(rubric.levels[level])), None)
    if level is not None:
        return f", which is expected from {level} on"
    if criterion.kind is Kind.BONUS:
        return ", which earns a bonus"
    if criterion.weight == max(c.weight for c in rubric.criteria):
        return ", which weighs most in this question"
    return ""


def _verb_phrase(criterion: Criterion) -> str:
    """The criterion's text as it goes on from "your answer".

    Rubrics are written in the third person ("Names …"), behavioural ones often in the past ("Weighed …").
    """
    text = _inner(criterion.text)
    if is_grader_voice(criterion.text):
        return text
    return f"tells how you {text}" if _PAST.match(text) else f"makes this point: {text}"


def _inner(text: str) -> str:
    """A sentence as part of another: without its full stop, its first letter small unless it begins a name."""
    plain = text.strip().rstrip(".")
    first = plain.split(" ", 1)[0]
    is_name = any(c.isupper() or c.isdigit() for c in first[1:]) or (len(first) == 1 and first != "A")
    return plain if is_name else plain[:1].lower() + plain[1:]


def _sentence(text: str) -> str:
    inner = _inner(text)
    return inner if inner.endswith((".", "!", "?")) else f"{inner}."
