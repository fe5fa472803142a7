"""The filters of system calls, evaluated here as the kernel would, for both architectures."""

from __future__ import annotations

import errno
import struct

import pytest

from interviewer.sandbox.inside.lockdown import startup_filter, working_filter
from interviewer.sandbox.inside.syscalls import AARCH64, X86_64

ARCHITECTURES = {"x86_64": (0xC000003E, X86_64), "aarch64": (0xC00000B7, AARCH64)}
ALLOW, KILL, ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
PID = 77


def evaluate(program: bytes, architecture: int, number: int, *arguments: int) -> int:
    """What the program returns for a call: BPF's few instructions, as seccomp(2) describes them."""
    values = [*arguments, *([0] * (6 - len(arguments)))]
    data = struct.pack("<IIQ6Q", number, architecture, 0, *(value & (2**64 - 1) for value in values))
    at, register = 0, 0
    while True:
        code, if_true, if_false, value = struct.unpack_from("<HBBI", program, 8 * at)
        at += 1
        match code:
            case 0x20:
                register = struct.unpack_from("<I", data, value)[0]
            case 0x54:
                register &= value
            case 0x15:
                at += if_true if register == value else if_false
            case 0x35:
                at += if_true if register >= value else if_false
            case 0x06:
                return int(value)
            case _:
                raise AssertionError(f"no such instruction: {code:#x}")


def verdict(program: bytes, machine: str, name: str, *arguments: int) -> str:
    architecture, numbers = ARCHITECTURES[machine]
    found = evaluate(program, architecture, numbers[name], *arguments)
    if found == ALLOW:
        return "allowed"
    assert found & 0xFFFF0000 == ERRNO
    return errno.errorcode[found & 0xFFFF]


NEW_USERS, NEW_PIDS, THREAD = 0x10000000, 0x20000000, 0x00010000
STARTUP = [
    ("mount", (), "EPERM"),
    ("ptrace", (), "EPERM"),
    ("bpf", (), "EPERM"),
    ("io_uring_setup", (), "EPERM"),
    ("keyctl", (), "EPERM"),
    ("socket", (1, 1), "allowed"),
    ("socket", (2, 1), "EPERM"),
    ("socket", (16, 3), "EPERM"),
    ("clone", (17,), "allowed"),
    ("clone", (17 | NEW_USERS,), "EPERM"),
    ("clone", (17 | NEW_PIDS,), "EPERM"),
    ("clone3", (), "ENOSYS"),
    ("read", (), "allowed"),
]
WORKING = [
    ("read", (), "allowed"),
    ("mmap", (), "allowed"),
    ("futex", (), "allowed"),
    ("clone", (THREAD | 0x3D0F00,), "allowed"),
    ("clone", (17,), "EPERM"),
    ("clone", (THREAD | NEW_USERS,), "EPERM"),
    ("clone3", (), "ENOSYS"),
    ("socket", (1, 1), "EPERM"),
    ("socketpair", (1, 1), "allowed"),
    ("socketpair", (2, 1), "EPERM"),
    ("tgkill", (PID, PID, 6), "allowed"),
    ("tgkill", (1234, 1234, 9), "EPERM"),
    ("prlimit64", (0,), "allowed"),
    ("prlimit64", (1234,), "EPERM"),
    ("ioctl", (0, 0x5401), "allowed"),
    ("ioctl", (0, 0x5412), "EPERM"),  # TIOCSTI: typing into a terminal
    ("prctl", (15,), "allowed"),
    ("prctl", (4,), "EPERM"),
    ("mount", (), "EPERM"),
    ("process_vm_readv", (), "EPERM"),
    ("seccomp", (), "EPERM"),
    ("exit_group", (), "allowed"),
]


@pytest.mark.parametrize("machine", list(ARCHITECTURES))
@pytest.mark.parametrize(("name", "arguments", "expected"), STARTUP)
def test_while_it_starts(machine: str, name: str, arguments: tuple[int, ...], expected: str) -> None:
    program = startup_filter(machine)
    assert program is not None
    assert verdict(program, machine, name, *arguments) == expected


@pytest.mark.parametrize("machine", list(ARCHITECTURES))
@pytest.mark.parametrize(("name", "arguments", "expected"), WORKING)
def test_while_it_works(machine: str, name: str, arguments: tuple[int, ...], expected: str) -> None:
    for may_write in (True, False):
        program = working_filter(PID, may_write, machine)
        assert program is not None
        assert verdict(program, machine, name, *arguments) == expected


@pytest.mark.parametrize("machine", list(ARCHITECTURES))
@pytest.mark.parametrize(
    ("flags", "may_write", "expected"),
    [
        (0, False, "allowed"),
        (0o2000000, False, "allowed"),
        (0o1, False, "EPERM"),
        (0o2, False, "EPERM"),
        (0o100, False, "EPERM"),
        (0o1000, False, "EPERM"),
        (0o1 | 0o100, True, "allowed"),
    ],
)
def test_opening_files(machine: str, flags: int, may_write: bool, expected: str) -> None:
    program = working_filter(PID, may_write, machine)
    assert program is not None
    assert verdict(program, machine, "openat", 0, 0, flags) == expected
    if machine == "x86_64":
        assert verdict(program, machine, "open", 0, flags) == expected
    assert (verdict(program, machine, "unlinkat") == "allowed") is may_write


@pytest.mark.parametrize("machine", list(ARCHITECTURES))
def test_calls_of_another_architecture_end_the_process(machine: str) -> None:
    other = next(value for name, (value, _) in ARCHITECTURES.items() if name != machine)
    for program in (startup_filter(machine), working_filter(PID, True, machine)):
        assert program is not None
        assert evaluate(program, other, 0) == KILL
        assert evaluate(program, 0x40000003, 20) == KILL  # i386


def test_numbers_of_x32_are_refused() -> None:
    for program in (startup_filter("x86_64"), working_filter(PID, True, "x86_64")):
        assert program is not None
        assert evaluate(program, ARCHITECTURES["x86_64"][0], 0x40000000) == ERRNO | errno.ENOSYS


def test_every_other_number_is_refused_at_work() -> None:
    known = set(X86_64.values())
    program = working_filter(PID, True, "x86_64")
    assert program is not None
    unknown = [number for number in range(600) if number not in known]
    assert {evaluate(program, ARCHITECTURES["x86_64"][0], number) for number in unknown} == {
        ERRNO | errno.EPERM
    }


def test_a_machine_that_is_not_known_has_no_filter() -> None:
    assert startup_filter("riscv64") is None
    assert working_filter(PID, True, "riscv64") is None


def test_a_program_is_no_longer_than_the_kernel_takes() -> None:
    for machine in ARCHITECTURES:
        for program in (startup_filter(machine), working_filter(PID, True, machine)):
            assert program is not None
            assert len(program) % 8 == 0
            assert len(program) // 8 <= 4096
