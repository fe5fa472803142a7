"""The file of accounts: names, hashes of passwords (Argon2id) and of tokens, never these themselves."""

from __future__ import annotations

import hashlib
import re
import secrets
import threading
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from interviewer.errors import BadInput, SetupError, UnknownThing
from interviewer.files import read_file, replace_file
from interviewer.owners import LOCAL_OWNER

# NIST SP 800-63B-4, section 3.1.1.2: at least 15 characters where a password is all that is asked, at least 64 accepted,
# and no rule on what it is made of.
MIN_PASSWORD_CHARS = 15
MAX_PASSWORD_CHARS = 1_000
TOKEN_PREFIX = "mr_"
# Far above what thousands of people need.
MAX_FILE_BYTES = 50_000_000

_NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,63}")
# Argon2id with the parameters of RFC 9106, section 4, second choice: 64 MiB, 3 passes, 4 lanes (argon2-cffi's default).
_HASHER = PasswordHasher()
# Hashes take memory: not more of them at once than this, however many try to sign in.
_AT_ONCE = threading.BoundedSemaphore(2)


class _Stored(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Token(_Stored):
    """A program's way in. What is stored is the SHA-256 of 32 random bytes, which nobody can guess back."""

    sha256: str
    label: str
    made: datetime


class Account(_Stored):
    """One person."""

    password: str
    admin: bool = False
    added: datetime
    tokens: tuple[Token, ...] = ()

    @property
    def stamp(self) -> str:
        """Changes with the password, so that what was signed before is worth nothing after."""
        return hashlib.sha256(self.password.encode()).hexdigest()[:16]


class _File(_Stored):
    version: int = Field(1, ge=1, le=1)
    # Signs the cookies; replicas that share the file know each other's.
    secret: str = Field(default_factory=lambda: secrets.token_urlsafe(32), min_length=32)
    users: dict[str, Account] = Field(default_factory=dict)


class Accounts:
    """The accounts of a file, read again when it changes. Methods that change something write it at once."""

    def __init__(self, path: Path) -> None:
        """Nothing is read yet."""
        self.path = path
        self._seen: tuple[int, int, int] | None = None
        self._file = _File()
        self._by_token: dict[str, str] = {}

    @property
    def secret(self) -> str:
        """What cookies are signed with."""
        return self._now().secret

    @property
    def users(self) -> dict[str, Account]:
        """Name -> account. Raises SetupError for a file that cannot be read."""
        return self._now().users

    def stamp_of(self, name: str) -> str | None:
        """The stamp of an account; None if there is none of that name."""
        account = self.users.get(name)
        return None if account is None else account.stamp

    def expect_usable(self) -> None:
        """Raises SetupError unless the file holds an account."""
        if not self.path.exists() or not self.users:
            raise SetupError(
                f"{self.path} holds no account; add one with 'mockround users add NAME --auth {self.path}'."
            )

    def check(self, name: str, password: str) -> str | None:
        """The account's name if the password is right. Takes as long for a name that does not exist."""
        name = name.strip().lower()
        account = self.users.get(name)
        stored = _nobodys() if account is None else account.password
        try:
            with _AT_ONCE:
                right = _HASHER.verify(stored, password[:MAX_PASSWORD_CHARS])
        except (Argon2Error, InvalidHashError):
            return None
        return name if right and account is not None else None

    def of_token(self, token: str) -> str | None:
        """Whose token this is."""
        self._now()
        return self._by_token.get(_sha256(token)) if token.startswith(TOKEN_PREFIX) else None

    def add(self, name: str, password: str, admin: bool = False) -> str:
        """Add an account and say under which name. Raises BadInput for a name or password that cannot be used."""
        name = name.strip().lower()
        if _NAME.fullmatch(name) is None:
            raise BadInput(
                "A name has 1 to 64 letters a-z, digits and . _ @ + -, and begins with a letter or digit."
            )
        if name == LOCAL_OWNER:
            raise BadInput(
                f"The name {LOCAL_OWNER!r} stands for who uses mockround without accounts; take another one."
            )
        if name in self.users:
            raise BadInput(
                f"There is an account {name!r} already; 'mockround users password {name}' changes its password."
            )
        account = Account(password=_hash(password), admin=admin, added=datetime.now(UTC))
        self._write({**self.users, name: account})
        return name

    def set_password(self, name: str, password: str) -> None:
        """Change a password; whoever is signed in with the old one is signed out."""
        account = self.account(name)
        self._write({**self.users, name: account.model_copy(update={"password": _hash(password)})})

    def remove(self, name: str) -> None:
        """Remove an account; what is stored of it stays in the database."""
        self.account(name)
        self._write({other: account for other, account in self.users.items() if other != name})

    def add_token(self, name: str, label: str) -> str:
        """A new token, told once."""
        account = self.account(name)
        token = TOKEN_PREFIX + secrets.token_urlsafe(32)
        made = Token(sha256=_sha256(token), label=label, made=datetime.now(UTC))
        kept = account.model_copy(update={"tokens": (*account.tokens, made)})
        self._write({**self.users, name: kept})
        return token

    def drop_tokens(self, name: str) -> int:
        """Revoke all tokens of an account, and say how many there were."""
        account = self.account(name)
        self._write({**self.users, name: account.model_copy(update={"tokens": ()})})
        return len(account.tokens)

    def account(self, name: str) -> Account:
        """The account of that name. Raises UnknownThing."""
        account = self.users.get(name)
        if account is None:
            there = ", ".join(self.users) or "none yet"
            raise UnknownThing(f"There is no account {name!r}; there is {there}.")
        return account

    def _now(self) -> _File:
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return self._file if self._seen is None else self._take(None, _File())
        except OSError as error:
            raise SetupError(f"{self.path} cannot be read: {error.strerror or error}.") from error
        seen = (found.st_mtime_ns, found.st_size, found.st_ino)
        if seen == self._seen:
            return self._file
        try:
            file = _File.model_validate_json(read_file(self.path, MAX_FILE_BYTES))
        except (BadInput, ValidationError) as error:
            raise SetupError(
                f"{self.path} is no file of accounts; 'mockround users add' makes one."
            ) from error
        return self._take(seen, file)

    def _take(self, seen: tuple[int, int, int] | None, file: _File) -> _File:
        self._seen, self._file = seen, file
        self._by_token = {
            token.sha256: name for name, account in file.users.items() for token in account.tokens
        }
        return file

    def _write(self, users: dict[str, Account]) -> None:
        file = self._now().model_copy(update={"users": users})
        try:
            # mkstemp makes it readable by its owner alone, and so it stays.
            replace_file(self.path, file.model_dump_json(indent=1).encode() + b"\n")
        except OSError as error:
            raise SetupError(f"{self.path} cannot be written: {error.strerror or error}.") from error


def _hash(password: str) -> str:
    if not MIN_PASSWORD_CHARS <= len(password) <= MAX_PASSWORD_CHARS:
        raise BadInput(
            f"A password has at least {MIN_PASSWORD_CHARS} characters and at most {MAX_PASSWORD_CHARS:,}; "
            "a sentence is easier to remember than a jumble."
        )
    return _HASHER.hash(password)


@cache
def _nobodys() -> str:
    """What a password is compared with where there is no account: right for none, at the same cost."""
    return _HASHER.hash(secrets.token_urlsafe(32))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()
