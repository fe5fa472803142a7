"""Numbers in notes and questions that can be computed are computed here, and the text must say the same."""

from __future__ import annotations

from pathlib import Path

PACKS = Path(__file__).parents[2] / "corpus"


def says(path: str, phrase: str, value: float, digits: int = 0, pack: str = "nvidia_mle") -> None:
    """Assert that a file of the pack says `phrase`, and that the phrase holds `value` rounded to `digits` decimals.

    `path` is relative to the pack; line breaks count as spaces; thousands may be separated by commas.
    """
    text = " ".join((PACKS / pack / path).read_text(encoding="utf-8").split())
    assert phrase in text, f"{path} does not say {phrase!r}"
    rounded = round(value, digits)
    written = {f"{rounded:.{max(digits, 0)}f}", f"{rounded:,.{max(digits, 0)}f}"}
    assert any(number in phrase for number in written), f"{path}: {phrase!r}, but it is {value}"
