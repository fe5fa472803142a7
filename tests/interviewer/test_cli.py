"""The commands of `mockround`: each is there, does what it says, and keeps data on stdout and words on stderr."""

from __future__ import annotations

import asyncio
import io
import json
import shlex
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from cli_runner import Run, run_apart, whole_json
from faulty_vllm import FaultyVllm
from pypdf import PdfReader
from round_world import TINY

from interviewer.build import Parts

COMMANDS = [
    "serve",
    "chat",
    "index",
    "search",
    "assess",
    "followups",
    "simulate",
    "report",
    "practice",
    "progress",
    "readiness",
    "self-assess",
    "sessions list",
    "sessions show",
    "sessions delete",
    "sessions export",
    "sessions import",
    "sessions contest",
    "code run",
    "code list",
    "code show",
    "corpus check",
    "corpus new",
    "qualify",
    "vllm",
    "doctor",
    "users add",
]
TAKES_JSON = [
    "search",
    "followups",
    "simulate",
    "practice",
    "progress",
    "readiness",
    "self-assess",
    "sessions list",
    "sessions show",
    "sessions import",
    "sessions contest",
    "code run",
    "code list",
    "code show",
    "corpus check",
    "qualify",
    "doctor",
]
TAKES_MODEL = ["serve", "chat", "assess", "followups", "simulate", "practice", "qualify", "doctor"]
HEAVY = ["gradio", "pandas", "sentence_transformers", "torch", "transformers"]

ANSWER = "The key-value cache grows linearly with batch size and sequence length, so I page it in blocks."


# What is there


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_of_the_contract_has_help(run: Run, command: str) -> None:
    shown = run(*command.split(), "--help")
    assert shown.code == 0
    assert f"mockround {command}" in shown.out
    assert shown.err == ""
    assert ("--json" in shown.out) is (command in TAKES_JSON)
    for option in ("--llm", "--llm-url", "--llm-model", "--llm-key"):
        assert (f"{option} " in shown.out) is (command in TAKES_MODEL), option


def test_help_alone_names_every_command(run: Run) -> None:
    shown = run("--help")
    assert shown.code == 0
    for command in {command.split()[0] for command in COMMANDS}:
        assert f" {command} " in shown.out


def test_the_version_is_said(run: Run) -> None:
    done = run("--version")
    assert (done.code, done.out) == (0, f"mockround {version('mockround')}\n")


def test_help_loads_neither_torch_nor_the_page() -> None:
    program = """
import sys
from interviewer.cli import main
for words in ([], *(line.split() for line in sys.stdin)):
    sys.argv = ["mockround", *words, "--help"]
    try:
        main()
    except SystemExit as exit:
        assert not exit.code
print("loaded:", [name for name in HEAVY if name in sys.modules])
""".replace("HEAVY", repr(HEAVY))
    done = subprocess.run(
        [sys.executable, "-c", program],
        input="\n".join(COMMANDS),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "loaded: []"


def test_a_usage_error_is_2_and_points_to_help(run: Run) -> None:
    for words in (["bogus"], ["search"], ["search", "x", "--bogus"], ["serve", "--port", "0"]):
        failed = run(*words)
        assert failed.code == 2
        assert failed.out == ""
        assert "--help" in failed.err
        assert "Traceback" not in failed.err


# Data


def test_index_shows_a_bar_only_while_there_is_something_to_embed(
    run: Run, place: tuple[object, ...]
) -> None:
    first, second, rebuilt = run("index", *place), run("index", *place), run("index", *place, "--rebuild")
    assert [item.code for item in (first, second, rebuilt)] == [0, 0, 0]
    assert "17/17" in first.err
    assert second.err == "The index holds 17 passages.\n"
    assert "17/17" in rebuilt.err
    assert first.out == second.out == rebuilt.out == ""


def test_search_as_json_and_as_a_table_that_keeps_ids_whole(
    run: Run, place: tuple[object, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = whole_json(run("search", "paged cache", "-k", 3, "--kind", "note", "--json", *place))
    assert found.keys() == {"query", "hits", "took_ms"}
    assert [hit["rank"] for hit in found["hits"]] == [1, 2, 3]
    assert {hit["kind"] for hit in found["hits"]} == {"note"}
    monkeypatch.setenv("COLUMNS", "60")
    table = run("search", "paged cache", "-k", 3, "--kind", "note", *place)
    for hit in found["hits"]:
        assert hit["id"] in table.out


def test_followups(run: Run, place: tuple[object, ...], tmp_path: Path) -> None:
    answer = tmp_path / "answer.txt"
    answer.write_text(ANSWER, encoding="utf-8")
    options = ("--question", "kv-cache", "--answer-file", answer, "-n", 2, "--level", "IC3", *place)
    found = whole_json(run("followups", *options, "--json"))
    assert {"followups", "rejected"} <= found.keys()
    assert len(found["followups"]) == 2
    assert found["followups"][0].keys() == {
        "text",
        "targets",
        "grounds",
        "origin",
        "novelty",
        "level",
        "category",
    }
    plain = run("followups", *options)
    assert plain.out.startswith(f"1. {found['followups'][0]['text']}  [bank; ")


def test_corpus_check_of_the_tiny_pack(run: Run) -> None:
    found = run("corpus", "check", TINY)
    assert found.code == 0
    assert all(line.startswith(str(TINY)) for line in found.out.splitlines())
    assert "tiny: 4 questions, 4 rubrics, 1 notes, 1 guide files, 0 faults, 12 remarks" in found.err
    document = whole_json(run("corpus", "check", TINY, "--json"))
    assert (document["faults"], len(document["remarks"])) == ([], 12)
    assert document["counts"]["systems"] == {"IC1": 1, "IC3": 1, "IC5": 1}


def test_corpus_check_puts_the_packs_own_answers_before_the_judge(
    run: Run, monkeypatch: pytest.MonkeyPatch, real_parts: Parts, tmp_path: Path
) -> None:
    monkeypatch.setattr("interviewer.config.default_embedder", lambda *_: real_parts.embedder)
    pack = tmp_path / "pack"
    shutil.copytree(TINY, pack)
    path = pack / "questions" / "all.yaml"
    text = path.read_text(encoding="utf-8")
    thin = "The key-value cache grows linearly with the sequence length and with the batch size."
    path.write_text(
        text.replace(text.split("model_answer: |\n    ")[1].split("\n")[0], thin), encoding="utf-8"
    )
    found = run("corpus", "check", pack, "--judge")
    assert found.code == 0
    assert "4/4" in found.err
    assert f"{path}:" in found.out
    assert "model-answer-below-band-4: kv-cache: the model answer scores" in found.out
    document = whole_json(run("corpus", "check", pack, "--judge", "--json"))
    assert document["judged"] is True
    low = next(r for r in document["remarks"] if r.get("question_id") == "kv-cache")
    assert low["kind"] == "model-answer-below-band-4"
    assert low["level"] == "IC3"
    assert low["band"] < 4
    assert {"paged", "quantize"} <= {entry["id"] for entry in low["unmet"]}
    assert 0 <= low["score"] < 0.82


def test_a_new_pack_is_checked_and_said_to_be_next(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "my role"
    made = run("corpus", "new", folder, "--id", "my-role", "--title", "My role")
    assert (made.code, made.err) == (0, "")
    commands = [shlex.split(line) for line in made.out.splitlines() if line.startswith("  mockround ")]
    assert [words[1] for words in commands] == ["corpus", "index", "serve"]
    assert all(str(folder) in words for words in commands)
    assert run("corpus", "check", folder).err.endswith("0 faults, 0 remarks\n")
    again = run("corpus", "new", folder, "--id", "my-role", "--title", "My role")
    assert again.code == 2
    assert "is not empty" in again.sentence


def test_a_simulated_round_is_the_report_with_the_transcript(run: Run, place: tuple[object, ...]) -> None:
    options = ("--persona", "partial", "--round", "systems", "--questions", 2, "--seed", 7, *place)
    report = whole_json(run("simulate", *options, "--json"))
    assert report["finished"] is True
    assert [turn["kind"] for turn in report["turns"]].count("question") == 2
    said = [line["text"] for line in report["transcript"] if line["speaker"] == "candidate"]
    assert said == [turn["answer"] for turn in report["turns"]]
    again = whole_json(run("simulate", *options, "--json"))
    assert again | {"session_id": ""} == report | {"session_id": ""}
    assert run("simulate", *options).out.startswith(f"partial: {report['band_name']} (band {report['band']})")
    assert whole_json(run("sessions", "list", "--json", *place)) == {"sessions": []}, "nothing is stored"


# Bulk scoring


def bulk_input(folder: Path, count: int = 3) -> Path:
    rows: list[dict[str, Any]] = [
        {"item_id": f"row-{number}", "answer": f"{ANSWER} Then {number}.", "question_id": "kv-cache"}
        for number in range(count)
    ]
    rows[0] = {
        "item_id": "row-0",
        "answer": "Gradients flow backwards. \N{ABACUS}",
        "question": "How does a network learn?",
        "reference": "Gradients of the loss flow backwards. The weights are updated against them.",
        "level": "IC1",
    }
    path = folder / "answers.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_assess_writes_a_row_for_each_and_goes_on_where_it_stopped(
    run: Run, place: tuple[object, ...], tmp_path: Path
) -> None:
    source, target = bulk_input(tmp_path), tmp_path / "scores.jsonl"
    command = ("assess", "--input", source, "--output", target, *place)
    first = run(*command)
    assert (first.code, first.out) == (0, "")
    assert "3/3" in first.err
    whole = target.read_bytes()
    rows = [json.loads(line) for line in whole.decode().splitlines()]
    assert [row["item_id"] for row in rows] == ["row-0", "row-1", "row-2"]
    answers = [json.loads(line)["answer"] for line in source.read_text().splitlines()]
    for row, answer in zip(rows, answers, strict=True):
        assert row["unscored_reason"] is None
        assert 0 < row["score"] <= 1
        for piece in (piece for criterion in row["criteria"] for piece in criterion["evidence"]):
            assert answer[piece["start"] : piece["end"]] == piece["text"]
    kept = whole.splitlines(keepends=True)
    target.write_bytes(kept[0] + kept[1][:40])
    assert run(*command).code == 0
    assert target.read_bytes() == whole, "a torn row is made again, byte for byte"
    again = run(*command)
    assert again.code == 0
    assert target.read_bytes() == whole


def test_assess_in_a_process_of_its_own_gives_the_same_bytes(
    run: Run, place: tuple[object, ...], tmp_path: Path
) -> None:
    source = bulk_input(tmp_path, 2)
    targets = [tmp_path / f"{name}.jsonl" for name in ("here", "apart")]
    assert run("assess", "--input", source, "--output", targets[0], *place).code == 0
    done = run_apart("assess", "--input", source, "--output", targets[1], *place)
    assert (done.code, done.out) == (0, "")
    assert "2/2" in done.err
    assert "Traceback" not in done.err
    assert targets[0].read_bytes() == targets[1].read_bytes()


@pytest.fixture
def model_server() -> Iterator[FaultyVllm]:
    """A model server in a thread of its own."""
    server, loop = FaultyVllm(), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    asyncio.run_coroutine_threadsafe(server.__aenter__(), loop).result(10)
    yield server
    asyncio.run_coroutine_threadsafe(server.__aexit__(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def test_assess_by_a_model_keeps_what_it_said(
    run: Run, place: tuple[object, ...], tmp_path: Path, model_server: FaultyVllm
) -> None:
    source = bulk_input(tmp_path, 2)
    command = ("assess", "--judge", "model", "--llm-url", model_server.url, "--input", source, *place)
    first, second = tmp_path / "first.jsonl", tmp_path / "second.jsonl"
    done = run(*command, "--output", first)
    assert done.code == 0, done.err
    rows = [json.loads(line) for line in first.read_text().splitlines()]
    assert [row["judge"]["name"] for row in rows] == ["model", "model"]
    assert rows[0]["score"] == pytest.approx(0.7)
    asked = model_server.asked
    assert run(*command, "--output", second).code == 0
    assert second.read_bytes() == first.read_bytes()
    assert model_server.asked == asked, "stored assessments are not made anew"


def test_assess_by_a_model_that_is_not_there(run: Run, place: tuple[object, ...], tmp_path: Path) -> None:
    command = ("assess", "--input", bulk_input(tmp_path), "--output", tmp_path / "out", *place)
    missing = run(*command, "--judge", "model")
    assert missing.code == 1
    assert "--judge model needs a language model" in missing.sentence
    away = run(*command, "--judge", "model", "--llm-url", "http://127.0.0.1:9/v1")
    assert away.code == 1
    assert "does not answer" in away.sentence
    other = run(*command, "--judge", "oracle")
    assert other.code == 2
    assert "embedded or model" in other.sentence


# Stored sessions


@pytest.fixture
def played(run: Run, place: tuple[object, ...]) -> str:
    """A finished round in the test's data folder."""
    said = run("chat", "--round", "systems", "--questions", 1, *place, stdin=f"{ANSWER}\n\n/end\n")
    assert said.code == 0, said.err
    name: str = whole_json(run("sessions", "list", "--json", *place))["sessions"][0]["id"]
    return name


def test_sessions_are_listed_shown_and_deleted(run: Run, place: tuple[object, ...], played: str) -> None:
    listed = whole_json(run("sessions", "list", "--json", *place))["sessions"]
    assert [(item["id"], item["finished"]) for item in listed] == [(played, True)]
    assert played in run("sessions", "list", *place).out
    shown = whole_json(run("sessions", "show", played, "--json", *place))
    assert shown["id"] == played
    assert ANSWER in [line["text"] for line in shown["lines"]]
    assert f"candidate: {ANSWER}" in run("sessions", "show", played, *place).out
    deleted = run("sessions", "delete", played, *place)
    assert (deleted.code, deleted.out, deleted.err) == (0, "", f"Deleted session {played}.\n")
    assert whole_json(run("sessions", "list", "--json", *place)) == {"sessions": []}
    assert played in run("sessions", "delete", played, *place).sentence


def test_everything_is_deleted_only_when_that_is_meant(
    run: Run, place: tuple[object, ...], played: str
) -> None:
    for nothing in (("sessions", "delete"), ("sessions", "delete", played, "--all")):
        refused = run(*nothing, *place)
        assert (refused.code, refused.sentence) == (2, "Name the session, or say --all.")
    assert run("sessions", "delete", "--all", *place, stdin="n\n").code == 1
    assert played in run("sessions", "list", *place).out
    deleted = run("sessions", "delete", "--all", "--yes", *place)
    assert (deleted.code, deleted.err) == (0, "Deleted everything: 1 session.\n")
    assert whole_json(run("sessions", "list", "--json", *place)) == {"sessions": []}


def test_a_long_list_says_how_to_see_the_rest(run: Run, place: tuple[object, ...], played: str) -> None:
    assert run("chat", "--round", "systems", *place, stdin="/end\n").code == 0
    first = run("sessions", "list", "--limit", 1, *place)
    assert played not in first.out
    mark = first.err.split("--before ")[1].strip()
    rest = run("sessions", "list", "--limit", 1, "--before", mark, *place)
    assert played in rest.out
    assert rest.err == ""
    assert "between 1 and 10,000" in run("sessions", "list", "--limit", 0, *place).sentence


def test_a_report_in_three_formats_at_once(
    run: Run, place: tuple[object, ...], played: str, tmp_path: Path
) -> None:
    target = tmp_path / "out [draft].md"
    done = run("report", played, "--format", "md,json,pdf", "-o", target, *place)
    assert (done.code, done.out) == (0, "")
    written = {suffix: target.with_suffix(suffix) for suffix in (".md", ".json", ".pdf")}
    assert done.err.splitlines() == [f"Wrote {path}" for path in written.values()]
    report = json.loads(written[".json"].read_text(encoding="utf-8"))
    assert (report["session_id"], report["turns"][0]["answer"]) == (played, ANSWER)
    assert "# Systems · IC3" in written[".md"].read_text(encoding="utf-8")
    text = " ".join(page.extract_text() for page in PdfReader(written[".pdf"]).pages)
    assert "Systems · IC3" in text
    assert "batch size and sequence length" in " ".join(text.split())


def test_a_report_goes_to_stdout_where_no_file_is_named(
    run: Run, place: tuple[object, ...], played: str
) -> None:
    assert whole_json(run("report", played, "--format", "json", *place))["session_id"] == played
    assert run("report", played, *place).out.startswith("# Systems · IC3")
    assert "-o" in run("report", played, "--format", "pdf", *place).sentence
    assert "md, json or pdf" in run("report", played, "--format", "docx", *place).sentence


def test_a_pdf_is_one_that_others_can_read(
    run: Run, place: tuple[object, ...], played: str, tmp_path: Path
) -> None:
    target = tmp_path / "report.pdf"
    assert run("report", played, "--format", "pdf", "-o", target, *place).code == 0
    reader = PdfReader(io.BytesIO(target.read_bytes()), strict=True)
    assert len(reader.pages) >= 2
    assert reader.metadata is not None
    assert reader.metadata.title == "Systems · IC3"


# In a process of its own


def test_stdout_of_a_real_process_holds_the_json_and_nothing_else() -> None:
    assert whole_json(run_apart("corpus", "check", TINY, "--json"))["faults"] == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_behind_stdout_is_one_sentence(place: tuple[object, ...]) -> None:
    command = [sys.executable, "-m", "interviewer.cli", "corpus", "check", str(TINY), "--json"]
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False
        )
    assert done.returncode == 1
    assert "mockround: The output cannot be written: No space left on device." in done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
