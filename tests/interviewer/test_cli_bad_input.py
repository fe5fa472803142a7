"""What a command says when it cannot do what was asked: one sentence on stderr, no traceback, 2 for input and 1 for the rest."""

from __future__ import annotations

import json
import shutil
import socket
import sqlite3
from pathlib import Path

import pytest
from cli_runner import Run, run_apart
from round_world import TINY
from sqlalchemy import Engine, event

from interviewer.build import Parts
from retrieval import EmbedderError


@pytest.fixture
def command_parts(parts: Parts) -> Parts:
    """Hashed words in place of the embedding model; no model of a language answers."""
    return parts


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder that holds the index after the first command; nothing here stores a session in it."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """Files that are not what a command expects."""
    good = {"item_id": "a", "answer": "words", "question_id": "kv-cache"}
    texts = {
        "answer": b"The cache grows.",
        "binary": bytes(range(256)),
        "blank": b" \n ",
        "rows": json.dumps(good).encode() + b"\n",
        "broken-rows": json.dumps(good).encode() + b"\n{broken\n",
        "no-id": b'{"answer": "words", "question_id": "kv-cache"}\n',
        "twice": (json.dumps(good) + "\n").encode() * 2,
        "unknown": json.dumps(good | {"question_id": "nope"}).encode(),
        "surrogate": b'{"item_id": "a", "answer": "\\ud800 words", "question": "q", "reference": "\\ud800 words."}\n',
        "foreign": b'{"item_id": "z"}\n',
    }
    for name, content in texts.items():
        (tmp_path / name).write_bytes(content)
    return {name: tmp_path / name for name in texts}


PLACE = ("--pack", TINY)
FOLLOWUPS = ("followups", "--question", "kv-cache", "--answer-file")

BAD_INPUT: list[tuple[tuple[object, ...], str]] = [
    (("search", " ", *PLACE), "what to search for"),
    (("search", "x", "-k", "0", *PLACE), "Between 1 and 50"),
    (("search", "x", "--kind", "film", *PLACE), "question, guide, note, rubric"),
    (("simulate", "--persona", "hero", "--round", "systems", *PLACE), "choose one of strong, partial"),
    (("simulate", "--persona", "weak", "--round", "nope", *PLACE), "choose one of systems, all"),
    (("simulate", "--persona", "weak", "--round", "systems", "--level", "IC9", *PLACE), "IC1, IC3, IC5"),
    (("simulate", "--persona", "weak", "--round", "systems", "--questions", "0", *PLACE), "between 1 and 60"),
    (
        ("simulate", "--persona", "weak", "--round", "systems", "--llm", "gpt", *PLACE),
        "auto, server, local or none",
    ),
    (("simulate", "--persona", "weak", "--round", "systems", "--llm", "server", *PLACE), "--llm-url"),
    (("simulate", "--persona", "weak", "--round", "systems", "--llm", "local", *PLACE), "--llm-model"),
    (("simulate", "--persona", "weak", "--round", "systems", "--llm-url", "ftp://x", *PLACE), "http"),
    (("sessions", "show", "nope", *PLACE), "no session 'nope'"),
    (("sessions", "delete", "nope", *PLACE), "no session 'nope'"),
    (("report", "nope", *PLACE), "no session 'nope'"),
    (("report", "nope", "--format", "docx", *PLACE), "md, json or pdf"),
    (("report", "nope", "--format", ",", *PLACE), "md, json or pdf"),
    (("report", "nope", "--format", "md,json", *PLACE), "-o"),
    (("chat", "--round", "systems", "--level", "IC9", *PLACE), "no level 'IC9'"),
    (("chat", "--round", "nope", *PLACE), "no round 'nope'"),
    (("index", "--pack", "/nowhere"), "corpus check"),
    (("sessions", "list", *PLACE, "--db", "postgresql+nothing://x"), "database"),
]


@pytest.mark.parametrize(("words", "expected"), BAD_INPUT, ids=lambda item: str(item)[:40])
def test_bad_input_is_one_sentence(run: Run, data: Path, words: tuple[object, ...], expected: str) -> None:
    failed = run(*words, "--data", data)
    assert expected in failed.sentence
    assert failed.code == (1 if "--db" in words else 2)


BAD_FILES: list[tuple[tuple[object, ...], str, str]] = [
    (FOLLOWUPS, "binary", "is not UTF-8 text"),
    (FOLLOWUPS, "blank", "answer"),
    (FOLLOWUPS, "nowhere", "cannot be read: No such file"),
    (FOLLOWUPS, ".", "cannot be read: Is a directory"),
    (("followups", "--question", "nope", "--answer-file"), "answer", "no question 'nope'"),
    ((*FOLLOWUPS[:-1], "--level", "IC9", "--answer-file"), "answer", "no level 'IC9'"),
    ((*FOLLOWUPS[:-1], "-n", "11", "--answer-file"), "answer", "Between 1 and 10"),
    (("assess", "--output", "OUT", "--input"), "binary", "not UTF-8 text"),
    (("assess", "--output", "OUT", "--input"), "nowhere", "cannot be read"),
    (("assess", "--output", "OUT", "--input"), "broken-rows", "line 2"),
    (("assess", "--output", "OUT", "--input"), "no-id", "line 1: item_id"),
    (("assess", "--output", "OUT", "--input"), "twice", "line 2"),
    (("assess", "--output", "OUT", "--input"), "unknown", "'nope'"),
    (("assess", "--output", "OUT", "--input"), "surrogate", "surrogate"),
    (("assess", "--output", "foreign", "--input"), "rows", "other rows"),
    (("assess", "--output", "binary", "--input"), "rows", "does not hold assessments"),
    (("assess", "--output", ".", "--input"), "rows", "is not a file"),
    (("assess", "--output", "nowhere/out", "--input"), "rows", "cannot be written"),
]


@pytest.mark.parametrize(("words", "name", "expected"), BAD_FILES, ids=lambda item: str(item)[:40])
def test_a_file_that_cannot_be_used_is_named(
    run: Run, data: Path, files: dict[str, Path], words: tuple[object, ...], name: str, expected: str
) -> None:
    folder = files["answer"].parent
    before = {path: path.read_bytes() for path in files.values()}
    place = [folder / str(word) if words[at - 1] == "--output" else word for at, word in enumerate(words)]
    failed = run(*place, folder / name, *PLACE, "--data", data)
    assert failed.code == 2
    assert expected in failed.sentence
    assert {path: path.read_bytes() for path in files.values()} == before


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_an_output_that_is_a_device_is_refused_before_it_is_read(
    run: Run, data: Path, files: dict[str, Path]
) -> None:
    failed = run("assess", "--input", files["rows"], "--output", "/dev/full", *PLACE, "--data", data)
    assert failed.code == 2
    assert "/dev/full is not a file" in failed.sentence


def test_a_wrong_variable_is_named(run: Run, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOCKROUND_MAX_MESSAGE_CHARS", "many")
    failed = run("sessions", "list", *PLACE, "--data", data)
    assert failed.code == 2
    assert failed.sentence.startswith("MOCKROUND_MAX_MESSAGE_CHARS cannot be used")


# What stands in the way although the input is good


@pytest.mark.parametrize("command", [("index",), ("sessions", "list"), ("search", "cache")], ids=" ".join)
def test_a_data_folder_that_cannot_be_made_is_named(
    run: Run, tmp_path: Path, command: tuple[str, ...]
) -> None:
    (tmp_path / "file").write_text("not a folder")
    failed = run(*command, *PLACE, "--data", tmp_path / "file" / "data")
    assert failed.code == 1
    assert f"The data folder {tmp_path / 'file' / 'data'} cannot be used: Not a directory" in failed.sentence


def test_a_database_file_that_is_none_is_named(run: Run, data: Path, tmp_path: Path) -> None:
    (tmp_path / "rounds.db").write_bytes(b"no database" * 200)
    failed = run("sessions", "list", *PLACE, "--data", data, "--db", f"sqlite:///{tmp_path / 'rounds.db'}")
    assert failed.code == 1
    assert "damaged" in failed.sentence


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_report_onto_a_full_disk_names_the_file(run: Run, tmp_path: Path) -> None:
    place = (*PLACE, "--data", tmp_path / "data")
    run("chat", "--round", "systems", *place, stdin="words\n\n/end\n")
    session = json.loads(run("sessions", "list", "--json", *place).out)["sessions"][0]["id"]
    failed = run("report", session, "--format", "pdf", "-o", "/dev/full", *place)
    assert failed.code == 1
    assert failed.sentence == "/dev/full cannot be written: No space left on device."
    nowhere = run("report", session, "-o", tmp_path / "nowhere" / "report.md", *place)
    assert nowhere.code == 1
    assert "No such file or directory" in nowhere.sentence


def test_a_full_disk_under_the_database_says_so(
    run: Run, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    place = (*PLACE, "--data", tmp_path / "data")
    assert run("sessions", "list", *place).code == 0

    def allow_no_further_page(connection: sqlite3.Connection, _record: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages}")

    # SQLite's own limit: it reports a page too many as it reports a full disk.
    event.listen(Engine, "connect", allow_no_further_page)
    request.addfinalizer(lambda: event.remove(Engine, "connect", allow_no_further_page))
    failed = run("chat", "--round", "systems", *place, stdin="words " * 3000 + "\n\n/end\n")
    assert "The disk is full" in failed.err + failed.out
    assert "Traceback" not in failed.err


def test_an_embedding_model_that_fails_is_one_sentence(
    run: Run, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object, **_options: object) -> None:
        raise EmbedderError("The embedding model cannot be loaded; run make install again.")

    assert run("search", "cache", *PLACE, "--data", data).code == 0
    monkeypatch.setattr("interviewer.library.search_items", fail)
    failed = run("search", "cache", *PLACE, "--data", data)
    assert failed.code == 1
    assert "cannot be loaded" in failed.sentence


def test_a_model_server_that_does_not_answer_stops_nobody(run: Run, data: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    options = ("--persona", "weak", "--round", "systems", "--questions", "1", "--llm-url", url)
    done = run("simulate", *options, "--json", *PLACE, "--data", data)
    assert done.code == 0
    turns = json.loads(done.out)["turns"]
    assert {turn["origin"] for turn in turns} == {"bank"}
    said = run("chat", "--round", "systems", "--llm-url", url, *PLACE, "--data", data, stdin="/end\n")
    assert said.code == 0
    assert "does not answer now" in " ".join(said.out.split())


def test_serve_names_a_port_in_use_before_it_builds_anything(run: Run, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        failed = run("serve", "--port", port, *PLACE, "--data", tmp_path / "data")
    assert failed.code == 1
    assert f"Port {port} on 127.0.0.1 is in use" in failed.sentence
    assert not (tmp_path / "data").exists()


def test_serve_stays_on_this_machine_without_a_word(run: Run, data: Path) -> None:
    failed = run("serve", "--host", "0.0.0.0", *PLACE, "--data", data)
    assert failed.code == 1
    assert "--allow-remote" in failed.sentence


# Packs


def test_a_session_of_another_pack_names_that_pack(run: Run, tmp_path: Path) -> None:
    data = tmp_path / "data"
    run("chat", "--round", "systems", *PLACE, "--data", data)
    session = json.loads(run("sessions", "list", "--json", *PLACE, "--data", data).out)["sessions"][0]["id"]
    other = tmp_path / "other"
    shutil.copytree(TINY, other)
    info = other / "pack.yaml"
    info.write_text(info.read_text(encoding="utf-8").replace("id: tiny", "id: other", 1), encoding="utf-8")
    for command in (["sessions", "show"], ["report"]):
        failed = run(*command, session, "--pack", other, "--data", data)
        assert failed.code == 1
        assert "'tiny'" in failed.sentence
        assert "--pack" in failed.sentence
    assert run("sessions", "delete", session, "--pack", other, "--data", data).code == 0


def test_corpus_check_lists_every_fault_with_file_and_line(run: Run, tmp_path: Path) -> None:
    pack = tmp_path / "pack"
    shutil.copytree(TINY, pack)
    questions = pack / "questions" / "all.yaml"
    text = questions.read_text(encoding="utf-8")
    questions.write_text(text.replace("category: math\n", "category: maths\n", 1), encoding="utf-8")
    (pack / "notes" / "latin.md").write_bytes(b"# Caf\xe9\n")
    found = run("corpus", "check", pack)
    assert found.code == 2
    line = text[: text.index("category: math\n")].count("\n") + 1
    assert f"{questions}:{line}: " in found.out
    assert "'maths'" in found.out
    assert "latin.md" in found.out
    assert "Traceback" not in found.err
    as_json = run("corpus", "check", pack, "--json")
    assert as_json.code == 2
    faults = json.loads(as_json.out)["faults"]
    assert len(faults) == len(found.out.splitlines())
    assert {"file", "line", "message"} == faults[0].keys()
    stopped = run("index", "--pack", pack, "--data", tmp_path / "data")
    assert stopped.code == 2
    assert "mockround corpus check" in stopped.sentence


@pytest.mark.parametrize("name", ["nowhere", "empty", "file"])
def test_corpus_check_of_what_is_no_pack(run: Run, tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("id: x")
    found = run("corpus", "check", tmp_path / name)
    assert found.code == 2
    assert name in found.out
    assert "Traceback" not in found.err


def test_a_real_process_ends_with_the_sentence_and_the_code() -> None:
    failed = run_apart("report", "nope", "--format", "docx")
    assert (failed.code, failed.sentence) == (2, "--format is md, json or pdf.")
