# SPDX-License-Identifier: GPL-2.0-or-later
"""agree.py [--expect WORD=COUNT,...] [--source tracker|snapshot] -- PORTWATCH WORD...

Do `portwatch list` and `portwatch who` agree, socket by socket, with the kernel's own account of
this network namespace? PORTWATCH WORD... is the program with its options, without the command.
--expect says how many sockets must be there in certain states, so that agreeing on nothing at all
is no success. Exit status 0 if so; else 1 and every difference.
"""

import collections
import json
import subprocess
import sys
import time

import truth

COMPARED = ("proto", "family", "state", "netns", "local", "remote", "owners", "backlog", "v6only")


def from_portwatch(j, like):
    """One of `sockets` in the JSON. `like` tells which facts the kernel gives about such ones."""
    def address(a):
        return (a["addr"], a.get("port", 0)) if a else None
    s = {
        "proto": j["proto"], "family": j["family"], "state": j["state"], "netns": j["netns"],
        "local": address(j["local"]), "remote": address(j.get("remote")),
        "owners": frozenset((o["pid"], fd, o["comm"], o["uid"])
                            for o in j["owners"] for fd in o["fds"]),
        "cookie": j.get("cookie"),
    }
    if s["state"] == "LISTEN":
        s["backlog"] = j.get("backlog")
    if "v6only" in j and (s["proto"], s["state"]) in like:
        s["v6only"] = j["v6only"]
    return s


def key(s):
    return tuple(s.get(k) for k in COMPARED)


def run(words):
    p = subprocess.run(words, capture_output=True, text=True)
    if p.returncode or p.stderr:
        sys.exit(f"{' '.join(words)}: exit status {p.returncode}, {p.stderr}")
    answer = json.loads(p.stdout)
    if answer["degraded"]:
        sys.exit(f"{' '.join(words)}: degraded")
    return answer


def differences(true, answer):
    like = {(s["proto"], s["state"]) for s in true if "v6only" in s}
    shown = [from_portwatch(j, like) for j in answer["sockets"]
             if j["netns"] == truth.netns_inode() and (truth.KNOWS_BOUND or j["state"] != "BOUND")]
    missing = collections.Counter(map(key, true))
    missing.subtract(map(key, shown))
    lines = []
    for s in true:
        if missing[key(s)] > 0:
            lines.append(f"  only the kernel:   {truth.show(s)}")
    for s in shown:
        if missing[key(s)] < 0:
            lines.append(f"  only portwatch:    {truth.show(s)}")
    cookies = {key(s): s["cookie"] for s in true if s["cookie"]}
    keys = collections.Counter(map(key, true))
    for s in shown:
        if s["cookie"] and keys[key(s)] == 1 and cookies.get(key(s), s["cookie"]) != s["cookie"]:
            lines.append(f"  cookie {s['cookie']}, not {cookies[key(s)]}: {truth.show(s)}")
    return lines


def check(command, true, source):
    answer = run(command)
    lines = differences(true, answer)
    if source and answer["source"] != source:
        lines.append(f"  the source is {answer['source']}, not {source}")
    return [" ".join(command[-4:])] + lines if lines else []


def compare(portwatch, source):
    """One look: the differences, or None if the sockets changed in the meantime."""
    true = truth.sockets()
    lines = check([*portwatch, "list", "--json"], true, source)
    ports = sorted({s["local"][1] for s in true})
    # All at once, and a few alone: the ways to look them up differ.
    for some in [ports] + [[p] for p in ports[:6 if source == "tracker" else 1]]:
        if some:
            want = [s for s in true if s["local"][1] in some]
            lines += check([*portwatch, "who", *map(str, some), "--json"], want, source)
    if sorted(map(str, map(key, true))) != sorted(map(str, map(key, truth.sockets()))):
        return None, true
    return lines, true


def wrong_counts(true, expect):
    """state=5 or proto/state=5, +: that many at least"""
    for word in filter(None, expect.split(",")):
        state, count = word.split("=")
        if state == "BOUND" and not truth.KNOWS_BOUND:
            continue
        found = sum(state in (s["state"], f"{s['proto']}/{s['state']}") for s in true)
        if found < int(count[:-1]) if count.endswith("+") else found != int(count):
            yield f"  {found} sockets are {state} by the kernel, and not {count}"


def main(words):
    options = {"--expect": "", "--source": ""}
    while words[0] != "--":
        options[words[0]] = words[1]
        words = words[2:]
    for _ in range(50):
        lines, true = compare(words[1:], options["--source"])
        if lines is not None:
            break
        time.sleep(0.1)
    else:
        lines = ["  the sockets never stood still"]
    lines += wrong_counts(true, options["--expect"])
    print("\n".join(lines))
    return 1 if lines else 0


sys.exit(main(sys.argv[1:]))
