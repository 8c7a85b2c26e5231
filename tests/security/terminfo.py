#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""`portwatch top` with descriptions of terminals that somebody has tampered with.

	terminfo.py ROUNDS COMMAND...

The command runs on a terminal with mutated entries in $TERMINFO, $TERMINFO_DIRS and ~/.terminfo, one of them
by the name of a common terminal. It is told to quit, and must end by itself and not by a signal. Prints how it ended
how often. The seed is TERMINFO_SEED, or 1.
"""

import collections
import fcntl
import os
import pty
import random
import select
import signal
import struct
import sys
import tempfile
import termios
import time

ROUNDS, COMMAND = int(sys.argv[1]), sys.argv[2:]
RANDOM = random.Random(int(os.environ.get("TERMINFO_SEED", "1")))


def entry(name):
    for folder in ("/usr/lib/terminfo", "/lib/terminfo", "/usr/share/terminfo", "/etc/terminfo"):
        for sub in (name[0], f"{ord(name[0]):x}"):
            path = f"{folder}/{sub}/{name}"
            if os.path.exists(path):
                return open(path, "rb").read()
    return None


BASES = [e for e in map(entry, ("xterm", "xterm-256color", "linux", "vt100", "screen", "ansi")) if e]


def mutated():
    data = bytearray(RANDOM.choice(BASES))
    kind = RANDOM.randrange(6)
    if kind == 0:  # single bytes
        for _ in range(RANDOM.choice((1, 4, 40))):
            data[RANDOM.randrange(len(data))] = RANDOM.randrange(256)
    elif kind == 1:  # the header: sizes and counts
        for at in RANDOM.sample(range(2, 12), RANDOM.randrange(1, 6)):
            data[at] = RANDOM.choice((0, 1, 0x7F, 0x80, 0xFF, RANDOM.randrange(256)))
    elif kind == 2:  # cut off
        del data[RANDOM.randrange(len(data)):]
    elif kind == 3:  # offsets of strings
        start = len(data) // 4
        for _ in range(30):
            struct.pack_into("<h", data, RANDOM.randrange(start, len(data) - 1), RANDOM.randrange(-32768, 32767))
    elif kind == 4:  # parameters of strings: %d, %i, %p9, %{99999999}, conditions without an end
        for _ in range(20):
            at = RANDOM.randrange(len(data) // 2, len(data))
            data[at:at + 4] = RANDOM.choice((b"%s%s", b"%{9}", b"%?%t", b"%p9%", b"%99d", b"$<99", b"%Pz%", b"%n%n"))
    else:  # noise
        data = bytearray(RANDOM.randbytes(RANDOM.choice((0, 1, 12, 300, 4096, 40000))))
        if RANDOM.randrange(2):
            data[0:2] = b"\x1a\x01"
    return bytes(data)


def run(folder, term):
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(TERM=term, TERMINFO=folder, TERMINFO_DIRS=folder, HOME=folder)
        os.execvp(COMMAND[0], COMMAND)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", RANDOM.choice((0, 1, 24, 60)),
                                                          RANDOM.choice((0, 1, 80, 500)), 0, 0))
    end, told = time.monotonic() + 20, 0.0
    while time.monotonic() < end:
        if select.select([terminal], [], [], 0.05)[0]:
            try:
                if not os.read(terminal, 65536):
                    break
            except OSError:
                break
        if time.monotonic() > told + 0.3:
            told = time.monotonic()
            try:
                os.write(terminal, b"\x1b[B\tq")
            except OSError:
                break
    else:
        os.kill(pid, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os.close(terminal)
    return status


failed = 0
ends = collections.Counter()
for number in range(ROUNDS):
    with tempfile.TemporaryDirectory() as folder:
        term, data = RANDOM.choice(("hostile", "xterm", "xterm", "xterm")), mutated()
        os.chmod(folder, 0o777)
        os.mkdir(f"{folder}/{term[0]}")
        with open(f"{folder}/{term[0]}/{term}", "wb") as f:
            f.write(data)
        os.symlink(".", f"{folder}/.terminfo")
        status = run(folder, term)
    ends[status] += 1
    if status < 0 or status > 5:
        failed += 1
        print(f"round {number} ({term}): {status}")
print(f"{ROUNDS} descriptions, exit statuses:", dict(ends))
sys.exit(failed != 0)
