#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Check the language of comments, and that the files they name exist.

	comments.py subjects|names < list of files

subjects: no first sentence of a comment has a pronoun or a relative clause as its subject. comments.txt has
the number of those that a folder may still have; a folder that has fewer must say so there.
names: a file of ours that a comment or a document names is there. comments.txt lists the words that look like
one and are not.
"""

import collections
import os
import re
import sys

SUBJECT = re.compile(r"(What|Who|Whoever|Whatever|Whichever|Which|Those|These|One|It|They|He|Its?|The same|"
                     r"(All|Everything|Nothing|Whatever) (that|which|who))\b(?! (of|in|by)\b.*\?$)")
NAME = re.compile(r"(?<![\w./@$~*}<-])((?:[\w.-]+/)*[\w-]+\.(?:c|h|md|bats|bash|sh|awk|py|mk|jq|scd|bpf\.c))\b(?![\w(*/-])")
# The kernel's own tree, libc's headers, other projects
FOREIGN = re.compile(r"(include/(net|linux|uapi|trace|asm|asm-generic)|net|kernel|fs|mm|security|lib|arch|tools|Documentation|drivers|"
                     r"init|ipc|block|linux|uapi|asm|asm-generic|sys|bpf|netinet|arpa|usr|etc|proc|run)/")
# The names of examples
PLACEHOLDER = re.compile(r"(.*/)?(main_)?(NAME|PAGE|MODULE)\b|(.*/)?NAME_")
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
LIST = os.path.join(ROOT, "tests/lint/comments.txt")


def exceptions(kind):
    for line in open(LIST):
        words = line.split()
        if words and words[0] == kind:
            yield words[1:]


def c_comments(text):
    """Yield line number and text of each comment; successive // lines are one."""
    for m in re.finditer(r'"(?:\\.|[^"\\\n])*"|/\*.*?\*/|(?:^[ \t]*//[^\n]*\n)+|//[^\n]*', text, re.S | re.M):
        if not m.group().startswith('"'):
            body = re.sub(r"^[ \t]*(/\*+|\*/|\*|//)[ \t]?|\*/$", "", m.group(), flags=re.M)
            yield text.count("\n", 0, m.start()) + 1, body


def hash_comments(text):
    block, start = [], 0
    for n, line in enumerate(text.split("\n") + [""], 1):
        m = re.match(r"[ \t]*#(?![!])[ \t]?(.*)", line)
        if m and not re.match(r"(SPDX|shellcheck|bats )", m.group(1)):
            if not block:
                start = n
            block.append(m.group(1))
            continue
        if block:
            yield start, "\n".join(block)
        block = []
        m = re.search(r"\s# (\S.*)$", line)
        if m and not re.search(r"['\"`][^'\"`]*$", m.group(1)):
            yield n, m.group(1)


def comments(path, text):
    return c_comments(text) if re.search(r"\.[ch]$", path) else hash_comments(text)


def folder(path):
    parts = path.split("/")[:-1]
    return "/".join(parts[:2]) if parts and parts[0] in ("src", "tests") else (parts or ["."])[0]


def subjects(files):
    found = collections.defaultdict(list)
    for path, text in files:
        if path.endswith(".md"):
            continue
        for n, body in comments(path, text):
            body = re.sub(r"^\s*(SPDX\S* \S+\s*|-+\s*|[\w.]+(?:\([^)]*\))?: )?", "", body.strip())
            if SUBJECT.match(body):
                found[folder(path)].append(f"{path}:{n}: {body.splitlines()[0]}")
    allowed = {where: int(number) for where, number in exceptions("subjects")}
    bad = False
    for where in sorted({*found, *allowed}):
        have, may = len(found[where]), allowed.get(where, 0)
        if have > may:
            bad = True
            print(*found[where], sep="\n")
            print(f"{where}: {have} comments begin with a pronoun or a relative clause, {may} at most")
        elif have < may:
            print(f"note: tests/lint/comments.txt: {where} has {have} only, not {may}")
    return bad


def names(files):
    here = {path for path, _ in files}
    ours = {os.path.basename(path) for path in here}
    allowed = {word for words in exceptions("name") for word in words[:1]}
    bad = False
    for path, text in files:
        bodies = [(1, text)] if path.endswith(".md") else comments(path, text)
        for n, body in bodies:
            for m in NAME.finditer(body):
                name = m.group(1)
                if "/" in name:
                    places = ("", "src/", "tests/", "bpf/", "docs/", os.path.dirname(path) + "/")
                    there = any(os.path.normpath(p + name) in here for p in places) or FOREIGN.match(name)
                else:
                    there = name in ours
                if not there and name not in allowed and not PLACEHOLDER.match(name):
                    bad = True
                    print(f"{path}:{n + body.count(chr(10), 0, m.start())}: there is no {name}")
    return bad


def main():
    os.chdir(ROOT)
    files = []
    for path in sys.stdin.read().split("\n"):
        if re.search(r"\.([ch]|md|bats|bash|sh|awk|py|mk|jq)$|(^|/)(Makefile|run)$", path):
            files.append((path, open(path, encoding="utf-8", errors="replace").read()))
    sys.exit({"subjects": subjects, "names": names}[sys.argv[1]](files))


main()
