"""The one line that shows how a slow thing gets on."""

from io import StringIO

import pytest
from rich.console import Console

from interviewer.commands import output


def test_on_a_terminal_one_line_is_rewritten(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = StringIO()
    terminal = Console(file=screen, force_terminal=True, width=40, color_system=None, _environ={})
    monkeypatch.setattr(output, "console", terminal)
    with output.waiting("Starting") as show:
        show(1.4, "\x1b[32mloading [weights] \x1b[0m" + "x" * 100)
        terminal.print("below")
    drawn = screen.getvalue()
    assert "Starting: 1 s  loading [weights] xx" in drawn
    assert "…" in drawn
    assert "x" * 40 not in drawn


def test_elsewhere_lines_are_plain_and_few(capsys: pytest.CaptureFixture[str]) -> None:
    with output.waiting("Starting") as show:
        show(0.0, "")
        show(0.5, "loading")
        show(output.PLAIN_EVERY_S - 0.1, "loading")
        show(output.PLAIN_EVERY_S, "\x1b[32mdone\x1b[0m\a")
    captured = capsys.readouterr()
    assert captured.err == "Starting: 0 s\nStarting: 15 s  done\n"
    assert captured.out == ""
