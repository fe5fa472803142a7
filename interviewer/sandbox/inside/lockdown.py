"""Which system calls a sandbox may make, as a program for the kernel's filter (seccomp, a kind of BPF).

Two filters, because a process must be able to start before it can be forbidden to start others:

- `startup_filter` stands from before the interpreter is loaded. It refuses what nothing in a sandbox ever needs:
  tracing, mounting, namespaces, the kernel's own programs and keys, io_uring, sockets other than local ones.
- `working_filter` stands before a candidate's code is loaded. It allows a list and refuses all else: no new process, no
  other program, no socket but a pair of this process's own.

What is refused ends in an OSError (EPERM), not in a dead process, so that a candidate sees what happened. Filters are
inherited and cannot be taken off. Sources: seccomp(2), linux/filter.h, and the tables of system calls of Linux 6.1
(arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/asm-generic/unistd.h).

This file also runs inside the sandbox: standard library only, nothing of ours.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from interviewer.sandbox.inside.syscalls import AARCH64, X86_64

# AUDIT_ARCH_X86_64 and AUDIT_ARCH_AARCH64 of linux/audit.h.
_ARCHITECTURES = {"x86_64": (0xC000003E, X86_64), "aarch64": (0xC00000B7, AARCH64)}
# Calls of the x32 ABI have this bit and the same numbers otherwise; nobody needs them, and a list could be evaded.
_X32_BIT = 0x40000000

_LOAD, _JUMP_IF_EQUAL, _JUMP_IF_AT_LEAST, _AND, _RETURN = 0x20, 0x15, 0x35, 0x54, 0x06
_ALLOW, _KILL_PROCESS, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_NUMBER_AT, _ARCHITECTURE_AT, _ARGUMENTS_AT = 0, 4, 16

CLONE_THREAD = 0x00010000
# CLONE_NEWTIME, NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET.
_NAMESPACES = (
    0x00000080 | 0x00020000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000
)
_AF_UNIX = 1
# O_WRONLY, O_RDWR, O_CREAT, O_TRUNC, O_APPEND: the same numbers on both architectures.
_WRITES = 0o1 | 0o2 | 0o100 | 0o1000 | 0o2000
# TCGETS (is it a terminal?), FIONREAD, FIONBIO, FIOCLEX, FIONCLEX.
_IOCTLS = (0x5401, 0x541B, 0x5421, 0x5451, 0x5450)
# PR_SET_NAME, PR_GET_NAME, PR_SET_VMA, PR_GET_DUMPABLE: what threads and allocators ask for.
_PRCTLS = (15, 16, 0x53564D41, 3)


def _names(text: str) -> list[str]:
    return text.split()


@dataclass(frozen=True)
class Check:
    """What an argument (its lower 32 bits) has to be for a call to be allowed; with none given, the call is refused.

    `one_of`: its value is one of these. `has`: all of these bits are set. `lacks`: none of these is.
    """

    argument: int
    one_of: tuple[int, ...] = ()
    has: int = 0
    lacks: int = 0


_REFUSED_AT_STARTUP = _names(
    "ptrace process_vm_readv process_vm_writev process_madvise kcmp pidfd_getfd mount umount2 pivot_root "
    "chroot move_mount open_tree fsopen fsconfig fsmount fspick mount_setattr unshare setns bpf "
    "perf_event_open keyctl add_key request_key userfaultfd io_uring_setup io_uring_enter io_uring_register "
    "kexec_load kexec_file_load init_module finit_module delete_module reboot swapon swapoff syslog acct "
    "quotactl quotactl_fd settimeofday clock_settime adjtimex clock_adjtime iopl ioperm modify_ldt "
    "name_to_handle_at open_by_handle_at fanotify_init mknod mknodat memfd_secret shmget shmat shmctl semget "
    "msgget mq_open sethostname setdomainname vhangup lookup_dcookie personality"
)
# The most frequent first: the list is walked from the top.
_ALLOWED_AT_WORK = _names(
    "futex read write clock_gettime mmap munmap mprotect brk madvise mremap lseek close fstat newfstatat stat "
    "lstat statx pread64 pwrite64 readv writev access faccessat faccessat2 readlink readlinkat getdents64 "
    "getcwd statfs fstatfs fsync fdatasync fcntl dup dup2 dup3 close_range pipe pipe2 eventfd2 poll ppoll "
    "select pselect6 epoll_create1 epoll_ctl epoll_wait epoll_pwait mincore msync rt_sigaction rt_sigprocmask "
    "rt_sigreturn sigaltstack rt_sigsuspend rt_sigtimedwait rt_sigpending pause exit exit_group gettid getpid "
    "getppid getuid geteuid getgid getegid getpgrp getpgid getsid getgroups getresuid getresgid uname sysinfo "
    "getrusage times getrlimit getpriority getcpu sched_getaffinity sched_yield sched_getparam "
    "sched_getscheduler sched_get_priority_max sched_get_priority_min clock_getres clock_nanosleep nanosleep "
    "gettimeofday time getrandom setitimer getitimer alarm restart_syscall arch_prctl set_tid_address "
    "set_robust_list get_robust_list rseq membarrier get_mempolicy sendto recvfrom shutdown getsockname "
    "getpeername getsockopt umask futex_waitv fadvise64"
)
_ALLOWED_WITH_FILES = _names(
    "ftruncate unlink unlinkat mkdir mkdirat rmdir rename renameat renameat2 utimensat"
)


def startup_filter(machine: str | None = None) -> bytes | None:
    """What stands while a sandbox starts; None for a machine whose system calls are not known here."""
    rules: dict[str, tuple[Check, ...] | int] = dict.fromkeys(_REFUSED_AT_STARTUP, errno.EPERM)
    rules["clone"] = (Check(0, lacks=_NAMESPACES),)
    rules["clone3"] = (
        errno.ENOSYS
    )  # its flags lie in memory, where no filter can look; glibc then calls clone
    rules["socket"] = (Check(0, one_of=(_AF_UNIX,)),)
    return _program(machine or platform.machine(), rules, otherwise=_ALLOW)


def working_filter(pid: int, may_write_files: bool, machine: str | None = None) -> bytes | None:
    """What stands while a candidate's code runs as process `pid`; None for a machine that is not known here."""
    rules: dict[str, tuple[Check, ...] | int] = dict.fromkeys(_ALLOWED_AT_WORK, ())
    rules["clone"] = (Check(0, has=CLONE_THREAD, lacks=_NAMESPACES),)
    rules["clone3"] = errno.ENOSYS
    rules["ioctl"] = (Check(1, one_of=_IOCTLS),)
    rules["prctl"] = (Check(0, one_of=_PRCTLS),)
    rules["prlimit64"] = (Check(0, one_of=(0, pid)),)
    rules["tgkill"] = (Check(0, one_of=(pid,)),)
    rules["socketpair"] = (Check(0, one_of=(_AF_UNIX,)),)
    if may_write_files:
        rules |= dict.fromkeys([*_ALLOWED_WITH_FILES, "open", "openat"], ())
    else:
        rules["open"] = (Check(1, lacks=_WRITES),)
        rules["openat"] = (Check(2, lacks=_WRITES),)
    return _program(machine or platform.machine(), rules, otherwise=_ERRNO | errno.EPERM)


def die_with_parent() -> None:
    """Have the kernel end this process when the thread that started it ends. Raises OSError."""
    set_parent_death_signal, kill = 1, 9
    _expect_done(_libc().prctl(set_parent_death_signal, kill, 0, 0, 0))


def install(program: bytes) -> None:
    """Put a filter on every thread of this process, for good. Raises OSError."""
    libc = _libc()
    buffer = ctypes.create_string_buffer(program, len(program))
    header = _Program(len(program) // 8, ctypes.cast(buffer, ctypes.c_void_p))
    set_no_new_privileges, set_mode_filter, all_threads = 38, 1, 1
    _expect_done(libc.prctl(set_no_new_privileges, 1, 0, 0, 0))
    number = _ARCHITECTURES[platform.machine()][1]["seccomp"]
    _expect_done(libc.syscall(number, set_mode_filter, all_threads, ctypes.byref(header)))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _expect_done(result: int) -> None:
    if result != 0:
        reason = ctypes.get_errno()
        raise OSError(reason, os.strerror(reason))


class _Program(ctypes.Structure):
    """struct sock_fprog of linux/filter.h."""

    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p)]


def _program(machine: str, rules: dict[str, tuple[Check, ...] | int], otherwise: int) -> bytes | None:
    """A rule is an error number, or checks that all have to hold; without checks the call is allowed."""
    if machine not in _ARCHITECTURES or struct.calcsize("P") != 8:
        return None
    architecture, numbers = _ARCHITECTURES[machine]
    code = [
        _op(_LOAD, _ARCHITECTURE_AT),
        _op(_JUMP_IF_EQUAL, architecture, 1, 0),
        _op(_RETURN, _KILL_PROCESS),
        _op(_LOAD, _NUMBER_AT),
        _op(_JUMP_IF_AT_LEAST, _X32_BIT, 0, 1),
        _op(_RETURN, _ERRNO | errno.ENOSYS),
    ]
    for name, rule in rules.items():
        number = numbers.get(name)
        if number is None:
            continue  # aarch64 has no open, fork, dup2 …: the C library uses openat, clone, dup3 there
        body = [_op(_RETURN, _ERRNO | rule)] if isinstance(rule, int) else _body(rule)
        code += [_op(_JUMP_IF_EQUAL, number, 0, len(body)), *body]
    code.append(_op(_RETURN, otherwise))
    return b"".join(code)


def _body(checks: Sequence[Check]) -> list[bytes]:
    """Return EPERM from the first check that fails, and allow otherwise."""
    refuse = _op(_RETURN, _ERRNO | errno.EPERM)
    code: list[bytes] = []
    for check in checks:
        load = _op(_LOAD, _ARGUMENTS_AT + 8 * check.argument)
        if check.one_of:
            code.append(load)
            for left, value in reversed(list(enumerate(reversed(check.one_of)))):
                code.append(_op(_JUMP_IF_EQUAL, value, left + 1, 0))
            code.append(refuse)
        if check.has:
            code += [load, _op(_AND, check.has), _op(_JUMP_IF_EQUAL, check.has, 1, 0), refuse]
        if check.lacks:
            code += [load, _op(_AND, check.lacks), _op(_JUMP_IF_EQUAL, 0, 1, 0), refuse]
    return [*code, _op(_RETURN, _ALLOW)]


def _op(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    """struct sock_filter of linux/filter.h, in the machine's own byte order."""
    return struct.pack("=HBBI", code, if_true, if_false, value)
