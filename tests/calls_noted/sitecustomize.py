"""Imported by the interpreter when it starts with this folder on its path: notes whoever is looked up or called outside
this machine in the file that CALLS_NOTED_IN names, and refuses it."""

import ipaddress
import os
import sys

HOST_FIRST = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}
ADDRESS_SECOND = {"socket.connect", "socket.sendto", "socket.sendmsg"}


def is_here(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host in ("", "localhost")
    return address.is_loopback or address.is_unspecified


def note(event: str, args: tuple[object, ...]) -> None:
    if event in HOST_FIRST:
        host = args[0]
    elif event in ADDRESS_SECOND and isinstance(args[1], tuple):
        host = args[1][0]
    else:
        return
    name = host.decode() if isinstance(host, bytes) else str(host or "")
    if not is_here(name):
        with open(os.environ["CALLS_NOTED_IN"], "a", encoding="utf-8") as file:
            file.write(f"{event} {name}\n")
        raise OSError(f"{event} {name}: no network in this test")


sys.addaudithook(note)
