"""Every mistake that a person can make in a question file is told by file, line and words."""

from pathlib import Path

import pytest
from faulty_packs import FIRST, MATHS, PACK, RUBRICS, SERVING, Case, Told, assert_told, case, copy_pack

from interviewer.packs import check_role_pack

POWER = "    - {level: IC4, criterion: power, text: How large is the chance to miss it?}\n"
CROSSING = "    - {level: IC4, category: serving, text: How would you serve a run of that size?}\n"
SOURCE = 'sources: [{title: Statistics, url: "https://docs.example.org/statistics"}]'

CASES = [
    case("unknown key", MATHS, "  topics:", "  mood: good\n  topics:", "mood", "mood: is not a known key"),
    case("key in capitals", MATHS, "  hints:", "  Hints: []\n  hints:", "Hints", "Hints: is not a known key"),
    case("missing key", MATHS, "  topics: [statistics]\n", "", FIRST, "topics: is missing"),
    case(
        "empty prompt",
        MATHS,
        "How many prompts does a benchmark need to see a difference of one point?",
        '" "',
        "prompt:",
        "prompt: must not be empty",
    ),
    case("title that is a number", MATHS, "Error bars of an accuracy", "95", "95", "title: must be text"),
    case("word that is no text", MATHS, 'says: "Yes."', "says: yes", "yes", "says: must be text"),
    Case(
        "id that is none",
        MATHS,
        "id: error-bars",
        "id: error bars",
        (
            Told(FIRST, "id: 'error bars' is no id; ids are up to 80 of a-z"),
            Told("error-bars:", "there is no question 'error-bars' for this rubric", RUBRICS),
        ),
    ),
    Case(
        "id twice",
        SERVING,
        "id: slow-tokens",
        "id: error-bars",
        (
            Told("id: error-bars", "question id 'error-bars' is used already at maths.yaml:1"),
            Told(FIRST, "there is no question 'slow-tokens' for this rubric", RUBRICS),
        ),
    ),
    case(
        "same title",
        SERVING,
        "Slow tokens",
        "Error bars of an ACCURACY",
        "ACCURACY",
        "has the same title as error-bars",
    ),
    Case(
        "category",
        MATHS,
        "category: maths",
        "category: cooking",
        (
            Told("category: cooking", "error-bars: no category 'cooking' in pack.yaml"),
            Told("{id: maths", "category 'maths' has no questions", PACK),
        ),
    ),
    case("level that is none", MATHS, "level: IC4\n", "level: senior\n", "senior", "level: must be 'IC1'"),
    case(
        "level that the pack has not",
        MATHS,
        "level: IC4\n",
        "level: IC5\n",
        "IC5",
        "error-bars: no level 'IC5' in pack",
    ),
    case(
        "round",
        MATHS,
        "rounds: [loop]",
        "rounds: [loop, dinner]",
        "dinner",
        "error-bars: no round 'dinner' in pack",
    ),
    case(
        "round of other categories",
        MATHS,
        "rounds: [loop]",
        "rounds: [loop, screen]",
        "[loop, screen]",
        "error-bars: round 'screen' does not draw from 'maths'",
    ),
    case("no rounds", MATHS, "rounds: [loop]", "rounds: []", "rounds:", "rounds: must not be empty"),
    case(
        "round twice",
        MATHS,
        "rounds: [loop]",
        "rounds: [loop, loop]",
        "loop, loop",
        "rounds: 'loop' is given twice",
    ),
    case("topic twice", MATHS, "[statistics]", "[a, a]", "[a, a]", "topics: 'a' is given twice"),
    case(
        "topic with a space",
        MATHS,
        "[statistics]",
        "[big numbers]",
        "big",
        "topics.0: 'big numbers' is no id",
    ),
    case("list that is text", MATHS, "[statistics]", "statistics", "topics: s", "topics: must be a list"),
    case("minutes", MATHS, "minutes: 10", "minutes: 91", "91", "minutes: must be less than or equal to 90"),
    case("no hints", MATHS, "hints: [Think of pairs.]", "hints: []", "hints", "hints: must not be empty"),
    case(
        "no clarifications",
        SERVING,
        "clarifications:\n    - {asks: Which GPU?, says: One H100.}",
        "clarifications: []",
        "clarifications",
        "clarifications: must not be empty",
    ),
    case(
        "half a clarification",
        SERVING,
        ", says: One H100.",
        "",
        "Which GPU",
        "clarifications.0.says: is missing",
    ),
    case(
        "wrong answer without why",
        MATHS,
        ", why: It names no difference.",
        "",
        "A thousand",
        "why: is missing",
    ),
    case("no sources", MATHS, SOURCE, "sources: []", "sources: []", "sources: must not be empty"),
    case(
        "address without https",
        MATHS,
        "https://docs",
        "docs",
        "docs.ex",
        "sources.0.url: 'docs.example.org/statistics' is no web",
    ),
    case(
        "address with a space", MATHS, "org/stat", "org/my stat", "my stat", "is no web address (https://…)"
    ),
    case(
        "one choice",
        SERVING,
        "    - {text: Clock rate, correct: false, why: The cores wait.}\n",
        "",
        "choices:",
        "choices: one option is no choice",
    ),
    case(
        "no choice is right",
        SERVING,
        "correct: true",
        "correct: false",
        "choices:",
        "choices: no choice is correct",
    ),
    case(
        "perhaps right",
        SERVING,
        "correct: true",
        "correct: perhaps",
        "perhaps",
        "choices.0.correct: must be true or false",
    ),
    # The ladder
    case(
        "short ladder",
        SERVING,
        "    - {level: IC4, criterion: remedies, text: Name two remedies.}\n",
        "",
        "follow_ups:",
        "follow_ups: needs 4 entries or more, not 3",
    ),
    case(
        "ladder that falls",
        MATHS,
        "{level: IC4, criterion: power",
        "{level: IC2, criterion: power",
        "criterion: power",
        "the ladder falls from IC4 to IC2",
    ),
    case(
        "step of no level",
        MATHS,
        "{level: IC4, criterion: power",
        "{criterion: power",
        "criterion: power",
        "follow_ups.4.level: is missing",
    ),
    case(
        "step of a level that the pack has not",
        MATHS,
        CROSSING,
        CROSSING.replace("IC4", "IC5"),
        "IC5",
        "error-bars: no level 'IC5' in pack.yaml",
    ),
    case(
        "step without a target",
        MATHS,
        "criterion: paired, ",
        "",
        "What changes",
        "follow_ups.3: a follow-up names a criterion, a category or both",
    ),
    case(
        "step to no category",
        MATHS,
        CROSSING,
        CROSSING + CROSSING.replace("serving", "cooking").replace("size", "price"),
        "cooking",
        "error-bars: no category 'cooking'",
    ),
    case(
        "step that stays",
        MATHS,
        CROSSING,
        "    - {level: IC4, category: maths, text: And then?}\n" + CROSSING,
        "And then?",
        "error-bars: the step stays in 'maths' and names no criterion",
    ),
    case(
        "ladder that never crosses",
        MATHS,
        CROSSING,
        "",
        "follow_ups:",
        "error-bars: no step of the ladder crosses",
    ),
    case(
        "step twice",
        MATHS,
        CROSSING,
        CROSSING + CROSSING.replace("IC4, ", "IC4,  "),
        "IC4,  ",
        "error-bars: has the same text as the entry at line 18",
    ),
    case(
        "criterion without a step",
        MATHS,
        POWER,
        "",
        "follow_ups:",
        "error-bars: no step of the ladder is about 'power'",
    ),
    Case(
        "step about nothing",
        MATHS,
        "criterion: power",
        "criterion: powder",
        (
            Told("follow_ups:", "error-bars: no step of the ladder is about 'power'"),
            Told("powder", "error-bars: the rubric has no criterion or group 'powder'"),
        ),
    ),
    case(
        "group without a step",
        SERVING,
        "criterion: remedies",
        "criterion: batch",
        "follow_ups:",
        "slow-tokens: no step of the ladder is about group 'remedies'",
    ),
    # The file
    Case(
        "question renamed",
        MATHS,
        "id: error-bars",
        "id: error-bounds",
        (
            Told("error-bounds", "error-bounds: there is no rubric for this question"),
            Told("error-bars:", "there is no question 'error-bars' for this rubric", RUBRICS),
        ),
    ),
    case("question without an id", MATHS, "- id: error-bars\n  title", "- title", FIRST, "id: is missing"),
    case(
        "file that is no list",
        MATHS,
        "- id: error-bars",
        "id: x\nother:\n- id: error-bars",
        FIRST,
        "a question file is a list of questions",
    ),
    case(
        "item that is no question",
        MATHS,
        "- id: error-bars",
        "- just words\n- id: error-bars",
        "just words",
        "must be a group of 'key: value' lines",
    ),
    case(
        "colon in plain text",
        MATHS,
        "Error bars of",
        "Error: bars of",
        "Error: bars",
        "is not valid YAML: mapping values are not allowed",
    ),
]


@pytest.mark.parametrize("spoilt", CASES, ids=lambda item: item.name)
def test_a_fault_is_told_by_file_and_line(spoilt: Case, tmp_path: Path) -> None:
    assert_told(spoilt, tmp_path)


def test_a_prompt_that_was_copied(tmp_path: Path) -> None:
    root = copy_pack(tmp_path)
    text = (root / MATHS).read_text(encoding="utf-8")
    wrapped = "prompt: |\n    A chat server answers 40 people at once and\n    the next token takes 90 ms. What do you measure first?"
    prompt = "prompt: How many prompts does a benchmark need to see a difference of one point?"
    (root / MATHS).write_text(text.replace(prompt, wrapped), encoding="utf-8")
    _, faults = check_role_pack(root)
    assert [(fault.path.name, fault.line, fault.message) for fault in faults] == [
        ("serving.yaml", 3, "slow-tokens: has the same prompt as error-bars")
    ]


@pytest.mark.parametrize("content", ["", "[]\n"])
def test_an_empty_file_is_told(tmp_path: Path, content: str) -> None:
    root = copy_pack(tmp_path)
    (root / "questions" / "more.yaml").write_text(content)
    _, faults = check_role_pack(root)
    assert [(fault.path.name, fault.line) for fault in faults] == [("more.yaml", 1)]
    assert faults[0].message == ("holds no questions" if content else "is empty")


def test_a_pack_without_questions(tmp_path: Path) -> None:
    root = copy_pack(tmp_path)
    (root / MATHS).unlink()
    (root / SERVING).unlink()
    _, faults = check_role_pack(root)
    first = [fault for fault in faults if fault.path.name == "questions"]
    assert [(fault.line, fault.message) for fault in first] == [(0, "holds no questions (*.yaml)")]


def test_a_question_with_a_fault_is_not_missed_elsewhere(tmp_path: Path) -> None:
    """Its rubric is no orphan, and its round and category are not called empty."""
    root = copy_pack(tmp_path)
    text = (root / MATHS).read_text(encoding="utf-8")
    (root / MATHS).write_text(text.replace("minutes: 10", "minutes: ten"), encoding="utf-8")
    _, faults = check_role_pack(root)
    assert [(fault.path.name, fault.line) for fault in faults] == [("maths.yaml", 8)]
