"""The command `mockround`: its commands by name, and the place where errors become exit codes.

Exit codes: 0 done, 2 bad usage or input, 1 it could not be done. Data goes to stdout, everything else to stderr.
`interviewer.cli` and `interviewer.commands` are the composition root: nothing else builds the parts.
"""

from __future__ import annotations

import io
import os
import sys
from importlib.metadata import version
from typing import Annotated

import typer

from corpus import PackError
from interviewer.commands import bank, code, database, loop, machine, preparation, rounds, sessions, users
from interviewer.commands.corpus import corpus_check, corpus_new
from interviewer.commands.qualify import qualify
from interviewer.commands.self_assess import self_assess
from interviewer.commands.serve import serve
from interviewer.commands.vllm import vllm
from interviewer.errors import BadInput, MockroundError
from interviewer.llm.errors import ModelError, ModelMisconfigured
from retrieval import RetrievalError

# Against what libraries would tell others of how they are used; they read it when they are imported or start.
UNTRACKED = {
    "DO_NOT_TRACK": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "GRADIO_ANALYTICS_ENABLED": "False",
    "FASTAPI_OTEL_AUTO_CONFIGURE": "false",
}

# Gradio's record of the page's events is for a page of its own that is closed (ui/gradio_door.py). With every event it
# would sum up the last 10,000.
UNCOUNTED = {"GRADIO_ANALYTICS_MAX_EVENTS": "1", "GRADIO_ANALYTICS_CACHE_FREQUENCY": str(sys.maxsize)}

app = typer.Typer(
    help="mockround: a self-hosted mock interviewer that shows the evidence for every score.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
corpus_app = typer.Typer(help="Work with packs: role guide, question bank, rubrics.", no_args_is_help=True)
sessions_app = typer.Typer(help="What is stored.", no_args_is_help=True)
code_app = typer.Typer(help="Coding problems.", no_args_is_help=True)
loop_app = typer.Typer(help="The whole loop, from the recruiter to the onsite.", no_args_is_help=True)
users_app = typer.Typer(help="Accounts of a server that several people use.", no_args_is_help=True)
app.add_typer(corpus_app, name="corpus")
app.add_typer(sessions_app, name="sessions")
app.add_typer(code_app, name="code")
app.add_typer(loop_app, name="loop")
app.add_typer(users_app, name="users")

app.command()(serve)
app.command()(rounds.chat)
app.command()(bank.index)
app.command()(bank.search)
app.command()(bank.assess)
app.command()(bank.followups)
app.command("simulate")(rounds.simulate_command)
app.command("report")(sessions.report_command)
app.command()(database.backup)
app.command()(database.restore)
app.command()(preparation.practice)
app.command()(preparation.progress)
app.command()(preparation.readiness)
app.command("self-assess")(self_assess)
app.command()(machine.doctor)
app.command()(qualify)
app.command()(vllm)
sessions_app.command("list")(sessions.sessions_list)
sessions_app.command("show")(sessions.sessions_show)
sessions_app.command("delete")(sessions.sessions_delete)
sessions_app.command("verify")(sessions.sessions_verify)
sessions_app.command("export")(sessions.sessions_export)
sessions_app.command("import")(sessions.sessions_import)
sessions_app.command("contest")(sessions.sessions_contest)
corpus_app.command("check")(corpus_check)
corpus_app.command("new")(corpus_new)
code_app.command("run")(code.code_run)
code_app.command("list")(code.code_list)
code_app.command("show")(code.code_show)
loop_app.command("begin")(loop.loop_begin)
loop_app.command("list")(loop.loop_list)
loop_app.command("show")(loop.loop_show)
loop_app.command("continue")(loop.loop_continue)
loop_app.command("debrief")(loop.loop_debrief)
loop_app.command("decide")(loop.loop_decide)
loop_app.command("delete")(loop.loop_delete)
users_app.command("add")(users.users_add)
users_app.command("list")(users.users_list)
users_app.command("password")(users.users_password)
users_app.command("sign-out")(users.users_sign_out)
users_app.command("token")(users.users_token)
users_app.command("remove")(users.users_remove)
users_app.command("adopt")(users.users_adopt)


def _say_version(asked: bool) -> None:
    if asked:
        typer.echo(f"mockround {version('mockround')}")
        raise typer.Exit


@app.callback()
def options(
    _version: Annotated[
        bool,
        typer.Option("--version", help="Say which version this is.", callback=_say_version, is_eager=True),
    ] = False,
) -> None:
    """What stands before a command."""


def main() -> None:
    """Entry point of the console script."""
    os.environ.update(UNTRACKED | UNCOUNTED)
    # What oneDNN made for an activation over a text's length in tokens (29 KB) it would keep for 1,024 lengths. Making it
    # anew takes .4 ms.
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "64")
    if isinstance(sys.stdout, io.TextIOWrapper):
        # What a terminal of another encoding cannot show is written as its number.
        sys.stdout.reconfigure(errors="backslashreplace")
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
