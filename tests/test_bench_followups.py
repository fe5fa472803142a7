"""What bench/followups.py measures with: the scripted models, the detector beside the guard, the sample that was read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import yaml

from bench.common import Row, write_results
from bench.followup_detector import ASPECTS, Detector, Reading, Setting, asks
from bench.followup_models import FAULTS, BadModel, good_reply, prompted, said_stretches
from bench.followup_sample import SAMPLE, SIZE, read_sample, read_second, sheet_order, write_sheet
from bench.followups import kappa, kappa_rows, kept, share
from bench.remembered import Remembered
from interviewer.followup_guard import proposals_in
from interviewer.llm.protocol import Message
from interviewer.packs import BUILT_IN_PACK, RolePack, load_role_pack
from interviewer.prompts import messages_for
from rubrics import Criterion, Rubric

QUESTION = "A worker loses one update in a thousand. Explain the cause and give a repair."
ANSWER = "Two workers read the counter at the same time. I would look at the lock."
TARGET = "Explains that both workers read the same counter before either writes 4,096 back."
RUBRIC = Rubric(
    criteria=(
        Criterion(id="race", text=TARGET, shows=("each holds a stale copy when it stores",)),
        Criterion(id="repair", text="Takes a mutex around the increment.", shows=("one critical section",)),
    )
)


class Bags:
    """An embedder of words: a text is the normalised count of its words, so a cosine can be worked by hand."""

    name = "bags"
    dimension = 4096

    def _embed(self, texts: Sequence[str]) -> np.ndarray:
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in text.lower().replace("?", "").replace(".", "").split():
                vectors[row, sum(ord(c) * 31**i for i, c in enumerate(word)) % self.dimension] += 1
        return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)

    embed_queries = _embed
    embed_passages = _embed

    def embed_spans(self, text: str, spans: Sequence[tuple[int, int]]) -> np.ndarray:
        return self._embed([text[start:end] for start, end in spans])


@pytest.fixture(scope="module")
def role() -> RolePack:
    return load_role_pack(BUILT_IN_PACK)


@pytest.fixture
def detector() -> Detector:
    return Detector(Bags())


def setting(*asked: str) -> Setting:
    return Setting(QUESTION, ANSWER, asked, RUBRIC, ("race",))


def prompt(
    count: int = 3,
    asked: Sequence[str] = ("What is lost?",),
    answer: str = ANSWER,
    target: str = TARGET,
) -> list[Message]:
    return list(
        messages_for(
            "follow_up",
            count=count,
            level="IC2",
            question=QUESTION,
            target=target,
            passages=[],
            asked=list(asked),
            answer=answer,
        )
    )


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("What does the second worker see?", 1),
        ("Ten threads run it. Which of them waits?", 1),
        ("If one worker is slow, which of them waits?", 1),
        ("Tell me what the second worker sees.", 1),
        ("Trace the increment.", 1),
        ("Add up the lost updates of a day.", 1),
        ("Take the slower worker. What does it wait for?", 1),
        ("What would you do about a lock, which is slow?", 1),
        ("What does a worker do when it is slow and is waiting?", 1),
        ("What does it see? Why?", 2),
        ("What does it see, and how would you test it?", 2),
        ("What is in the class, what in the claim?", 2),
        ("Explain the race. How would you test it?", 2),
        ("Does it lose updates, plus the reason why?", 2),
        ("Give me the cause and how you would test it.", 2),
        ("I see.", 0),
    ],
)
def test_what_is_asked_is_counted(text: str, count: int) -> None:
    assert asks(text) == count


@pytest.mark.parametrize(
    ("text", "leaks"),
    [
        ("What do the two workers do at that time?", False),  # nothing new
        ("Which writes come first?", False),  # one new word of four
        ("Is the value that comes back 4,096?", True),  # the number
        ("Do both workers read the same counter before either writes it back?", True),  # pairs
        ("Could each have a stale copy?", True),  # `stale` and `copy` of hold, stale, copy, store
    ],
)
def test_a_leak_is_what_nobody_has_said_of_the_target(detector: Detector, text: str, leaks: bool) -> None:
    assert detector.leaks(text, setting()) is leaks


def test_what_the_candidate_said_is_no_leak(detector: Detector) -> None:
    said = Setting(QUESTION, f"{ANSWER} {TARGET}", (), RUBRIC, ("race",))
    assert not detector.leaks("Do both workers read the same counter before either writes it back?", said)


def test_a_repeat_has_the_words_of_an_earlier_sentence_in_their_order(detector: Detector) -> None:
    earlier = "Good, let us go on. Which of the two workers has to wait here?"
    assert detector.repeats("So which of the two workers has to wait?", setting(earlier))
    assert not detector.repeats("Which value does the counter have afterwards?", setting(earlier))
    assert detector.repeats(
        "Can you explain the cause and give a repair?", setting()
    )  # of the question itself


def test_on_target_is_the_nearest_criterion_or_a_word_of_its_own(detector: Detector) -> None:
    assert detector.is_on_target("Which workers read the counter before it?", setting())
    assert detector.is_on_target("What would be stale in a mutex around the increment?", setting())
    assert not detector.is_on_target("What goes around the increment?", setting())


def test_the_good_model_reads_its_prompt_and_gives_one_new_word_at_most() -> None:
    assert good_reply(prompt(4)) == "", "it has no question to what somebody explains"
    lines = good_reply(prompt(2, target=TARGET.replace("Explains", "Tests"))).splitlines()
    assert len(set(lines)) == 2
    told = prompted(prompt())
    assert (told.count, told.target, told.asked) == (3, TARGET, ("What is lost?",))
    known = {word.strip(".,").lower() for word in f"{QUESTION} {ANSWER}".split()}
    for stretch in said_stretches(told):
        assert stretch.removeprefix("the ") in TARGET
        assert sum(word.lower() not in {*known, "of", "the", "per"} for word in stretch.split()) <= 1


def test_another_prompt_is_refused() -> None:
    with pytest.raises(ValueError, match="not the prompt for follow-ups"):
        prompted([Message("user", "Write a poem.")])


def test_the_bad_model_breaks_every_rule_and_remembers_which() -> None:
    bank = {QUESTION: ["What does the second worker see?"], "Another question.": ["Why does it halt?"]}

    def replies() -> tuple[BadModel, list[str]]:
        bad = BadModel(bank, seed=1)
        return bad, [bad.reply(prompt(answer=f"{ANSWER} {place}")) for place in range(200)]

    bad, said = replies()
    assert "" in said
    faults = {bad.fault(QUESTION, line) for reply in said for line in proposals_in(reply)}
    assert faults == {*FAULTS, "bank_copy", "drift"}
    assert bad.fault(QUESTION, "Why does it halt?") == "drift"
    assert bad.fault(QUESTION, "What does the second worker see?") == "bank_copy"
    assert bad.fault(QUESTION, "What does the second") == "bank_copy", "cut off"
    with pytest.raises(KeyError):
        bad.fault(QUESTION, "Who made that?")
    assert replies()[1] == said


def test_the_sample_was_read_and_fits_the_bank(role: RolePack) -> None:
    sample = read_sample()
    assert len(sample) == SIZE
    assert {item.source for item in sample} == {"good", "bad", "ladder"}
    for item in sample:
        assert item.text
        assert set(item.target) <= {criterion.id for criterion in item.setting(role).rubric.criteria}


def test_a_missing_verdict_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / SAMPLE.name
    lines = SAMPLE.read_text("utf-8").splitlines(keepends=True)
    place = next(place for place, line in enumerate(lines) if line.strip().startswith("leaks:"))
    path.write_text("".join([*lines[:place], "  leaks: null\n", *lines[place + 1 :]]), "utf-8")
    with pytest.raises(ValueError, match="leaks"):
        read_sample(path)


def test_a_second_reader_gets_the_sample_without_source_and_verdicts(role: RolePack, tmp_path: Path) -> None:
    sample = read_sample()
    write_sheet(sample, role, tmp_path)
    sheet = (tmp_path / "sheet.txt").read_text("utf-8")
    for number, place in enumerate(sheet_order(len(sample)), 1):
        item = sample[place]
        aim = item.setting(role).rubric.criterion(item.target[0])
        part = sheet.split(f" {number} {'=' * 20}\n")[1].split("=" * 20)[0]
        assert item.text in part
        assert aim.text in part
    form = yaml.safe_load((tmp_path / "form.yaml").read_text("utf-8"))
    assert [entry["number"] for entry in form] == list(range(1, len(sample) + 1))
    assert {entry[aspect] for entry in form for aspect in ASPECTS} == {None}


def test_a_second_readers_form_is_put_into_the_samples_order(role: RolePack, tmp_path: Path) -> None:
    sample = read_sample()
    write_sheet(sample, role, tmp_path)
    path = tmp_path / "form.yaml"
    form = yaml.safe_load(path.read_text("utf-8"))
    with pytest.raises(ValueError, match="single"):
        read_second(sample, path)
    for entry, place in zip(form, sheet_order(len(sample)), strict=True):
        entry |= {aspect: getattr(sample[place].reading, aspect) for aspect in ASPECTS}
    path.write_text(yaml.safe_dump(form), "utf-8")
    assert read_second(sample, path) == [item.reading for item in sample]
    form[0]["text"] = "Why?"
    path.write_text(yaml.safe_dump(form), "utf-8")
    with pytest.raises(ValueError, match="another sample"):
        read_second(sample, path)


def test_kappa() -> None:
    """Of ten, both say yes of four and no of four: .8 agree, .5 would by chance, (.8 - .5) / (1 - .5)."""
    pairs = np.array([[1, 1]] * 4 + [[0, 0]] * 4 + [[1, 0], [0, 1]], dtype=float)
    assert kappa(pairs) == pytest.approx(0.6)
    assert kappa(pairs[:4]) is None


def test_two_readers_as_rows() -> None:
    yes, no = Reading(True, False, False, True), Reading(True, True, False, False)
    rows = {row.metric: row for row in kappa_rows("k", [yes, yes, no, no], [yes, yes, no, yes])}
    assert (rows["k.single"].value, rows["k.single"].low) == (None, None)
    assert rows["k.leak"].value == rows["k.on_target"].value == pytest.approx(0.5)
    assert rows["k.leak"].low is not None
    assert rows["k.leak"].low < 0.5


def test_every_aspect_is_read(detector: Detector) -> None:
    reading = detector.read("What does the stale worker see?", setting())
    assert {aspect: getattr(reading, aspect) for aspect in ASPECTS} == {
        "single": True,
        "leaks": False,
        "repeats": False,
        "on_target": True,
    }


def test_a_text_is_embedded_once() -> None:
    asked: list[str] = []

    class Counting(Bags):
        def embed_passages(self, texts: Sequence[str]) -> np.ndarray:
            asked.extend(texts)
            return self._embed(texts)

    remembered = Remembered(Counting())
    assert remembered.embed_passages(["a b", "c", "a b"]) == pytest.approx(
        Bags().embed_passages(["a b", "c", "a b"])
    )
    assert remembered.embed_passages(["c", "d"]) == pytest.approx(Bags().embed_passages(["c", "d"]))
    assert asked == ["a b", "c", "d"]
    assert remembered.embed_passages([]).shape == (0, 4096)
    assert remembered.embed_queries(["c"]) == pytest.approx(Bags().embed_queries(["c"]))


def test_rows_of_what_was_not_measured_are_kept(tmp_path: Path) -> None:
    before = [
        Row("followups.good.proposed", 2.0, "proposals"),
        Row("followups.some_model.proposed", 3.0, "proposals"),
    ]
    path = write_results("followups", before, tmp_path)
    assert kept([Row("followups.good.proposed", 4.0, "proposals")], path) == before[1:]
    assert kept(before, path) == []
    assert kept(before, tmp_path / "none.json") == []


def test_a_share_has_an_exact_interval() -> None:
    """None of n: the upper bound is 1 - 0.025 ** (1 / n) (Clopper and Pearson)."""
    row = share("followups.good.reaches.leak", [False] * 20)
    assert (row.value, row.low, row.n) == (0, 0, 20)
    assert row.high == pytest.approx(1 - 0.025 ** (1 / 20))
