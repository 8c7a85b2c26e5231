#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""portwatch with limits, arguments and an environment that nobody sane would give it.

	limits.py FOLDER PIN_DIR TRACKER

FOLDER has portwatch and its companions. Nothing is loaded at PIN_DIR, a tracker may be at TRACKER. Each run must end by itself within a minute: with an exit status of its own,
not by a signal, and with a line of its own if something is missing. Prints what did not.
"""

import os
import pty
import resource
import select
import signal
import subprocess
import sys
import time

FOLDER, PIN, TRACKER = sys.argv[1:4]
LONG = "TEST_LONG" in os.environ
MIB = 1 << 20
COMMANDS = {
    "portwatch": [["--pin-dir", PIN, "list"], ["--pin-dir", PIN, "who", "1-65535"], ["--pin-dir", PIN, "free", "-n", "1"],
                  ["--pin-dir", PIN, "status"], ["--pin-dir", PIN, "doctor"]],
    "portwatch-export": [["--pin-dir", PIN]],
}
LIMITS = [
    *(("NOFILE", n) for n in (0, 3, 4, 5, 6, 8, 12, 20)),
    *(("AS", n * MIB) for n in (16, 20, 30, 60, 200)),
    *(("DATA", n * MIB) for n in (1, 4, 30)),  # with 0 not even /bin/true starts
    *(("STACK", n * 1024) for n in (132, 256)),
    ("FSIZE", 0), ("FSIZE", 100), ("MEMLOCK", 0), ("NPROC", 0), ("NPROC", 1), ("SIGPENDING", 0), ("CORE", 0),
]
# The limits that doctor runs into. It tries every hook, which takes four seconds: with others in `make test-long`.
DOCTORS = ("NOFILE", "AS", "DATA", "STACK", "MEMLOCK")
# The message of the dynamic linker, which runs before us.
LINKER = b"error while loading shared libraries"
failed = runs = 0


def complain(what, text):
    global failed
    failed += 1
    print(f"{what}: {text}")


def check(what, status, output, errors):
    global runs
    runs += 1
    if LINKER in errors and status == 127:
        return
    if status not in range(6):
        complain(what, f"status {status}, {errors[:300]!r}")
    elif status >= 3 and not errors.startswith(b"portwatch: ") and not output:  # doctor's answer says why
        complain(what, f"status {status} without a line: {errors[:300]!r}")
    if any(c < 32 and c not in b"\n\t" for c in errors):
        complain(what, f"control characters: {errors[:300]!r}")


def run(what, argv, before=None, **options):
    try:
        p = subprocess.run(argv, preexec_fn=before, capture_output=True, timeout=60, stdin=subprocess.DEVNULL, **options)
    except subprocess.TimeoutExpired:
        complain(what, "does not end")
        return
    except OSError as e:  # the kernel refuses to start it
        print(f"{what}: not started, {e.strerror}")
        return
    check(what, p.returncode, p.stdout, p.stderr)


def limited(name, value):
    return lambda: resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (value, value))


def on_terminal(what, argv, before, environ=None):
    """Runs a full-screen program, and tells it to quit."""
    global runs
    runs += 1
    pid, terminal = pty.fork()
    if pid == 0:
        try:
            before()
            os.execve(argv[0], argv, environ or {"TERM": "xterm"})
        except OSError:
            os._exit(5)
    end, output = time.monotonic() + 60, b""
    while time.monotonic() < end:
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                more = os.read(terminal, 65536)
            except OSError:
                break
            output = (output + more)[-65536:]
        else:
            try:
                os.write(terminal, b"q")
            except OSError:
                break
    else:
        os.kill(pid, signal.SIGKILL)
        complain(what, "does not end")
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os.close(terminal)
    if status not in range(6) and LINKER not in output:
        complain(what, f"status {status}, {output[-300:]!r}")


def with_limits():
    tried = set()
    for name, value in LIMITS:
        before = limited(name, value)
        for program, rows in COMMANDS.items():
            for words in rows[::2]:
                if "doctor" in words and (name in tried or not LONG and name not in DOCTORS):
                    continue
                run(f"{program} {words[2:]} with {name} {value}", [f"{FOLDER}/{program}", *words], before)
        # Once for each kind top loads a tracker of its own.
        pins = TRACKER if name in tried and not LONG else PIN
        on_terminal(f"top with {name} {value}", [f"{FOLDER}/portwatch-top", "--pin-dir", pins], before)
        tried.add(name)


def with_words():
    program = f"{FOLDER}/portwatch"
    rows = {
        "100,000 ports": ["who", *["1"] * 100000],
        "100,000 words": ["list", *["x"] * 100000],
        "100,000 options": ["-q"] * 100000 + ["status"],
        "a long word": ["who", "9" * 120000],
        "a long option": ["--" + "x" * 120000],
        "a long value": ["--pin-dir", "/" * 120000, "list"],
        "a long list": ["list", "--port", ",".join(["1"] * 60000)],
        "a long name": ["list", "--comm", "x" * 120000],
        "a long list of names": ["list", "--comm", ",".join(["x"] * 60000)],
        "long cgroup": ["list", "--cgroup", "/" + "a/" * 50000],
        "long netns": ["list", "--netns", "x" * 120000],
        "empty words": [""] * 1000,
        "control characters": ["\x1b[2J\x9b\x07\r", "\u202e"],
        "a long signal": ["free", "-s", "T" * 100000, "1"],
        "no UTF-8": [b"\xff\xfe\x80"],
    }
    for what, words in rows.items():
        run(what, [program, *words])
    for what, words in {"export, many hosts": ["--allow-host", "x," * 50000, "--listen", "1"],
                        "export, long address": ["--listen", "1" * 120000]}.items():
        run(what, [f"{FOLDER}/portwatch-export", *words])


def with_environment():
    many = {f"VAR{i}": "x" * 100 for i in range(15000)}
    long = dict.fromkeys(("TERM", "HOME", "PATH", "TZ", "LANG", "LC_ALL", "NO_COLOR", "COLUMNS", "LINES", "TMPDIR",
                          "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "LIBBPF_STRICT", "TERMINFO"), "9" * 100000)
    odd = {"TERM": "\x1b[2J", "COLUMNS": "-1", "LINES": "99999999999", "TZ": "\xff:/../../etc/passwd", "LISTEN_PID": "1",
           "LISTEN_FDS": "-1", "LC_ALL": "../../x", "HOME": ""}
    for what, environ in {"many": many, "long": long, "odd": odd, "none": {}}.items():
        for program, rows in COMMANDS.items():
            for words in rows:
                if "doctor" in words and what != "odd" and not LONG:
                    continue
                run(f"{program} {words[2:]}, environment: {what}", [f"{FOLDER}/{program}", *words], env=environ)
        on_terminal(f"top, environment: {what}", [f"{FOLDER}/portwatch-top", "--pin-dir", TRACKER], lambda: None, environ)


with_words()
with_environment()
with_limits()
print(f"{runs} runs, {failed} wrong")
sys.exit(failed != 0)
