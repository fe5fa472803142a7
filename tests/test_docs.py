"""What the documentation names is there: commands, options, make targets, files, settings and figures."""

import importlib.util
import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml

from interviewer.cli import app
from interviewer.config import Settings
from interviewer.llm.gpu_models import table

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])

pages = pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)


def shell_lines(page: Path) -> list[str]:
    """The commands of a page's `sh` blocks, and of its inline code, with continued lines joined."""
    text = page.read_text(encoding="utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL)
    lines = [line.strip() for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    inline = re.findall(r"`((?:\.venv/bin/)?mockround [^`]+|make [^`]+)`", text)
    return [
        line for line in [*lines, *(" ".join(item.split()) for item in inline)] if line[:1] not in ("", "#")
    ]


def resolve(words: list[str]) -> tuple[Any, list[str]]:
    """The command that the words name, and the words after it."""
    command: Any = typer.main.get_command(app)
    while hasattr(command, "commands"):
        assert words, f"{command.name} needs a subcommand"
        assert words[0] in command.commands, f"there is no command {words[0]!r}"
        command, words = command.commands[words[0]], words[1:]
    return command, words


@pages
def test_every_command_exists_with_its_options(page: Path) -> None:
    for line in shell_lines(page):
        for part in re.split(r"\s(?:&&|\|)\s", line):
            words = shlex.split(part, comments=True)
            if not words or words[0].rpartition("/")[2] != "mockround":
                continue
            command, rest = resolve(words[1:])
            rest = rest[: rest.index("--")] if "--" in rest else rest  # what follows is for vLLM
            known = {name for parameter in command.params for name in parameter.opts} | {"--help"}
            unknown = [word for word in rest if re.match(r"--?[a-z]", word) and word not in known]
            assert not unknown, f"{line}: {unknown}"


@pages
def test_every_make_target_exists(page: Path) -> None:
    targets = set(
        re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    )
    for line in shell_lines(page):
        for target in re.findall(r"\bmake ([a-z-]+)", line):
            assert target in targets, line


@pages
def test_every_link_to_a_file_leads_to_one(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_every_yes_among_the_features_is_proved_by_a_test_that_is_there_or_a_picture() -> None:
    rows = [
        line.split("|")
        for line in (ROOT / "docs" / "features.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("|") and not line.startswith("|---")
    ]
    assert len(rows) > 20
    for _, wish, ours, *_ in rows:
        links = re.findall(r"\[`?([^`\]]+)`?\]\(([^)]+)\)", ours)
        assert links or ours.strip().startswith("no") or wish.strip() in ("feature", "wish"), wish
        for name, target in links:
            file = ROOT / "docs" / target
            assert file.exists(), target
            if file.suffix == ".py":
                assert re.search(rf"^(?:async )?def {name}\(", file.read_text(encoding="utf-8"), re.M), name


@pages
def test_every_setting_exists(page: Path) -> None:
    known = {f"MOCKROUND_{name.upper()}" for name in Settings.model_fields} | {"MOCKROUND_GRADING_DATA"}
    named = set(re.findall(r"MOCKROUND_[A-Z_]+", page.read_text(encoding="utf-8")))
    assert named <= known


@pages
def test_every_named_path_of_the_repository_exists(page: Path) -> None:
    named = re.findall(
        r"`((?:interviewer|bench|tests|corpus|ui|retrieval|rubrics|docs)/[\w./-]*)`",
        page.read_text(encoding="utf-8"),
    )
    missing = [name for name in named if not (ROOT / name).exists()]
    assert not missing


def publisher() -> Any:
    """bench/publish.py as a module."""
    spec = importlib.util.spec_from_file_location("publish", ROOT / "bench" / "publish.py")
    assert spec is not None
    assert spec.loader is not None
    publish = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(publish)
    return publish


@pages
def test_figures_are_those_that_were_measured(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert publisher().publish(text) == text, "run make bench, or python bench/publish.py"


def test_the_page_on_trust_is_made_of_what_was_measured() -> None:
    publish = publisher()
    results = json.loads((ROOT / "bench" / "results" / "judge.json").read_text(encoding="utf-8"))
    for path in publish.TRUST_PAGES:
        assert path.read_text(encoding="utf-8") == publish.trust_page(results), "run python bench/publish.py"
    for path, alone in publish.PICTURES.items():
        drawn = publish.trust_picture(results, alone)
        assert path.read_text(encoding="utf-8") == drawn, "run python bench/publish.py"


def test_the_models_of_the_documentation_are_those_that_are_recommended() -> None:
    assert table() in (ROOT / "docs" / "models.md").read_text(encoding="utf-8")


def test_the_example_pack_of_the_documentation_is_read(tmp_path: Path) -> None:
    """Every YAML block of docs/packs.md parses; the rubric and the pack are valid but for what the text leaves out."""
    blocks = re.findall(
        r"```yaml\n(.*?)```", (ROOT / "docs" / "packs.md").read_text(encoding="utf-8"), flags=re.DOTALL
    )
    assert len(blocks) == 7
    for block in blocks:
        assert yaml.safe_load(block)
