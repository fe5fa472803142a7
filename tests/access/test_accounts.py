"""The file of accounts: what is in it, what is not, and what changes."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from access_world import PASSWORDS, make_accounts

from interviewer.access.accounts import Accounts
from interviewer.errors import BadInput, SetupError, UnknownThing


def test_the_right_password_is_right_and_no_other(tmp_path: Path) -> None:
    accounts, _ = make_accounts(tmp_path)
    assert accounts.check("ann", PASSWORDS["ann"]) == "ann"
    assert accounts.check(" ANN ", PASSWORDS["ann"]) == "ann"
    for name, password in (("ann", PASSWORDS["bob"]), ("ann", ""), ("eve", PASSWORDS["ann"]), ("", "")):
        assert accounts.check(name, password) is None


def test_neither_passwords_nor_tokens_are_in_the_file(tmp_path: Path) -> None:
    accounts, tokens = make_accounts(tmp_path)
    text = accounts.path.read_text(encoding="utf-8")
    assert text.count("$argon2id$") == len(PASSWORDS)
    assert not any(secret in text for secret in (*PASSWORDS.values(), *tokens.values()))


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    accounts, _ = make_accounts(tmp_path)
    accounts.drop_tokens("ann")
    assert stat.S_IMODE(accounts.path.stat().st_mode) == 0o600


@pytest.mark.parametrize("name", ["", "Ann Lee", "../ann", "ann\nbob", "-ann", "a" * 65, "änn", "local"])
def test_names_that_cannot_be_used(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput):
        Accounts(tmp_path / "users.json").add(name, PASSWORDS["ann"])


@pytest.mark.parametrize("password", ["", "short", "a" * 14, "a" * 1_001])
def test_passwords_that_cannot_be_used(tmp_path: Path, password: str) -> None:
    with pytest.raises(BadInput, match="at least 15"):
        Accounts(tmp_path / "users.json").add("ann", password)


def test_a_name_is_given_once(tmp_path: Path) -> None:
    accounts, _ = make_accounts(tmp_path)
    with pytest.raises(BadInput, match="already"):
        accounts.add("Ann", PASSWORDS["bob"])


def test_a_server_sees_what_the_command_changes(tmp_path: Path) -> None:
    accounts, tokens = make_accounts(tmp_path)
    server = Accounts(accounts.path)
    assert server.of_token(tokens["ann"]) == "ann"
    accounts.set_password("bob", "another sentence altogether")
    assert server.check("bob", PASSWORDS["bob"]) is None
    assert accounts.drop_tokens("ann") == 1
    assert server.of_token(tokens["ann"]) is None
    accounts.remove("ann")
    assert set(server.users) == {"bob", "root"}
    with pytest.raises(UnknownThing):
        accounts.remove("ann")


@pytest.mark.parametrize("content", ["", "{}x", "[]", '{"users": {"ann": {}}}', '{"version": 2}', "\0\0"])
def test_a_file_that_is_none_is_said_to_be_none(tmp_path: Path, content: str) -> None:
    path = tmp_path / "users.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(SetupError, match="no file of accounts"):
        Accounts(path).expect_usable()


def test_a_server_does_not_start_without_an_account(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="users add"):
        Accounts(tmp_path / "users.json").expect_usable()


def test_without_the_file_nobody_is_known(tmp_path: Path) -> None:
    accounts, tokens = make_accounts(tmp_path)
    accounts.path.unlink()
    assert accounts.of_token(tokens["ann"]) is None
    assert accounts.check("ann", PASSWORDS["ann"]) is None
