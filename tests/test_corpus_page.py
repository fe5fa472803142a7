"""docs/corpus.md says what the packs hold: its generated part is what bench/corpus_table.py would write."""

from pathlib import Path

from bench.corpus_table import PAGE, packs_under, publish
from corpus import Pack

ROOT = Path(__file__).parents[1]


def section(pack: Pack) -> str:
    """What would be written of one pack."""
    return publish("before\n<!-- corpus -->\nold\n<!-- /corpus -->\nafter\n", [pack])


def test_the_page_is_up_to_date() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert publish(text, packs_under(ROOT / "corpus")) == text, "run python bench/corpus_table.py"


def test_every_pack_with_questions_is_on_it() -> None:
    text = PAGE.read_text(encoding="utf-8")
    packs = packs_under(ROOT / "corpus")
    assert "nvidia_mle" in {pack.info.id for pack in packs}
    for pack in packs:
        assert f"## {pack.info.title}\n" in text
        assert f"{len(pack.questions)} questions, {len(pack.notes)} notes" in text


def test_what_somebody_wrote_around_it_stays() -> None:
    (pack,) = packs_under(Path(__file__).parent / "packs")
    text = section(pack)
    assert text.startswith("before\n<!-- corpus -->\n")
    assert text.endswith("<!-- /corpus -->\nafter\n")
    assert "old" not in text


def test_counts_worked_by_hand() -> None:
    """The tiny pack: three questions of systems at IC1, IC3 and IC5, one of math at IC1; all four are about gpu."""
    (pack,) = packs_under(Path(__file__).parent / "packs")
    text = section(pack)
    assert (
        "| Systems | 70% | 1 | 1 | 1 | 3 |\n| Math | 30% | 1 | 0 | 0 | 1 |\n| all |  | 2 | 1 | 1 | 4 |"
        in text
    )
    assert "| Systems | 30 | 3 | 3 | Systems |\n| Everything | 60 | 4 | 4 | all |" in text
    assert "| 4 | gpu |\n\n4 more topics have one question each." in text
    assert "| Systems | 1 | 3 |\n| Math | 0 | 0 |" in text


def test_a_folder_without_questions_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "begun").mkdir()
    (tmp_path / "begun" / "pack.yaml").write_text("id: begun\n", encoding="utf-8")
    assert packs_under(tmp_path) == []
