"""A server with accounts: three people with passwords and tokens, and who they are over HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
from round_world import World

from interviewer.access.accounts import Accounts
from interviewer.api import create_api
from interviewer.service import InterviewService

PASSWORDS = {
    "ann": "a quiet harbour at dawn",
    "bob": "three spoons of barley",
    "root": "nobody knows this sentence",
}
ADMIN = "root"
HTML = {"Accept": "text/html"}


@dataclass(frozen=True)
class Guarded:
    """The world, its accounts, everybody's token, and what was noted."""

    world: World
    accounts: Accounts
    tokens: dict[str, str]
    audit: Path


def make_accounts(folder: Path) -> tuple[Accounts, dict[str, str]]:
    """The file, and everybody's token."""
    content, tokens = _made()
    path = folder / "users.json"
    path.write_bytes(content)
    return Accounts(path), dict(tokens)


@cache
def _made() -> tuple[bytes, dict[str, str]]:
    """Made once: a hash is meant to take long."""
    with TemporaryDirectory() as folder:
        accounts = Accounts(Path(folder) / "users.json")
        for name, password in PASSWORDS.items():
            accounts.add(name, password, admin=name == ADMIN)
        tokens = {name: accounts.add_token(name, "tests") for name in PASSWORDS}
        return accounts.path.read_bytes(), tokens


def client(
    service: InterviewService, token: str | None = None, address: str = "127.0.0.1"
) -> httpx.AsyncClient:
    """The API in this process, as one who comes from `address`."""
    transport = httpx.ASGITransport(create_api(service), raise_app_exceptions=False, client=(address, 4711))
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:7860", headers=bearer(token))


def bearer(token: str | None) -> dict[str, str]:
    """How a program says who it is."""
    return {} if token is None else {"Authorization": f"Bearer {token}"}
