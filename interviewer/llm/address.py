"""Where a model server is: its address put into form, and whether it lies outside the private network."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from interviewer.llm.errors import ModelMisconfigured

Resolver = Callable[[str], Awaitable[list[str]]]

RESOLVE_TIMEOUT_S = 3.0
MAX_ADDRESS_CHARS = 500
# Where clouds answer that are not at a link-local address: AWS (IPv6), Alibaba, Azure.
_METADATA = frozenset({"fd00:ec2::254", "100.100.100.200", "168.63.129.16"})


@dataclass(frozen=True)
class ServerAddress:
    """`base_url` ends in the API's prefix (usually `/v1`), `root_url` is the server's own; neither has secrets."""

    base_url: str
    root_url: str
    host: str

    @property
    def is_loopback(self) -> bool:
        """Whether the address names this machine without asking anybody."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost" or self.host.endswith(".localhost")


def parse_address(text: str) -> ServerAddress:
    """The address in form: `http://` where no scheme is given, `/v1` where no path is.

    Raises:
        ModelMisconfigured: it is no http address, is too long to be one, or carries a password.
    """
    given = text.strip()
    if len(given) > MAX_ADDRESS_CHARS:
        raise ModelMisconfigured(
            f"The model server's address is too long (at most {MAX_ADDRESS_CHARS} characters); "
            "it looks like http://127.0.0.1:8000/v1."
        )
    if "://" not in given:
        given = f"http://{given}"
    try:
        parts = urlsplit(given)
        port = parts.port
    except ValueError as error:
        raise ModelMisconfigured(
            "The model server's address cannot be read; it looks like http://127.0.0.1:8000/v1."
        ) from error
    if parts.username is not None or parts.password is not None:
        raise ModelMisconfigured(
            "The model server's address contains a user name or password; give a bearer token as the key instead."
        )
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme not in ("http", "https") or not host or any(c.isspace() for c in given):
        raise ModelMisconfigured(
            "The model server's address is no http address; it looks like http://127.0.0.1:8000/v1."
        )
    name = f"[{host}]" if ":" in host else host
    origin = f"{parts.scheme}://{name}" + (f":{port}" if port is not None else "")
    path = parts.path.rstrip("/")
    for endpoint in ("/chat/completions", "/completions", "/models"):
        path = path.removesuffix(endpoint)
    base = f"{origin}{path or '/v1'}"
    return ServerAddress(base, base.removesuffix("/v1"), host.lower())


async def expect_no_trap(address: ServerAddress, resolve: Resolver | None = None) -> None:
    """Raises ModelMisconfigured for an address where no model server is, but secrets of this machine may be had.

    Clouds hand out their credentials on link-local addresses to whatever runs on a machine. A name is looked up; one
    that cannot be found is left to the connection.
    """
    numbers = await _numbers(address, resolve)
    if any(_is_trap(number) for number in numbers):
        raise ModelMisconfigured(
            f"{address.host} is not where a model server is: such addresses belong to the network and the cloud. "
            "Give the server's own address, such as http://127.0.0.1:8000/v1."
        )


async def leaves_private_network(address: ServerAddress, resolve: Resolver | None = None) -> bool:
    """Whether what is sent there leaves this machine and private networks; True where it cannot be found out."""
    if address.is_loopback:
        return False
    numbers = await _numbers(address, resolve)
    return not numbers or any(_is_public(number) for number in numbers)


async def _numbers(address: ServerAddress, resolve: Resolver | None) -> list[str]:
    """The IP addresses behind an address; none where they cannot be found out."""
    try:
        return [str(ipaddress.ip_address(address.host))]
    except ValueError:
        try:
            async with asyncio.timeout(RESOLVE_TIMEOUT_S):
                return await (resolve or _resolve)(address.host)
        except (OSError, TimeoutError, UnicodeError):
            return []


def _is_public(number: str) -> bool:
    return _plain(number).is_global


def _is_trap(number: str) -> bool:
    found = _plain(number)
    return found.is_link_local or found.is_multicast or str(found) in _METADATA


def _plain(number: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The address without its zone; one of the old kind in the new one's clothes as what it is."""
    found = ipaddress.ip_address(number.split("%")[0])
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found


async def _resolve(host: str) -> list[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return [str(item[4][0]) for item in found]
