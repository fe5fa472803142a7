"""What a hostile solution tries: each is code that really tries it, and how the attempt is expected to end.

`attempt(world)` is given addresses, paths and process numbers of the machine outside as a dict. It returns what it got
hold of; for an attempt that came to nothing it returns "nothing", or the attempt ends in an exception or a limit. `ends`
is a pattern for what the case's result says: outcome, message, and what it returned or raised.
"""

from __future__ import annotations

from dataclasses import dataclass

# Refused by the filter of system calls, or simply not there.
REFUSED = r"PermissionError|Operation not permitted|EPERM"
NOT_THERE = r"FileNotFoundError|No such file"
READ_ONLY = r"Read-only file system|PermissionError|Permission denied|FileNotFoundError|No such file"


@dataclass(frozen=True)
class Attempt:
    """One attempt; `times` is how often the function is called, for those that prepare the next call."""

    name: str
    code: str
    ends: str
    times: int = 1


def each(body: str) -> str:
    """The body of `attempt(world)`, with the modules that such code uses."""
    lines = "\n".join(f"    {line}" for line in body.strip("\n").splitlines())
    return (
        "import ctypes, gc, inspect, json, os, resource, signal, socket, subprocess, sys, threading, time\n"
        f"def attempt(world):\n{lines}\n"
    )


NETWORK = (
    Attempt(
        "tcp", each("socket.create_connection(('127.0.0.1', world['tcp']), 1)\nreturn 'connected'"), REFUSED
    ),
    Attempt(
        "tcp to the internet", each("socket.create_connection(('1.1.1.1', 443), 1)\nreturn 'out'"), REFUSED
    ),
    Attempt(
        "udp",
        each(
            "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\nreturn s.sendto(b'x', ('127.0.0.1', world['udp']))"
        ),
        REFUSED,
    ),
    Attempt(
        "names",
        each("return socket.getaddrinfo('example.org', 443)"),
        "gaierror|" + REFUSED,
    ),
    Attempt("ipv6", each("return socket.socket(socket.AF_INET6).fileno()"), REFUSED),
    Attempt("raw packets", each("return socket.socket(socket.AF_PACKET, socket.SOCK_RAW).fileno()"), REFUSED),
    Attempt("netlink", each("return socket.socket(socket.AF_NETLINK, socket.SOCK_RAW).fileno()"), REFUSED),
    Attempt(
        "unix socket",
        each("s = socket.socket(socket.AF_UNIX)\ns.connect(world['unix'])\nreturn s.recv(9)"),
        REFUSED,
    ),
    Attempt(
        "abstract unix socket",
        each("s = socket.socket(socket.AF_UNIX)\ns.connect('\\0' + world['abstract'])\nreturn 'connected'"),
        REFUSED,
    ),
    Attempt(
        "a pair of sockets to send out through",
        each("a, b = socket.socketpair()\nreturn a.sendto(b'x', world['unix'])"),
        "OSError|" + REFUSED,
    ),
    Attempt("listen", each("s = socket.socket()\ns.bind(('', 0))\ns.listen()\nreturn 'listening'"), REFUSED),
)

FILES = tuple(
    Attempt(f"read {name}", each(f"return open({path}).read()[:80]"), READ_ONLY)
    for name, path in (
        ("/etc/shadow", "'/etc/shadow'"),
        ("/etc/passwd", "'/etc/passwd'"),
        ("the home", "world['home'] + '/secret.txt'"),
        ("the pack", "world['pack'] + '/problems/top_gap/tests.py'"),
        ("the data folder", "world['data'] + '/problems/secret.jsonl'"),
        ("the environment of process 1", "'/proc/1/environ'"),
        ("the environment of the parent", "'/proc/%d/environ' % world['pid']"),
        ("its own memory", "'/proc/self/mem', 'rb'"),
        ("the memory of the parent", "'/proc/%d/mem' % world['pid'], 'rb'"),
        ("kernel memory", "'/dev/mem', 'rb'"),
        ("the disk", "'/dev/vda', 'rb'"),
        ("the terminal", "'/dev/tty'"),
        ("our own program", "world['program']"),
    )
)

LOOKING = (
    Attempt(
        "list what there is",
        each(
            "found = [path for path, _, _ in os.walk('/') if 'mockround' in path or 'nvidia_mle' in path]\n"
            "found += [name for name in ('/home', '/etc', '/proc', '/sys', '/usr/bin', '/bin') if os.path.isdir(name)]\n"
            "return found or 'nothing'"
        ),
        "nothing",
    ),
    Attempt(
        "the environment",
        each("return {k: v for k, v in os.environ.items() if 'SECRET' in k + v} or 'nothing'"),
        "nothing",
    ),
    Attempt(
        "import our code",
        each("import interviewer.config\nreturn 'imported'"),
        "ModuleNotFoundError|ImportError",
    ),
    Attempt("import the pack", each("import corpus\nreturn corpus.__file__"), "ModuleNotFoundError"),
    Attempt(
        "a library that is not the problem's",
        each("import numpy\nreturn numpy.__file__"),
        "ModuleNotFoundError",
    ),
    Attempt(
        "descriptors that were left open",
        each(
            "found = []\n"
            "for fd in range(256):\n"
            "    try:\n"
            "        os.fstat(fd)\n"
            "    except OSError:\n"
            "        continue\n"
            "    if fd > 2 and os.path.isdir(f'/proc/self/fd/{fd}'):\n"
            "        found.append(fd)\n"
            "    try:\n"
            "        os.set_blocking(fd, False)\n"
            "        data = os.read(fd, 4096)\n"
            "    except OSError:\n"
            "        continue\n"
            "    if data:\n"
            "        found.append(repr(data))\n"
            "return found or 'nothing'"
        ),
        "nothing",
    ),
)

WRITING = (
    Attempt(
        "a file outside",
        each("open(world['data'] + '/written', 'w').write('x')\nreturn 'written'"),
        READ_ONLY,
    ),
    Attempt(
        "the interpreter's files",
        each("open(os.__file__, 'a').write('x')\nreturn 'written'"),
        READ_ONLY,
    ),
    Attempt(
        "our harness",
        each("open('/box/interviewer/sandbox/inside/harness.py', 'w')\nreturn 'written'"),
        READ_ONLY,
    ),
    Attempt("a new file in /", each("open('/written', 'w')\nreturn 'written'"), READ_ONLY),
    Attempt("a file in /dev", each("open('/dev/shm-of-mine', 'w')\nreturn 'written'"), READ_ONLY),
    Attempt(
        "a symbolic link out",
        each("os.symlink(world['data'], '/tmp/out')\nreturn os.listdir('/tmp/out')"),
        REFUSED,
    ),
    Attempt(
        "a hard link",
        each("os.link(os.__file__, '/tmp/os.py')\nreturn 'linked'"),
        REFUSED + "|Invalid cross-device",
    ),
    Attempt(
        "a huge file",
        each("f = open('/tmp/huge', 'wb')\nfor _ in range(400):\n    f.write(bytes(2**20))\nreturn f.tell()"),
        "File too large|No space left",
    ),
    Attempt(
        "a huge sparse file",
        each("f = open('/tmp/sparse', 'wb')\nf.truncate(2**40)\nreturn os.stat('/tmp/sparse').st_size"),
        "File too large",
    ),
    Attempt(
        "all of /tmp",
        each(
            "for i in range(100):\n    open(f'/tmp/{i}', 'wb').write(bytes(2**20))\n"
            "return 'a hundred megabytes'"
        ),
        "No space left|Cannot allocate|MemoryError",
    ),
    Attempt("a device", each("os.mknod('/tmp/disk', 0o60600, os.makedev(254, 0))\nreturn 'made'"), REFUSED),
    Attempt("a file in memory", each("return os.memfd_create('x')"), REFUSED),
    Attempt("the clock", each("time.clock_settime(time.CLOCK_REALTIME, 0)\nreturn 'set'"), REFUSED),
)

PROCESSES = (
    Attempt("fork", each("return os.fork()"), REFUSED),
    Attempt(
        "a fork bomb",
        each("while True:\n    os.fork()"),
        REFUSED,
    ),
    Attempt(
        "a fork bomb by system call",
        each(
            "libc = ctypes.CDLL(None, use_errno=True)\n"
            "pids = [libc.syscall(number) for number in (57, 58, 56) for _ in range(50)]\n"
            "return [pid for pid in pids if pid > 0] or 'nothing'"
        ),
        "nothing",
    ),
    Attempt(
        "another program",
        each("return subprocess.run(['/bin/sh', '-c', 'id'], capture_output=True).stdout"),
        REFUSED,
    ),
    Attempt("os.system", each("return 'nothing' if os.system('true') != 0 else 'ran'"), "nothing"),
    Attempt(
        "the interpreter anew", each("os.execv(sys.executable, [sys.executable, '-c', 'print(1)'])"), REFUSED
    ),
    Attempt("posix_spawn", each("return os.posix_spawn(sys.executable, [sys.executable], {})"), REFUSED),
    Attempt(
        "multiprocessing",
        each("import multiprocessing\np = multiprocessing.Process(target=print)\np.start()\nreturn p.pid"),
        REFUSED + "|OSError",
    ),
    Attempt(
        "a daemon that outlives it",
        each("if os.fork() == 0:\n    os.setsid()\n    time.sleep(60)\nreturn 'daemon'"),
        REFUSED,
    ),
    Attempt(
        "threads without end",
        each(
            "def wait():\n    time.sleep(30)\n"
            "for i in range(100000):\n    threading.Thread(target=wait, daemon=True).start()\nreturn 'all started'"
        ),
        "can't start new thread|out-of-memory|MemoryError",
    ),
    Attempt(
        "kill the parent",
        each("os.kill(world['pid'], signal.SIGKILL)\nreturn 'killed'"),
        "ProcessLookupError|" + REFUSED,
    ),
    Attempt(
        "kill everything",
        each("os.kill(-1, signal.SIGKILL)\nreturn 'killed'"),
        "ProcessLookupError|" + REFUSED,
    ),
    Attempt("kill process 1", each("os.kill(1, signal.SIGKILL)\nreturn 'killed'"), REFUSED),
    Attempt("kill its group", each("os.killpg(0, signal.SIGKILL)\nreturn 'killed'"), REFUSED),
    Attempt(
        "signals by thread",
        each(
            "libc = ctypes.CDLL(None, use_errno=True)\n"
            "return 'killed' if libc.syscall(200, world['pid'], 9) == 0 else 'nothing'"
        ),
        "nothing",
    ),
    Attempt(
        "ignore signals and sleep",
        each(
            "for number in (signal.SIGTERM, signal.SIGINT, signal.SIGXCPU, signal.SIGALRM):\n"
            "    signal.signal(number, signal.SIG_IGN)\n"
            "time.sleep(3600)"
        ),
        "too-slow",
    ),
    Attempt(
        "sleep in a loop that catches all",
        each("while True:\n    try:\n        time.sleep(1)\n    except BaseException:\n        pass"),
        "too-slow",
    ),
    Attempt("work without end", each("while True:\n    pass"), "too-slow"),
    Attempt("more priority", each("os.nice(-10)\nreturn 'raised'"), REFUSED),
    Attempt(
        "higher limits",
        each("resource.setrlimit(resource.RLIMIT_CPU, (10**6, 10**6))\nreturn 'raised'"),
        "ValueError|not allowed to raise|" + REFUSED,
    ),
)

PRIVILEGE = (
    Attempt("setuid", each("os.setuid(0)\nreturn 'root'"), REFUSED),
    Attempt("setgroups", each("os.setgroups([0])\nreturn 'set'"), REFUSED),
    Attempt("chroot", each("os.chroot('/tmp')\nreturn 'moved'"), REFUSED),
    Attempt("chmod", each("os.chmod('/tmp', 0o7777)\nreturn 'changed'"), REFUSED),
    *(
        Attempt(
            f"{name} by ctypes",
            each(
                "libc = ctypes.CDLL(None, use_errno=True)\n"
                f"result = libc.syscall({call})\n"
                "return 'nothing' if result == -1 and ctypes.get_errno() in (1, 38) else ('done', result)"
            ),
            "nothing",
        )
        # Numbers of x86-64; on another machine they are other calls, which are refused as well or harmless.
        for name, call in (
            ("mount", "165, b'none', b'/tmp', b'tmpfs', 0, 0"),
            ("umount", "166, b'/', 2"),
            ("pivot_root", "155, b'/tmp', b'/tmp'"),
            ("ptrace", "101, 16, world['pid'], 0, 0"),
            ("process_vm_readv", "310, world['pid'], 0, 0, 0, 0, 0"),
            ("unshare of users", "272, 0x10000000"),
            ("setns", "308, 0, 0"),
            ("clone with namespaces", "56, 0x10000000 | 17, 0, 0, 0, 0"),
            ("clone3", "435, 0, 0"),
            ("bpf", "321, 0, 0, 0"),
            ("perf_event_open", "298, 0, 0, -1, -1, 0"),
            ("keyctl", "250, 0, -3, 1"),
            ("add_key", "248, b'user', b'x', b'y', 1, -3"),
            ("userfaultfd", "323, 0"),
            ("io_uring", "425, 8, 0"),
            ("kexec", "246, 0, 0, 0, 0"),
            ("init_module", "175, 0, 0, b''"),
            ("shared memory", "29, 0, 2**20, 0o1600"),
            ("another filter", "317, 1, 0, 0"),
            ("prctl for coredumps", "157, 4, 1, 0, 0, 0"),
            ("execveat", "322, -100, b'/bin/sh', 0, 0, 0"),
            ("open_by_handle_at", "304, 0, 0, 0"),
            ("the x32 call of open", "0x40000000 + 2, b'/etc/shadow', 0"),
        )
    ),
    Attempt(
        "the 32-bit gate",
        each(
            "import mmap\n"
            "code = bytes.fromhex('b814000000' 'cd80' 'c3')  # getpid by int 0x80, where the numbers are others\n"
            "page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)\n"
            "page.write(code)\n"
            "call = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))\n"
            "return ('done', call())"
        ),
        "crashed|out-of-memory",
    ),
    Attempt(
        "LD_PRELOAD",
        each(
            "os.environ['LD_PRELOAD'] = '/tmp/x.so'\nos.execve(sys.executable, [sys.executable], os.environ)"
        ),
        REFUSED,
    ),
)

EXHAUSTION = (
    Attempt("memory", each("held = []\nwhile True:\n    held.append(bytearray(10**7))"), "out-of-memory"),
    Attempt("memory at once", each("return len(bytearray(10**12))"), "out-of-memory"),
    Attempt(
        "mapped memory",
        each("import mmap\nheld = [mmap.mmap(-1, 2**26) for _ in range(64)]\nreturn len(held)"),
        "out-of-memory|OSError|Cannot allocate",
    ),
    Attempt("a large number", each("return 10 ** 10 ** 9"), "too-slow|out-of-memory"),
    Attempt("recursion", each("def deeper():\n    deeper()\ndeeper()"), "RecursionError"),
    Attempt(
        "recursion without a limit",
        each("sys.setrecursionlimit(10**9)\ndeeper = lambda: deeper()\ndeeper()"),
        "crashed|out-of-memory|too-slow|RecursionError",
    ),
    Attempt("printing without end", each("while True:\n    print('x' * 1000)"), "too-much-output|too-slow"),
    Attempt(
        "printing errors without end", each("while True:\n    os.write(2, b'x' * 65536)"), "too-much-output"
    ),
    Attempt("one endless line", each("while True:\n    os.write(1, b'x' * 65536)"), "too-much-output"),
    Attempt("an endless result", each("return 'x' * (50 * 10**6)"), "many times longer|out-of-memory"),
    Attempt(
        "an endless list", each("return list(range(3 * 10**6))"), "many times longer|out-of-memory|too-slow"
    ),
    Attempt(
        "a nested result", each("x = []\nfor _ in range(100000):\n    x = [x]\nreturn x"), "nested deeper"
    ),
    Attempt("a result that holds itself", each("x = []\nx.append(x)\nreturn x"), "nested deeper"),
    Attempt(
        "open files",
        each("held = [open('/dev/null') for _ in range(1000)]\nreturn len(held)"),
        "Too many open files",
    ),
    Attempt(
        "pipes", each("held = [os.pipe() for _ in range(1000)]\nreturn len(held)"), "Too many open files"
    ),
    Attempt(
        "a slow regular expression",
        each("import re\nreturn bool(re.match('(a+)+$', 'a' * 40 + 'b'))"),
        "too-slow",
    ),
    Attempt(
        "processor time of threads",
        each(
            "def burn():\n    while True:\n        sum(range(10**6))\n"
            "for _ in range(4):\n    threading.Thread(target=burn, daemon=True).start()\ntime.sleep(3600)"
        ),
        "too-slow",
    ),
)

ANSWERING = (
    Attempt("os._exit", each("os._exit(0)"), "crashed"),
    Attempt("sys.exit", each("sys.exit(0)"), "raised It raises SystemExit"),
    Attempt("a crash", each("ctypes.string_at(0)"), "crashed"),
    Attempt("abort", each("os.abort()"), "crashed"),
    Attempt("closing every descriptor", each("os.closerange(0, 256)\nreturn 42"), "crashed"),
    Attempt(
        "forged answers",
        each(
            'line = b\'{"value":"forged","seconds":0,"cpu":0}\\n\' * 3\n'
            "for fd in range(3, 64):\n"
            "    try:\n        os.write(fd, line)\n    except OSError:\n        pass\n"
            "return 'real'"
        ),
        "'forged'|crashed",
    ),
    Attempt(
        "answers ahead of the question",
        each(
            "def forge():\n"
            "    time.sleep(0.05)\n"
            "    for fd in range(3, 64):\n"
            "        try:\n            os.write(fd, b'{\"value\":1}\\n')\n        except OSError:\n            pass\n"
            "threading.Thread(target=forge).start()\ntime.sleep(0.2)\nreturn 'real'"
        ),
        "found|is a number|crashed",
        times=3,
    ),
    Attempt(
        "a pickle for an answer",
        each(
            "import pickle\n"
            "class Evil:\n    def __reduce__(self):\n        return (os.system, ('touch ' + world['data'] + '/pickled',))\n"
            "for fd in range(3, 64):\n"
            "    try:\n        os.write(fd, pickle.dumps(Evil()) + b'\\n')\n    except OSError:\n        pass\n"
            "return Evil()"
        ),
        "crashed",
    ),
    Attempt(
        "garbage for an answer",
        each(
            "for fd in range(3, 64):\n    try:\n        os.write(fd, bytes(range(256)) + b'\\n')\n    except OSError:\n        pass\nos._exit(0)"
        ),
        "crashed",
    ),
    Attempt(
        "an answer without an end",
        each(
            "while True:\n    for fd in range(3, 64):\n        try:\n            os.write(fd, b'x' * 65536)\n        except OSError:\n            pass"
        ),
        "many times longer",
    ),
    Attempt(
        "deep JSON for an answer",
        each(
            "for fd in range(3, 64):\n    try:\n        os.write(fd, b'[' * 100000 + b'\\n')\n    except OSError:\n        pass\nos._exit(0)"
        ),
        "crashed",
    ),
    Attempt(
        "NaN for an answer",
        each(
            "for fd in range(3, 64):\n    try:\n        os.write(fd, b'{\"value\":NaN}\\n')\n    except OSError:\n        pass\nos._exit(0)"
        ),
        "crashed",
    ),
    Attempt(
        "an object that equals all",
        each(
            "class Any:\n    def __eq__(self, other):\n        return True\n    __hash__ = None\nreturn Any()"
        ),
        "cannot be compared",
    ),
    Attempt(
        "a number that equals all",
        each(
            "class Any(int):\n    def __eq__(self, other):\n        return True\n    def __hash__(self):\n        return 0\nreturn Any(3)"
        ),
        "is a number",
    ),
    Attempt(
        "a list that equals all",
        each(
            "class Any(list):\n    def __eq__(self, other):\n        return True\n    def __len__(self):\n        return 1\nreturn Any()"
        ),
        "wrong",
    ),
    Attempt(
        "an object whose text is evil",
        each("class Evil:\n    def __repr__(self):\n        os._exit(0)\nreturn Evil()"),
        "crashed",
    ),
    Attempt(
        "an exception whose text is evil",
        each("class Evil(Exception):\n    def __str__(self):\n        raise Evil()\nraise Evil()"),
        "raised",
    ),
    Attempt(
        "an exception that is called like the expected one",
        each("class Evil(BaseException):\n    pass\nEvil.__name__ = 'x' * 10**6\nraise Evil()"),
        "raised",
    ),
    Attempt(
        "a tag for a value",
        each("return {'__tensor__': {'dtype': 'float32', 'shape': [-1], 'data': []}}"),
        "wrong",
    ),
)

# `expected` is a text that only the judge outside has.
PEEKING = (
    Attempt(
        "frames",
        each(
            "found = []\nframe = sys._getframe()\n"
            "while frame:\n    found.append(repr(frame.f_locals) + repr(list(frame.f_globals)))\n    frame = frame.f_back\n"
            "return 'found it' if world['mark'] + 'knows' in ''.join(found) else 'nothing'"
        ),
        "nothing",
    ),
    Attempt(
        "everything the collector knows",
        each(
            "def texts():\n"
            "    for item in gc.get_objects():\n"
            "        if isinstance(item, (dict, list, tuple)):\n"
            "            values = item.values() if isinstance(item, dict) else item\n"
            "            yield from (v for v in list(values) if isinstance(v, str))\n"
            "return 'found it' if any(world['mark'] + 'knows' in t for t in texts()) else 'nothing'"
        ),
        "nothing",
    ),
    Attempt(
        "modules",
        each("return sorted(n for n in sys.modules if 'tests' in n or n.startswith('corpus')) or 'nothing'"),
        "nothing",
    ),
    Attempt(
        "files of the problem",
        each("return [n for n in os.listdir('.') + os.listdir('/box') if 'test' in n] or 'nothing'"),
        "nothing",
    ),
    Attempt(
        "the next question",
        each(
            "if world['n'] == 0:\n"
            "    found = []\n"
            "    for fd in range(3, 64):\n"
            "        try:\n"
            "            os.set_blocking(fd, False)\n            found.append(os.read(fd, 65536))\n"
            "        except OSError:\n            pass\n"
            "        try:\n            os.set_blocking(fd, True)\n        except OSError:\n            pass\n"
            "    return 'found it' if any(found) else 'nothing'\n"
            "return 'nothing'"
        ),
        "nothing",
        times=2,
    ),
    Attempt(
        "patching the comparison",
        "import json, operator, builtins, sys\n"
        "builtins.any = builtins.all = lambda *a: True\n"
        "json.dumps = lambda *a, **k: '{\"value\": true}'\n"
        "operator.eq = lambda *a: True\n"
        "for module in list(sys.modules.values()):\n"
        "    for name in ('difference', '_judge', 'compare'):\n"
        "        if hasattr(module, name):\n            setattr(module, name, lambda *a, **k: None)\n"
        "def attempt(world):\n    return 'anything'\n",
        "no result",
    ),
    Attempt(
        "patching the harness",
        "import sys\n"
        "harness = sys.modules['interviewer.sandbox.inside.harness']\n"
        "harness.Channel.send_text = lambda self, text: __import__('os').write(self._fd, b'{\"passed\": true}\\n')\n"
        "def attempt(world):\n    return 'anything'\n",
        "no result",
    ),
    Attempt(
        "patching the clock",
        "import time\nburn = time.monotonic\n"
        "for name in ('time', 'perf_counter', 'thread_time', 'process_time', 'monotonic'):\n    setattr(time, name, lambda: 0.0)\n"
        "def attempt(world):\n    while True:\n        sum(range(10**6))\n",
        "too-slow",
    ),
)

ATTEMPTS = (*NETWORK, *FILES, *LOOKING, *WRITING, *PROCESSES, *PRIVILEGE, *EXHAUSTION, *ANSWERING, *PEEKING)
