"""`mockround users`: the accounts of `mockround serve --auth FILE`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from interviewer.access.accounts import MIN_PASSWORD_CHARS, Accounts
from interviewer.access.identity import is_name
from interviewer.access.sign_ins import SignIns
from interviewer.characters import shown_name
from interviewer.commands.options import Data, Db, Json, settings_from
from interviewer.commands.output import print_json
from interviewer.commands.running import url_of
from interviewer.errors import BadInput
from interviewer.owners import LOCAL_OWNER
from interviewer.store import EventStore

Auth = Annotated[
    Path | None,
    typer.Option("--auth", help="File of accounts; users.json in the data folder by default."),
]
FromStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from the first line of standard input.")
]


def users_add(
    name: Annotated[str, typer.Argument(help="Name to sign in with.")],
    admin: Annotated[
        bool, typer.Option("--admin", help="May change what all share, such as the language model.")
    ] = False,
    password_stdin: FromStdin = False,
    auth: Auth = None,
    data: Data = None,
) -> None:
    """Add an account; the file is made if there is none."""
    accounts = _accounts(auth, data)
    added = accounts.add(name, _password(password_stdin), admin)
    typer.echo(
        f"Added {added} to {accounts.path}; start with: mockround serve --auth {accounts.path}", err=True
    )


def users_list(json: Json = False, auth: Auth = None, data: Data = None) -> None:
    """List the accounts."""
    users = _accounts(auth, data).users
    if json:
        print_json(
            {
                "users": [
                    {
                        "name": name,
                        "admin": account.admin,
                        "added": account.added.isoformat(),
                        "tokens": [
                            {"label": token.label, "made": token.made.isoformat()} for token in account.tokens
                        ],
                    }
                    for name, account in users.items()
                ]
            }
        )
        return
    for name, account in users.items():
        tokens = (
            f", {len(account.tokens)} token{'s' if len(account.tokens) > 1 else ''}" if account.tokens else ""
        )
        typer.echo(f"{name}  added {account.added:%Y-%m-%d}{', admin' if account.admin else ''}{tokens}")


def users_password(
    name: str, password_stdin: FromStdin = False, auth: Auth = None, data: Data = None
) -> None:
    """Change a password; whoever is signed in with the old one is signed out."""
    accounts = _accounts(auth, data)
    accounts.account(name)
    accounts.set_password(name, _password(password_stdin))
    typer.echo(f"Changed the password of {name}.", err=True)


def users_sign_out(
    name: Annotated[str, typer.Argument(help="Name of an account, or of who signs in with a provider.")],
    data: Data = None,
    db: Db = None,
) -> None:
    """Sign somebody out of every browser, at once; tokens of their programs stay."""
    if not is_name(name):
        raise BadInput(f"{shown_name(name)} is no name that anybody signs in with.")
    store = _store(data, db)
    ended = SignIns(store).end_all(name)
    store.close()
    typer.echo(f"Ended {ended} sign-in{'' if ended == 1 else 's'} of {name}.", err=True)


def users_token(
    name: str,
    label: Annotated[str, typer.Option(help="What the token is for.")] = "",
    revoke: Annotated[
        bool, typer.Option("--revoke", help="Revoke all tokens of the account instead.")
    ] = False,
    auth: Auth = None,
    data: Data = None,
) -> None:
    """Make a token for a program and print it, once: it is sent as `Authorization: Bearer TOKEN`."""
    accounts = _accounts(auth, data)
    if revoke:
        gone = accounts.drop_tokens(name)
        typer.echo(f"Revoked {gone} token{'' if gone == 1 else 's'} of {name}.", err=True)
    else:
        typer.echo(accounts.add_token(name, label))


def users_remove(
    name: str,
    with_data: Annotated[
        bool, typer.Option("--with-data", help="Delete everything that is stored of them too, for good.")
    ] = False,
    auth: Auth = None,
    data: Data = None,
    db: Db = None,
) -> None:
    """Remove an account; it is signed out at once. What is stored of it stays unless --with-data."""
    accounts = _accounts(auth, data)
    accounts.account(name)
    gone = None
    if with_data:
        store = _store(data, db)
        gone = store.delete_all(name)
        SignIns(store).end_all(name)
        store.close()
    accounts.remove(name)
    told = "" if gone is None else f" and deleted {gone} session{'' if gone == 1 else 's'}"
    typer.echo(f"Removed {name}{told}.", err=True)


def users_adopt(name: str, auth: Auth = None, data: Data = None, db: Db = None) -> None:
    """Give an account what was stored before there were accounts: sessions, loops, date and ratings."""
    _accounts(auth, data).account(name)
    store = _store(data, db)
    moved = store.change_owner(LOCAL_OWNER, name)
    store.close()
    typer.echo(f"{name} has {moved} session{'' if moved == 1 else 's'} more.", err=True)


def _accounts(auth: Path | None, data: Path | None) -> Accounts:
    settings = settings_from(auth=auth, data=data)
    return Accounts(settings.auth or settings.data / "users.json")


def _store(data: Path | None, db: str | None) -> EventStore:
    return EventStore(url_of(settings_from(data=data, db=db)))


def _password(from_stdin: bool) -> str:
    """Asked for twice at a terminal. Raises BadInput where there is none to ask at."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise BadInput("There is no terminal to ask for the password at; give it with --password-stdin.")
    told: str = typer.prompt(
        f"Password (at least {MIN_PASSWORD_CHARS} characters)",
        hide_input=True,
        confirmation_prompt=True,
        err=True,
    )
    return told
