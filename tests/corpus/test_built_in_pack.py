"""What the pack that comes with the program holds, whoever edits it."""

from collections import Counter

import pytest
from typer.testing import CliRunner

from corpus import LEVELS
from interviewer.cli import app
from interviewer.packs import BUILT_IN_PACK, RolePack, check_role_pack, load_role_pack

ROUNDS = (
    "recruiter",
    "hiring-manager",
    "coding",
    "online-assessment",
    "ml-knowledge",
    "ml-systems",
    "mlops",
    "ml-coding",
    "math-stats",
    "behavioral",
    "loop",
)
CATEGORIES = (
    "dl-genai",
    "ml-systems",
    "mlops",
    "algorithms",
    "ml-coding",
    "math-stats",
    "behavioral",
    "recruiter",
    "hiring-manager",
    "negotiation",
)
DIMENSIONS = (
    "technical-fundamentals",
    "system-design",
    "domain-expertise",
    "communication",
    "culture-fit",
    "preparation",
)


@pytest.fixture(scope="module")
def role() -> RolePack:
    return load_role_pack()


def test_it_has_no_fault() -> None:
    assert [str(fault) for fault in check_role_pack(BUILT_IN_PACK)[1]] == []
    done = CliRunner().invoke(app, ["corpus", "check"])
    assert done.exit_code == 0
    assert " 0 faults, " in done.stderr


def test_its_size(role: RolePack) -> None:
    assert len(role.pack.questions) >= 60
    assert len(role.pack.notes) >= 30
    assert role.pack.guide


def test_its_ids(role: RolePack) -> None:
    info = role.pack.info
    assert info.id == "nvidia_mle"
    assert {item.id for item in info.rounds} == set(ROUNDS)
    assert {item.id for item in info.categories} == set(CATEGORIES)
    assert {item.id for item in info.dimensions} == set(DIMENSIONS)
    assert tuple(item.id for item in info.levels) == LEVELS


def test_every_category_has_questions_and_shares_add_up(role: RolePack) -> None:
    counts = Counter(question.category for question in role.pack.questions)
    assert set(counts) == set(CATEGORIES)
    assert sum(category.share for category in role.pack.info.categories) == pytest.approx(1.0)


def test_every_technical_category_has_a_note(role: RolePack) -> None:
    noted = {note.category for note in role.pack.notes}
    assert {"dl-genai", "ml-systems", "mlops", "ml-coding", "math-stats"} <= noted


def test_every_round_has_as_many_questions_as_it_asks(role: RolePack) -> None:
    short = {
        item.id: len(role.pack.questions_of(item.id))
        for item in role.pack.info.rounds
        if len(role.pack.questions_of(item.id)) < item.questions
    }
    assert short == {}


def test_the_loop_draws_from_every_category(role: RolePack) -> None:
    assert {question.category for question in role.pack.questions_of("loop")} == set(CATEGORIES)


def test_every_rubric_is_deep_enough(role: RolePack) -> None:
    assert set(role.rubrics) == {question.id for question in role.pack.questions}
    shallow = [question_id for question_id, rubric in role.rubrics.items() if len(rubric.criteria) < 5]
    assert shallow == []


def test_every_dimension_is_judged_by_some_criterion(role: RolePack) -> None:
    judged = {criterion.dimension for rubric in role.rubrics.values() for criterion in rubric.criteria}
    assert judged == set(DIMENSIONS)


def test_it_says_that_it_is_not_affiliated(role: RolePack) -> None:
    assert role.pack.info.notice.startswith("Not affiliated with")
    assert "\n" not in role.pack.info.notice


def test_no_prompt_holds_a_break_inside_a_paragraph(role: RolePack) -> None:
    """Where a chat shows breaks, only code and lists of a prompt run over several lines."""
    plain = [question for question in role.pack.questions if "```" not in question.prompt]
    assert len(plain) > 40
    broken = [
        question.id
        for question in plain
        for paragraph in question.prompt.split("\n\n")
        if "\n" in paragraph and not paragraph.lstrip().startswith(("-", "*", "|", "1.", "    "))
    ]
    assert broken == []
