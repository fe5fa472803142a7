"""`mockround users`: accounts from the first to the last, and what each command leaves in the file and the database."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli_runner import Run, whole_json
from round_world import START, setup_of

from interviewer.access.accounts import Accounts
from interviewer.access.sign_ins import SignIns
from interviewer.build import Parts
from interviewer.events import Started
from interviewer.store import EventStore, NewEvent, default_url

PASSWORD = "a quiet harbour at dawn"
OTHER = "three spoons of barley"


@pytest.fixture
def command_parts(parts: Parts) -> Parts:
    """Nothing here is about embeddings."""
    return parts


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


@pytest.fixture
def accounts(run: Run, data: Path) -> Accounts:
    """A file with Ann, made by the command."""
    done = run("users", "add", "Ann", "--password-stdin", stdin=f"{PASSWORD}\n")
    assert (done.code, done.out) == (0, "")
    assert done.err.startswith(f"Added ann to {data / 'users.json'}; start with: mockround serve --auth ")
    return Accounts(data / "users.json")


def store_rounds(data: Path, owner: str, count: int) -> None:
    store = EventStore(default_url(data))
    for place in range(count):
        store.create(f"{owner}-{place}", owner, "Round", NewEvent("start", Started(setup_of()), START))
    store.close()


def rounds_of(data: Path, owner: str) -> int:
    store = EventStore(default_url(data))
    found = len(store.list(owner))
    store.close()
    return found


def test_an_account_that_was_added_signs_in(run: Run, accounts: Accounts) -> None:
    assert accounts.check("ann", PASSWORD) == "ann"
    assert not accounts.users["ann"].admin
    assert run("users", "add", "lee", "--admin", "--password-stdin", stdin=OTHER).code == 0
    assert accounts.users["lee"].admin
    again = run("users", "add", "ann", "--password-stdin", stdin=OTHER)
    assert (again.code, "There is an account 'ann' already" in again.sentence) == (2, True)
    assert accounts.check("ann", PASSWORD) == "ann"


@pytest.mark.parametrize(
    ("name", "password", "says"),
    [
        ("bob", "too short", "at least 15 characters"),
        ("bob", "", "at least 15 characters"),
        ("b/b", OTHER, "A name has 1 to 64 letters"),
        ("local", OTHER, "stands for who uses mockround without accounts"),
    ],
)
def test_what_cannot_be_used_adds_nothing(
    run: Run, accounts: Accounts, name: str, password: str, says: str
) -> None:
    refused = run("users", "add", name, "--password-stdin", stdin=password)
    assert (refused.code, says in refused.sentence) == (2, True)
    assert list(accounts.users) == ["ann"]


def test_without_a_terminal_the_password_is_asked_for_otherwise(run: Run, data: Path) -> None:
    refused = run("users", "add", "ann")
    assert (refused.code, "--password-stdin" in refused.sentence) == (2, True)
    assert not (data / "users.json").exists()


def test_the_file_can_be_elsewhere(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "elsewhere.json"
    assert run("users", "add", "ann", "--password-stdin", "--auth", file, stdin=PASSWORD).code == 0
    assert [user["name"] for user in whole_json(run("users", "list", "--json", "--auth", file))["users"]] == [
        "ann"
    ]
    assert whole_json(run("users", "list", "--json")) == {"users": []}


def test_accounts_are_listed_without_their_secrets(run: Run, accounts: Accounts) -> None:
    run("users", "add", "lee", "--admin", "--password-stdin", stdin=OTHER)
    token = run("users", "token", "ann", "--label", "nightly").out.strip()
    listed = run("users", "list", "--json")
    shown = {user.pop("name"): user for user in whole_json(listed)["users"]}
    assert (shown["ann"]["admin"], shown["lee"]["admin"]) == (False, True)
    assert [made["label"] for made in shown["ann"]["tokens"]] == ["nightly"]
    plain = run("users", "list").out
    assert [line.split("  ")[0] for line in plain.splitlines()] == ["ann", "lee"]
    assert ("1 token" in plain.splitlines()[0], "admin" in plain.splitlines()[1]) == (True, True)
    for secret in (
        token,
        PASSWORD,
        "argon2",
        *json.loads(accounts.path.read_text("utf-8"))["secret"].split(),
    ):
        assert secret not in listed.out + plain


def test_a_new_password_replaces_the_old_one(run: Run, accounts: Accounts) -> None:
    done = run("users", "password", "ann", "--password-stdin", stdin=OTHER)
    assert (done.code, done.err) == (0, "Changed the password of ann.\n")
    assert (accounts.check("ann", PASSWORD), accounts.check("ann", OTHER)) == (None, "ann")
    assert "at least 15" in run("users", "password", "ann", "--password-stdin", stdin="short").sentence
    assert accounts.check("ann", OTHER) == "ann"


def test_a_token_is_told_once_and_revoked(run: Run, accounts: Accounts) -> None:
    made = [run("users", "token", "ann") for _ in range(2)]
    tokens = [done.out.strip() for done in made]
    assert all(done.code == 0 and done.out.count("\n") == 1 for done in made)
    assert [accounts.of_token(token) for token in tokens] == ["ann", "ann"]
    assert run("users", "token", "ann", "--revoke").err == "Revoked 2 tokens of ann.\n"
    assert [accounts.of_token(token) for token in tokens] == [None, None]
    assert run("users", "token", "ann", "--revoke").err == "Revoked 0 tokens of ann.\n"


def test_signing_somebody_out_ends_their_sign_ins_alone(run: Run, data: Path) -> None:
    store = EventStore(default_url(data))
    kept = SignIns(store)
    anns, bobs = [kept.begin("ann", 3600) for _ in range(2)], kept.begin("bob", 3600)
    assert run("users", "sign-out", "ann").err == "Ended 2 sign-ins of ann.\n"
    assert not any(kept.is_open("ann", one) for one in anns)
    assert kept.is_open("bob", bobs)
    # With a provider there is no account of that name.
    assert run("users", "sign-out", "nobody").err == "Ended 0 sign-ins of nobody.\n"
    store.close()


def test_who_is_removed_leaves_what_is_stored(run: Run, accounts: Accounts, data: Path) -> None:
    store_rounds(data, "ann", 2)
    assert run("users", "remove", "ann").err == "Removed ann.\n"
    assert (accounts.check("ann", PASSWORD), rounds_of(data, "ann")) == (None, 2)


def test_who_is_removed_with_their_data_leaves_nothing(run: Run, accounts: Accounts, data: Path) -> None:
    store_rounds(data, "ann", 2)
    store_rounds(data, "bob", 1)
    assert run("users", "remove", "ann", "--with-data").err == "Removed ann and deleted 2 sessions.\n"
    assert ("ann" in accounts.users, rounds_of(data, "ann"), rounds_of(data, "bob")) == (False, 0, 1)


def test_an_account_adopts_what_was_there_before(run: Run, accounts: Accounts, data: Path) -> None:
    store_rounds(data, "local", 2)
    store_rounds(data, "bob", 1)
    assert run("users", "adopt", "ann").err == "ann has 2 sessions more.\n"
    assert [rounds_of(data, owner) for owner in ("local", "ann", "bob")] == [0, 2, 1]
    assert run("users", "adopt", "ann").err == "ann has 0 sessions more.\n"


@pytest.mark.parametrize(
    "command", [("password", "--password-stdin"), ("token",), ("token", "--revoke"), ("remove",), ("adopt",)]
)
def test_a_name_that_is_not_there_is_a_sentence(
    run: Run, accounts: Accounts, command: tuple[str, ...]
) -> None:
    before = accounts.path.read_bytes()
    refused = run("users", command[0], "eve", *command[1:], stdin=OTHER)
    assert refused.sentence == "There is no account 'eve'; there is ann."
    assert accounts.path.read_bytes() == before


def test_a_file_that_is_none_is_a_sentence(run: Run, data: Path) -> None:
    (data / "users.json").write_text('{"version": 2}')
    for command in (("list",), ("token", "ann"), ("remove", "ann")):
        assert "is no file of accounts" in run("users", *command).sentence
