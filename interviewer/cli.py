"""The command `mockround`: the composition root. Only this module builds everything and turns errors into exit codes.

Exit codes: 0 done, 2 bad usage or input, 1 it could not be done. Data goes to stdout, everything else to stderr.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from corpus import PackError
from interviewer.build import Parts, build_parts, build_service
from interviewer.config import Settings
from interviewer.errors import BadInput, MockroundError, NotYet, SetupError
from interviewer.export import render_report
from interviewer.llm.errors import ModelError, ModelMisconfigured
from interviewer.packs import BUILT_IN_PACK, check_role_pack
from interviewer.service import InterviewService, StartRequest, utc_now
from interviewer.simulate import SimulatedClock, simulate
from retrieval import RetrievalError

T = TypeVar("T")

app = typer.Typer(
    help="mockround: a self-hosted mock interviewer that shows the evidence for every score.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
corpus_app = typer.Typer(help="Work with packs: role guide, question bank, rubrics.", no_args_is_help=True)
sessions_app = typer.Typer(help="What is stored.", no_args_is_help=True)
code_app = typer.Typer(help="Coding problems.", no_args_is_help=True)
users_app = typer.Typer(help="Accounts.", no_args_is_help=True)
app.add_typer(corpus_app, name="corpus")
app.add_typer(sessions_app, name="sessions")
app.add_typer(code_app, name="code")
app.add_typer(users_app, name="users")

console = Console(stderr=True)

Data = Annotated[Path | None, typer.Option("--data", help="Folder of index, database and exports.")]
PackDir = Annotated[
    Path | None, typer.Option("--pack", help="Folder of a pack; the built-in one by default.")
]
Db = Annotated[str | None, typer.Option("--db", help="Database URL; SQLite in the data folder by default.")]
Llm = Annotated[str | None, typer.Option("--llm", help="Language model: auto, server, local or none.")]
LlmUrl = Annotated[str | None, typer.Option("--llm-url", help="An OpenAI-compatible server, such as vLLM.")]
LlmModel = Annotated[str | None, typer.Option("--llm-model", help="Model name, folder, hub id or GGUF file.")]
LlmKey = Annotated[
    str | None, typer.Option("--llm-key", help="Bearer token of the server; never stored or shown.")
]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]


def settings_from(**options: Any) -> Settings:
    """Environment and defaults, overridden by the options that were given."""
    given = {name: value for name, value in options.items() if value is not None}
    if given.get("llm_url") and "llm" not in given:
        given["llm"] = "server"
    if given.get("llm") not in (None, "auto", "server", "local", "none"):
        raise BadInput("--llm is one of auto, server, local or none.")
    try:
        return Settings(**given)
    except ValidationError as error:
        # The values are left out of the sentence: one of them is a key.
        first = error.errors(include_input=False)[0]
        variable = "_".join(("MOCKROUND", *(str(part) for part in first["loc"]))).upper()
        raise BadInput(f"{variable} cannot be used: {first['msg']}.") from None


@contextmanager
def progress_bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """A callback that moves a progress bar on stderr; the bar appears with the first thing to do."""
    bar = Progress(
        TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console
    )

    def move(done: int, total: int) -> None:
        if not bar.task_ids:
            bar.add_task(what)
            bar.start()
        bar.update(bar.task_ids[0], completed=done, total=total)

    try:
        yield move
    finally:
        if bar.task_ids:
            bar.stop()


def parts_of(settings: Settings, *, model: bool = True, rebuild: bool = False) -> Parts:
    """Everything but the store, with a progress bar while the index is built."""
    with progress_bar("Embedding passages") as move:
        return build_parts(settings, progress=move, with_model=model, rebuild=rebuild)


def run_with_service(
    settings: Settings,
    work: Callable[[InterviewService], Coroutine[Any, Any, T]],
    *,
    store_url: str | None = None,
    clock: Callable[[], datetime] = utc_now,
    model: bool = True,
) -> T:
    """Build the service, do the work in one event loop, and close everything."""
    parts = parts_of(settings, model=model)

    async def go() -> T:
        service = build_service(settings, parts, store_url=store_url, clock=clock)
        try:
            return await work(service)
        finally:
            await service.aclose()

    return asyncio.run(go())


def print_json(data: object) -> None:
    """One JSON document on stdout."""
    plain = asdict(data) if is_dataclass(data) and not isinstance(data, type) else data
    typer.echo(json.dumps(plain, ensure_ascii=False, indent=2))


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]], whole: str) -> None:
    """A table on stdout. The column `whole` is for copying: it is never cut or broken, however narrow the terminal."""
    table = Table()
    widest = max((len(row[columns.index(whole)]) for row in rows), default=0)
    for name in columns:
        table.add_column(name, no_wrap=name == whole, min_width=widest if name == whole else None)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console().print(table)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 7860,
    allow_remote: Annotated[
        bool,
        typer.Option(
            "--allow-remote",
            help="Listen on other addresses although there are no accounts yet. "
            "MOCKROUND_ALLOWED_HOSTS says under which names; any by default.",
        ),
    ] = False,
    auth: Annotated[Path | None, typer.Option(help="File of accounts (a later release).")] = None,
    db: Db = None,
    data: Data = None,
    pack: PackDir = None,
    llm: Llm = None,
    llm_url: LlmUrl = None,
    llm_model: LlmModel = None,
    llm_key: LlmKey = None,
) -> None:
    """Start the web page, the HTTP API and the metrics."""
    from interviewer.http_guard import ANY_HOST
    from interviewer.server import check_address, run_server

    if auth is not None:
        raise NotYet(
            "Accounts arrive with a later release; without --auth the page is open on this machine only."
        )
    check_address(host, port, allow_remote)
    settings = settings_from(
        db=db, data=data, pack=pack, llm=llm, llm_url=llm_url, llm_model=llm_model, llm_key=llm_key
    )
    if allow_remote and not settings.allowed_hosts:
        settings = settings.model_copy(update={"allowed_hosts": (ANY_HOST,)})
    parts = parts_of(settings)
    service = build_service(settings, parts)
    from ui.app import mount_page

    shown = f"[{host}]" if ":" in host else host
    typer.echo(f"mockround is at http://{shown}:{port}   ({parts.model_status.sentence})", err=True)
    run_server(service, host, port, mount_page)


@app.command()
def chat(
    round_id: Annotated[str, typer.Option("--round", help="Which round.")] = "ml-systems",
    level: Annotated[str, typer.Option(help="IC1 to IC5.")] = "IC3",
    questions: Annotated[int | None, typer.Option(help="How many questions.")] = None,
    minutes: Annotated[int | None, typer.Option(help="How long.")] = None,
    session: Annotated[str | None, typer.Option(help="Continue this session.")] = None,
    data: Data = None,
    pack: PackDir = None,
    db: Db = None,
    llm: Llm = None,
    llm_url: LlmUrl = None,
    llm_model: LlmModel = None,
    llm_key: LlmKey = None,
) -> None:
    """One round in the terminal."""
    from interviewer.terminal import chat_in_terminal

    settings = settings_from(
        db=db, data=data, pack=pack, llm=llm, llm_url=llm_url, llm_model=llm_model, llm_key=llm_key
    )
    request = StartRequest(round_id, level, minutes, questions)
    run_with_service(settings, lambda service: chat_in_terminal(service, request, session))


@app.command()
def index(
    pack: PackDir = None,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Embed everything again.")] = False,
    data: Data = None,
) -> None:
    """Build or refresh the search index; only changed passages are embedded again."""
    parts = parts_of(settings_from(pack=pack, data=data, llm="none"), model=False, rebuild=rebuild)
    console.print(f"The index holds {len(parts.passages)} passages.")


@app.command()
def search(
    query: str,
    k: Annotated[int, typer.Option("-k", help="How many results.")] = 10,
    kind: Annotated[str, typer.Option(help="question, guide, note, rubric; several with commas.")] = "",
    as_json: Json = False,
    data: Data = None,
    pack: PackDir = None,
) -> None:
    """Search guide, notes, questions and rubrics."""
    settings = settings_from(data=data, pack=pack, llm="none")
    found = run_with_service(
        settings, lambda s: s.library.search(query, k, kind.split(",")), store_url="sqlite://", model=False
    )
    if as_json:
        print_json(found)
        return
    rows = [(str(hit.rank), hit.kind, hit.id, hit.title, f"{hit.score:.3f}") for hit in found.hits]
    print_table(("#", "kind", "item", "title", "score"), rows, whole="item")


@app.command()
def assess(
    input_file: Annotated[Path, typer.Option("--input", help="JSON lines: one answer each.")],
    output_file: Annotated[Path, typer.Option("--output", help="JSON lines: one assessment each.")],
    data: Data = None,
    pack: PackDir = None,
    llm: Llm = None,
    llm_url: LlmUrl = None,
    llm_model: LlmModel = None,
    llm_key: LlmKey = None,
) -> None:
    """Score answers in bulk; rows that the output has already are skipped."""
    from interviewer.judge.bulk import assess_file

    settings = settings_from(
        data=data, pack=pack, llm=llm, llm_url=llm_url, llm_model=llm_model, llm_key=llm_key
    )

    if output_file.exists() and not output_file.is_file():
        raise BadInput(
            f"{output_file} is not a file that rows can be added to; choose another with --output."
        )

    async def work(service: InterviewService) -> None:
        with progress_bar("Assessing") as move:
            await assess_file(
                input_file, output_file, service.interviewer.judge, service.library.lookup, move
            )

    run_with_service(settings, work, store_url="sqlite://")


@app.command()
def followups(
    question: Annotated[str, typer.Option(help="A bank id, or the question's text.")],
    answer_file: Annotated[Path, typer.Option(help="File with the answer.")],
    n: Annotated[int, typer.Option("-n", help="How many.")] = 3,
    level: Annotated[str, typer.Option(help="IC1 to IC5.")] = "IC3",
    as_json: Json = False,
    data: Data = None,
    pack: PackDir = None,
    llm: Llm = None,
    llm_url: LlmUrl = None,
    llm_model: LlmModel = None,
    llm_key: LlmKey = None,
) -> None:
    """Fresh follow-up questions to an answer, grounded in the pack."""
    answer = read_text_file(answer_file)
    settings = settings_from(
        data=data, pack=pack, llm=llm, llm_url=llm_url, llm_model=llm_model, llm_key=llm_key
    )
    found = run_with_service(
        settings, lambda s: s.library.follow_ups(question, answer, n, level), store_url="sqlite://"
    )
    if as_json:
        print_json(found)
        return
    for number, item in enumerate(found.followups, 1):
        typer.echo(f"{number}. {item.text}  [{item.origin}; {', '.join(item.targets) or 'open'}]")
    for rejected in found.rejected:
        typer.echo(f"rejected: {rejected.text}  ({rejected.reason})", err=True)


@app.command("simulate")
def simulate_command(
    persona: Annotated[
        str, typer.Option(help="strong partial weak gibberish dont-know verbose repeater injector")
    ],
    round_id: Annotated[str, typer.Option("--round", help="Which round.")],
    level: Annotated[str, typer.Option(help="IC1 to IC5.")] = "IC3",
    questions: Annotated[int | None, typer.Option(help="How many questions.")] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same round.")] = 0,
    as_json: Json = False,
    data: Data = None,
    pack: PackDir = None,
    llm: Llm = None,
    llm_url: LlmUrl = None,
    llm_model: LlmModel = None,
    llm_key: LlmKey = None,
) -> None:
    """A scripted candidate plays a whole round; nothing is stored."""
    settings = settings_from(
        data=data, pack=pack, llm=llm, llm_url=llm_url, llm_model=llm_model, llm_key=llm_key
    )
    clock = SimulatedClock()
    request = StartRequest(round_id, level, None, questions, seed=seed)

    async def work(service: InterviewService) -> dict[str, Any]:
        report, view = await simulate(service, clock, persona, request)
        return {**asdict(report), "transcript": [asdict(line) for line in view.lines]}

    report = run_with_service(settings, work, store_url="sqlite://", clock=clock)
    if as_json:
        print_json(report)
    else:
        shown = "unscored" if report["score"] is None else f"{report['band_name']} (band {report['band']})"
        typer.echo(f"{persona}: {shown}, {len(report['questions'])} questions, {len(report['turns'])} turns")


@app.command("report")
def report_command(
    session: str,
    format_name: Annotated[
        str, typer.Option("--format", help="md, json or pdf; several with commas.")
    ] = "md",
    output: Annotated[
        Path | None, typer.Option("-o", help="File; for several formats the suffix is replaced.")
    ] = None,
    data: Data = None,
    pack: PackDir = None,
    db: Db = None,
) -> None:
    """Export a report."""
    formats = [name.strip() for name in format_name.split(",") if name.strip()]
    if not formats or any(name not in ("md", "json", "pdf") for name in formats):
        raise BadInput("--format is md, json or pdf.")
    if output is None and (len(formats) > 1 or formats == ["pdf"]):
        raise BadInput("Name a file with -o for PDF or for several formats.")
    settings = settings_from(data=data, pack=pack, db=db, llm="none")
    report = run_with_service(settings, lambda service: service.report(session), model=False)
    for name in formats:
        content, _ = render_report(report, name)
        if output is None:
            typer.echo(content.decode())
            continue
        path = output if len(formats) == 1 else output.with_suffix(f".{name}")
        try:
            path.write_bytes(content)
        except OSError as error:
            raise SetupError(f"{path} cannot be written: {error.strerror or error}.") from error
        typer.echo(f"Wrote {path}", err=True)


@sessions_app.command("list")
def sessions_list(as_json: Json = False, data: Data = None, pack: PackDir = None, db: Db = None) -> None:
    """Stored sessions, latest first."""
    settings = settings_from(data=data, pack=pack, db=db, llm="none")
    found = run_with_service(settings, lambda service: service.sessions(), model=False)
    if as_json:
        print_json({"sessions": [asdict(item) for item in found]})
        return
    rows = [
        (item.id, item.title, item.updated_at[:16], "finished" if item.finished else "open") for item in found
    ]
    print_table(("id", "title", "last used", "state"), rows, whole="id")


@sessions_app.command("show")
def sessions_show(
    session: str, as_json: Json = False, data: Data = None, pack: PackDir = None, db: Db = None
) -> None:
    """A session's transcript."""
    settings = settings_from(data=data, pack=pack, db=db, llm="none")
    view = run_with_service(settings, lambda service: service.view(session), model=False)
    if as_json:
        print_json(view)
        return
    for line in view.lines:
        typer.echo(f"{line.speaker}: {line.text}\n")


@sessions_app.command("delete")
def sessions_delete(session: str, data: Data = None, pack: PackDir = None, db: Db = None) -> None:
    """Delete a session for good."""
    settings = settings_from(data=data, pack=pack, db=db, llm="none")
    run_with_service(settings, lambda service: service.delete(session), model=False)
    typer.echo(f"Deleted session {session}.", err=True)


@corpus_app.command("check")
def corpus_check(
    directory: Annotated[Path, typer.Argument(help="Folder of the pack.")] = BUILT_IN_PACK,
    as_json: Json = False,
) -> None:
    """Report every fault of a pack with file and line."""
    role, faults = check_role_pack(directory)
    if as_json:
        print_json({"faults": [{"file": str(f.path), "line": f.line, "message": f.message} for f in faults]})
    else:
        for fault in faults:
            typer.echo(str(fault))
    if role is not None:
        pack = role.pack
        typer.echo(
            f"{pack.info.id}: {len(pack.questions)} questions, {len(role.rubrics)} rubrics, "
            f"{len(pack.notes)} notes, {len(pack.guide)} guide files, {len(faults)} faults",
            err=True,
        )
    raise typer.Exit(2 if faults else 0)


@corpus_app.command("new")
def corpus_new(directory: Path) -> None:
    """Scaffold a pack (a later release)."""
    raise NotYet(
        f"Scaffolding {directory} arrives with a later release; docs/packs.md shows the files to write."
    )


@app.command()
def doctor(
    as_json: Json = False,
    data: Data = None,
    pack: PackDir = None,
    db: Db = None,
    llm: Llm = None,
    llm_url: LlmUrl = None,
    llm_model: LlmModel = None,
    llm_key: LlmKey = None,
) -> None:
    """What is installed, reachable and indexed, and what to do about what is not."""
    from interviewer.doctor import examine

    settings = settings_from(
        db=db, data=data, pack=pack, llm=llm, llm_url=llm_url, llm_model=llm_model, llm_key=llm_key
    )
    findings = examine(settings)
    if as_json:
        print_json({"findings": [asdict(item) for item in findings]})
    else:
        for item in findings:
            typer.echo(
                f"{'ok  ' if item.ok else 'FAIL' if item.needed else 'note'} {item.what}: {item.found}"
            )
            if item.advice:
                typer.echo(f"     {item.advice}")
    raise typer.Exit(0 if all(item.ok or not item.needed for item in findings) else 1)


@app.command()
def qualify(data: Data = None) -> None:
    """Measure the configured model on a labelled probe set (a later release)."""
    raise NotYet(
        "Qualification arrives with a later release; until then a model proposes follow-ups and never scores."
    )


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def vllm(model: str) -> None:
    """Start a vLLM server (a later release)."""
    raise NotYet(
        f"The launcher arrives with a later release; start it with: vllm serve {model}, then set --llm-url."
    )


@code_app.command("run")
def code_run(problem: str, file: Path, as_json: Json = False) -> None:
    """Run a solution on a coding problem's tests (a later release)."""
    raise NotYet(
        "Running code arrives with a later release; coding questions are answered in writing until then."
    )


@users_app.command("add")
def users_add(name: str) -> None:
    """Add an account (a later release)."""
    raise NotYet("Accounts arrive with a later release; until then mockround is for one user on one machine.")


@code_app.callback()
def _code() -> None:
    """Coding problems."""


@users_app.callback()
def _users() -> None:
    """Accounts."""


def read_text_file(path: Path) -> str:
    """A text file's content. Raises BadInput."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not UTF-8 text.") from error


def main() -> None:
    """Entry point of the console script."""
    try:
        app()
    except (BadInput, PackError, ModelMisconfigured) as error:
        _fail(error, 2)
    except (MockroundError, ModelError, RetrievalError) as error:
        _fail(error, 1)
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        # Only what stdout does not take has no file name: a full disk, or a reader that has gone.
        what = (
            "The output cannot be written" if error.filename is None else f"{error.filename} cannot be used"
        )
        print(f"mockround: {what}: {error.strerror or error}.", file=sys.stderr)
        _drop_stdout()
        sys.exit(1)


def _drop_stdout() -> None:
    """Keep the interpreter from trying once more, at its end, to write what stdout did not take."""
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - it lives as long as the process


def _fail(error: Exception, code: int) -> None:
    text = str(error)
    if isinstance(error, PackError):
        text = f"The pack cannot be used: {text}. Run 'mockround corpus check' for all faults."
    print(f"mockround: {text}", file=sys.stderr)
    sys.exit(code)


if __name__ == "__main__":
    main()
