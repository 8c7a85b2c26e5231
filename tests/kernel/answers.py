#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
#	answers.py AHEAD ANSWER COMMAND...
#
# Runs the command on a terminal of its own. AHEAD is typed before it starts, ANSWER after each question
# "[y/N]" of it; both are one word, of which each letter is a line. Prints what the command has printed and ends
# with its exit status.

import os, pty, select, sys, time

ahead, answer, command = sys.argv[1], sys.argv[2], sys.argv[3:]
start, begin = os.pipe()
pid, terminal = pty.fork()
if pid == 0:
    os.close(begin)
    os.read(start, 1)
    os.execvp(command[0], command)
os.close(start)
os.write(terminal, "".join(c + "\n" for c in ahead).encode())
time.sleep(0.1)
os.close(begin)

text, answered = b"", 0
end = time.time() + 60
while time.time() < end:
    if not select.select([terminal], [], [], 1)[0]:
        continue
    try:
        more = os.read(terminal, 4096)
    except OSError:  # the command has closed it
        break
    if not more:
        break
    text += more
    while text.count(b"[y/N]") > answered:
        time.sleep(0.1)
        os.write(terminal, "".join(c + "\n" for c in answer).encode())
        answered += 1
sys.stdout.write(text.decode(errors="replace").replace("\r\n", "\n"))
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
