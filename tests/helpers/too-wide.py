#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Lines of standard input that take more columns of a terminal than the first argument says: printed,
# and exit status 1. Colours take none, wide characters two, combining ones none.
#
#	too-wide.py COLUMNS
#	too-wide.py --each STATUS	what on-terminal.py has written of several widths: at each the
#					command has ended with this status, and has written something
import re
import sys
import unicodedata


def width(line):
    columns = 0
    for c in re.sub(r"\x1b\[[0-9;]*m", "", line):
        if unicodedata.combining(c):
            continue
        columns += 2 if unicodedata.east_asian_width(c) in "WF" else 1
    return columns


def faults_of(text, most):
    return [f"{width(line)} columns of {most}: {line}" for line in text.split("\n") if width(line) > most]


def faults_of_each(text, status):
    for part in text.split("\f ")[1:]:
        head, _, shown = part.partition("\n")
        columns, ended = map(int, head.split())
        yield from faults_of(shown, columns)
        if ended != status or not shown:
            yield f"{columns} columns: status {ended}: {shown}"


read = sys.stdin.buffer.read().decode("utf-8", "replace")
if sys.argv[1] == "--each":
    faults = list(faults_of_each(read, int(sys.argv[2]))) if "\f " in read else ["nothing was run"]
else:
    faults = faults_of(read, int(sys.argv[1]))
for text in faults:
    print(text)
sys.exit(bool(faults))
