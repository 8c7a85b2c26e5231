#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The form of what portwatch prints to a terminal: what is the same in the README's example and on any
machine. Numbers and times become #, rows of a table "row", and of lines "  label  text" the labels remain.
With --lines: the text as it is, but that lines which were broken between words are whole again."""
import re
import sys

# Where a process happens to run is no matter of form.
OF_THE_MACHINE = {"unit", "container", "note", "condition"}


def joined(text):
    """Lines that were broken between words, whole again."""
    lines = []
    for line in text.split("\n"):
        if lines and lines[-1] and re.match(r"  +\S", line) and not re.match(r"  \S.*?  +\S", line):
            lines[-1] += " " + line.strip()
        else:
            lines.append(line)
    return lines


def forms(text):
    table, labels = False, set()
    for line in joined(re.sub(r"\x1b\[[0-9;]*m", "", text)):
        label = re.match(r"  (\S+(?: \S+)?)  +\S", line)
        if label:
            # a second one may stand behind the first text
            found = [label[1]] + re.findall(r" {4,}([a-z]+)  +\S", line)
            labels |= set(found) - OF_THE_MACHINE
            continue
        if labels:
            yield "labels: " + ", ".join(sorted(labels))
            labels = set()
        if re.fullmatch(r"[A-Z]+(?:  +[A-Z]+)+", line):
            table = True
            yield re.sub(r" +", " ", line)
        elif table and re.match(r"\d+ (sockets?|events?)\b", line):
            table = False
            yield re.sub(r":.*", ":", re.sub(r"\d[\d.]*", "#", re.sub(r"^\d+ \w+", "# things", line)))
        elif table:
            yield "row"
        elif line:
            line = re.sub(r"\d[\d.]* (µs|ms|s|min|h|d)\b", "# T", line)
            yield re.sub(r"\d[\d.]*", "#", line)


if sys.argv[1:] == ["--lines"]:
    print("\n".join(joined(sys.stdin.read())))
    sys.exit()
last = None
for form in forms(sys.stdin.read()):
    if form != last:
        print(form)
    last = form
