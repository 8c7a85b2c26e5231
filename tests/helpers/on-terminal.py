#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Run a command on a pseudo-terminal of its own, of so many columns, and print what it wrote there.
#
#	on-terminal.py COLUMNS[,COLUMNS...] [-t SECONDS] COMMAND...
#
# Its exit status is the command's. With -t it is interrupted (INT) after that time. Standard input is
# the terminal, which says nothing. With several widths the command runs once at each: a line
# "\f COLUMNS STATUS" stands before what it wrote.
import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time

ROWS = 50


def run(columns, seconds, command):
    pid, terminal = pty.fork()
    if pid == 0:
        fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, columns, 0, 0))
        os.execvp(command[0], command)
    end = time.monotonic() + seconds if seconds else None
    out = b""
    while True:
        left = None if end is None else max(0, end - time.monotonic())
        if not select.select([terminal], [], [], left)[0]:
            os.kill(pid, signal.SIGINT)
            end = None
            continue
        try:
            part = os.read(terminal, 65536)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        out += part
    os.close(terminal)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return status, out.replace(b"\r\n", b"\n")


arguments = sys.argv[1:]
widths, limit = [int(width) for width in arguments.pop(0).split(",")], None
if arguments[0] == "-t":
    limit = float(arguments[1])
    arguments = arguments[2:]
for width in widths:
    ended, written = run(width, limit, arguments)
    if len(widths) > 1:
        sys.stdout.buffer.write(b"\f %d %d\n" % (width, ended))
    sys.stdout.buffer.write(written)
sys.exit(ended if len(widths) == 1 else 0)
