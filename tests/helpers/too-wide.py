#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Lines of standard input that take more columns of a terminal than the first argument says: printed,
# and exit status 1. Colours take none, wide characters two, combining ones none.
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


most = int(sys.argv[1])
wide = [line for line in sys.stdin.buffer.read().decode("utf-8", "replace").split("\n") if width(line) > most]
for text in wide:
    print(f"{width(text)} columns of {most}: {text}")
sys.exit(bool(wide))
