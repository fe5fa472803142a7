import pytest

from interviewer.llm.errors import ModelGarbled
from interviewer.llm.labels import check_labels, choice_of, label_in_reply


@pytest.mark.parametrize("labels", [["A"], ["A", "A"], ["A", "BC"], ["A", ""], ["A", "?"], []])
def test_labels_are_different_single_letters_or_digits(labels: list[str]) -> None:
    with pytest.raises(ValueError, match="label"):
        check_labels(labels)


def test_variants_of_a_label_are_summed_and_the_rest_is_outside() -> None:
    tokens = [("A", 0.30), (" A", 0.20), ("a", 0.05), ("▁A", 0.05), ("B", 0.20), ("The", 0.15), ("AB", 0.05)]
    choice = choice_of(tokens, ["A", "B"], "it")
    assert choice.outside == pytest.approx(0.20)
    assert choice.probabilities == {"A": pytest.approx(0.60 / 0.80), "B": pytest.approx(0.20 / 0.80)}
    assert sum(choice.probabilities.values()) == pytest.approx(1)


def test_case_is_kept_where_labels_differ_in_nothing_else() -> None:
    choice = choice_of([("a", 0.9), ("A", 0.1)], ["A", "a"], "it")
    assert choice.probabilities == {"A": pytest.approx(0.1), "a": pytest.approx(0.9)}


def test_too_much_outside_is_garbled() -> None:
    assert choice_of([("A", 0.5), ("The", 0.5)], ["A", "B"], "it").outside == pytest.approx(0.5)
    with pytest.raises(ModelGarbled, match="51%"):
        choice_of([("A", 0.49), ("The", 0.51)], ["A", "B"], "it")
    with pytest.raises(ModelGarbled):
        choice_of([], ["A", "B"], "it")


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("B", "B"),
        (" b\n", "B"),
        ("**B**", "B"),
        ("B) because it waits", "B"),
        ("The answer is B.", "B"),
        ("Answer: B", "B"),
        ("Grade: **A**", "A"),
        ("A good answer names the rank", None),
        ("I would say that", None),
        ("C", None),
        ("", None),
    ],
)
def test_label_in_a_short_reply(text: str, label: str | None) -> None:
    assert label_in_reply(text, ["A", "B"]) == label
