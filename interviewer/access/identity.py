"""Who asks, as the gate found out; every request carries it."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from interviewer.errors import NotSignedIn
from interviewer.owners import LOCAL_OWNER

_KEY = "mockround.identity"
# Where a browser signs in and out.
SIGN_IN = "/login"
SIGN_OUT = "/logout"
# Where it goes to an OpenID Connect provider, and comes back.
SIGN_IN_START = "/login/start"
SIGN_IN_BACK = "/login/callback"
# As many characters as the database holds of an owner.
MAX_NAME_CHARS = 120


def is_name(name: str) -> bool:
    """Whether somebody whose name comes from elsewhere can be kept under it."""
    return (
        0 < len(name) <= MAX_NAME_CHARS
        and name.isprintable()
        and name == name.strip()
        and name != LOCAL_OWNER
    )


@dataclass(frozen=True)
class Identity:
    """Somebody with sessions of their own. `admin` may change what all share, such as the language model.

    `sign_in` is the id of the sign-in that a cookie stands for; the gate asks whether it is still open.
    """

    owner: str
    admin: bool = False
    sign_in: str = field(default="", repr=False)


# Who asks where there are no accounts: whoever can reach the address.
OPEN = Identity(LOCAL_OWNER, admin=True)


def attach(scope: MutableMapping[str, Any], identity: Identity) -> None:
    """Say in an ASGI scope who asks."""
    scope[_KEY] = identity


def identity_of(scope: Mapping[str, Any]) -> Identity:
    """Who asks. Raises NotSignedIn where no gate has let the request in."""
    found = scope.get(_KEY)
    if not isinstance(found, Identity):
        raise NotSignedIn("Sign in first.")
    return found
