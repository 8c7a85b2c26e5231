#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
#	agree_sources.py PORTWATCH REFUSE PIN CHAOS --states N [--seed N] [CHAOS-ARG...]
#
# Runs the helper `chaos`. Whenever it stands still, `list` and `who` answer by every source: the better ones
# are refused, one after another. A state is one answer that was compared, field by field, with what the
# best source said before and after it; and what that said, with a walk over all descriptors. Fields may differ
# only if the answer calls their fact unknown. PIN: of a loaded tracker, which is a source as well.
#
# Sockets whose processes have gone have timers: what differs before and after is not compared, but counted.
# Ends with one line of figures, also when it is told to end (SIGTERM); status 1 after a line for each difference.

import collections
import json
import os
import random
import signal
import subprocess
import sys

from descriptors import processes, walk

portwatch, refuse, pin, helper = sys.argv[1:5]
NOTHING_LOADED = pin + "-none"
# Each way: the facilities that are refused, and the pins to look at
WAYS = [
    ("", NOTHING_LOADED),
    ("sock_diag", NOTHING_LOADED),
    ("sock_diag,open:/proc/*net/*", NOTHING_LOADED),
    ("sock_diag,open:/proc/*net/*,raw_tp", NOTHING_LOADED),
    ("raw_tp", NOTHING_LOADED),
    ("sock_diag,raw_tp", NOTHING_LOADED),
    ("raw_tp,iter/task_file", NOTHING_LOADED),
    ("bpf", NOTHING_LOADED),
    ("setns", NOTHING_LOADED),
    ("bpf,setns", NOTHING_LOADED),
    ("bpf,sock_diag", NOTHING_LOADED),
    ("", pin),
    ("cmd:ITER_CREATE", pin),
]
# By whom a holder was looked for, ages, what grows by itself, and what only a tracker knows
NOT_COMPARED = {"resolved", "since", "creator", "inferred", "expires_ms", "retransmits"}
# Absent where a source does not tell it: then the rest is compared.
MAY_BE_ABSENT = ("cookie", "backlog", "v6only", "reuseport", "reusable", "uid", "user", "queue", "half_open",
                 "drops", "device", "waits_for")
LEFT_OUT = {"owners", *NOT_COMPARED, *MAY_BE_ABSENT}
PORTS_PER_LOOK = 4

# Runs each line's words and prints a line of what came of it; it lives under the refusal, which takes long to set up.
WORKER = """
import json, subprocess, sys
for line in sys.stdin:
    p = subprocess.run(json.loads(line), capture_output=True, text=True)
    print(json.dumps([p.returncode, p.stdout, p.stderr]), flush=True)
"""

figures = collections.Counter()
by_sources = collections.Counter()
faults = []


class Way:
    def __init__(self, rules, pins):
        self.rules, self.pins = rules, pins
        front = [refuse, "--unhit-ok", rules, "--"] if rules else []
        self.worker = subprocess.Popen([*front, sys.executable, "-c", WORKER], stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE, text=True)

    def answer(self, words):
        self.worker.stdin.write(json.dumps([portwatch, "--pin-dir", self.pins, "--json", *words]) + "\n")
        self.worker.stdin.flush()
        status, out, err = json.loads(self.worker.stdout.readline())
        if status not in (0, 1, 5) or not out:
            sys.exit(f"{self}: status {status}: {err}")
        return json.loads(out)

    def __str__(self):
        return f"{'tracker' if self.pins == pin else 'snapshot'} without {self.rules or 'any refusal'}"

    def end(self):
        self.worker.stdin.close()
        self.worker.wait()


def freeze(value):
    if isinstance(value, dict):
        return tuple(sorted((k, freeze(v)) for k, v in value.items()))
    return tuple(map(freeze, value)) if isinstance(value, list) else value


class Socket:
    def __init__(self, s):
        self.owners = frozenset((o["pid"], o["comm"], o["uid"], fd) for o in s["owners"] for fd in o["fds"])
        self.told = {k: freeze(s[k]) for k in MAY_BE_ABSENT if k in s}
        self.key = freeze({k: v for k, v in s.items() if k not in LEFT_OUT})
        self.whole = (self.key, freeze(self.told), self.owners)
        self.near = (s.get("netns"), s["local"].get("port"))
        self.state, self.netns = s["state"], s.get("netns")

    def agrees(self, other, options, moved):
        """`options`: as they are now, not when it was last used. What a full queue drops grows by itself: peers repeat."""
        return all(self.told[k] == other.told[k] for k in self.told.keys() & other.told.keys()
                   if (options or k not in ("reuseport", "v6only", "cookie")) and not (moved and k == "drops"))

    def __str__(self):
        return f"{self.key} {self.told} owners {sorted(self.owners)}"


def owned_by(s, pids):
    """Whoever has it may have moved to another namespace."""
    return any(o.get("pid") in pids for o in s["owners"])


class Answer:
    """What was said of the sockets in these namespaces"""

    def __init__(self, answer, netns, pids):
        self.unknown = set(answer.get("unknown", []))
        self.sources = answer.get("sources", {})
        self.lived_in = netns
        self.ports = {(p["port"], p["proto"]): p for p in answer.get("ports", [])}
        self.json = [s for s in answer["sockets"] if s.get("netns") in netns or owned_by(s, pids)]
        self.sockets = [Socket(s) for s in self.json]

    def must_show(self, s, own):
        # In flight through a Unix socket, and only bound: it is in no table but sock_diag's (docs/reliability.md).
        if s.state == "BOUND" and not s.owners and self.sources.get("sockets") != "sock_diag":
            figures["bound-in-flight"] += 1
            return False
        # A namespace that no process is in any more, only a socket: /proc does not lead there, nor do the peers get there.
        if s.netns not in self.lived_in and self.sources.get("namespaces") == "/proc/PID/ns":
            figures["netns-of-a-socket"] += 1
            return False
        bound = "bound-sockets" if s.netns == own else "netns-bound-sockets"
        return ((s.state != "BOUND" or not {"bound-sockets", bound} & self.unknown) and
                (s.netns == own or "netns" not in self.unknown))

    def owners_hold(self, has, true):
        """Owners may be fewer if it says so, and none only if it says that."""
        if has == true:
            return True
        if not {"holders", "other-holders"} & self.unknown or not has <= true:
            return False
        return bool(has) or "holders" in self.unknown

    def waits_hold(self, has, true):
        """What a closing connection waits for is told, or it is said that this is not known."""
        return "waits_for" in has.told or "waits_for" not in true.told or "closing-times" in self.unknown

    def take(self, s, rows, moved=False):
        """Take the same socket out of these rows. Of those that moved the holders may have, too."""
        options = bool(s.owners) or "entries" not in self.sources
        for exact in True, False:
            for r in rows[s.key]:
                if s.agrees(r, options, moved) and self.waits_hold(s, r) and (moved or s.owners == r.owners if exact else self.owners_hold(s.owners, r.owners)):
                    rows[s.key].remove(r)
                    figures["fewer-owners-said"] += not exact
                    figures["absent-fields"] += len(r.told.keys() - s.told.keys())
                    return True
        return False


def by_key(sockets):
    rows = collections.defaultdict(list)
    for s in sockets:
        rows[s.key].append(s)
    return rows


def compare(way, what, answer, before, after, own):
    """What stood in both answers around it has to be in it, and all that is in it in one of both."""
    was, will = (collections.Counter(s.whole for s in a.sockets) for a in (before, after))
    still = was & will
    must = [s for s in before.sockets if s.whole in still]
    rows, moved = by_key(must), by_key(s for a in (before, after) for s in a.sockets if s.whole not in still)
    for s in answer.sockets:
        if not answer.take(s, rows) and not answer.take(s, moved, True):
            near = [str(r) for a in (before, after) for r in a.sockets if r.near == s.near]
            faults.append(f"{way}: {what}: not so: {s}, unknown {sorted(answer.unknown)}, but {near}")
    for s in (s for some in rows.values() for s in some if answer.must_show(s, own)):
        faults.append(f"{way}: {what}: missing: {s}, unknown {sorted(answer.unknown)}")
    figures["sockets"] += len(must)
    figures["moving"] += sum(((was | will) - still).values())
    for port, p in answer.ports.items():
        one, two = before.ports.get(port), after.ports.get(port)
        if not one or not two or one["why"] != two["why"]:
            continue
        if one["why"] != "free" and (p["why"] == "free" or p.get("bindable") and not one.get("bindable")):
            faults.append(f"{way}: {what}: {port} is {p}, and was {one}")
        if p["why"] != one["why"] and not answer.unknown & {"bound-sockets", "bind-options", "holders", "netns"}:
            faults.append(f"{way}: {what}: {port}: why {p['why']} instead of {one['why']}")
        figures["verdicts"] += 1
    by_sources[f"{'tracker, ' if way.pins == pin else ''}" +
               ", ".join(f"{fact} by {name}" for fact, name in sorted(answer.sources.items()))] += 1
    figures["states"] += 1


def witness(answer, pids, truth, doubtful):
    """The best source's answer against a walk of our own"""
    said = {s["cookie"]: {(o["pid"], fd) for o in s["owners"] for fd in o["fds"] if o["pid"] in pids}
            for s in answer.json if "cookie" in s and "expires_ms" not in s}
    for (proto, port), sockets in truth.items():
        for cookie, held in sockets.items():
            if said.get(cookie) != held and not (cookie in doubtful and cookie not in said):
                faults.append(f"best source: {port}/{proto} cookie {cookie}: held by {sorted(held)}, "
                              f"not by {sorted(said.get(cookie, []))}")
            figures["witnessed"] += 1


def namespaces(pids):
    found = set()
    for pid in pids:
        try:
            found.add(os.stat(f"/proc/{pid}/ns/net").st_ino)
        except OSError:
            pass
    return found


def session(leader):
    """The processes of chaos, and of no other one that may run"""
    for pid in processes("chaos"):
        try:
            if os.getsid(pid) == leader:
                yield pid
        except OSError:
            pass


def look(ways, own, pids):
    netns = namespaces(pids) | {own}
    truth, doubtful = walk(pids)
    ports = random.sample(sorted({port for _, port in truth}), min(PORTS_PER_LOOK, len(truth)))
    for words in (["list", "--netns", "all"], ["who", "--netns", "all", *map(str, ports)]):
        if words[-1] == "all" and words[0] == "who":
            continue
        before = Answer(ways[0].answer(words), netns, pids)
        # one after another, since each proves itself on a socket of its own
        others = [(way, Answer(way.answer(words), netns, pids)) for way in ways[1:]]
        after = Answer(ways[0].answer(words), netns, pids)
        for way, answer in others:
            compare(way, " ".join(words), answer, before, after, own)
        if words[0] == "list":
            witness(before, pids, truth, doubtful)
    figures["looks"] += 1


def main():
    options = dict(zip(sys.argv[5::2], sys.argv[6::2]))
    wanted, seed = int(options.pop("--states")), options.get("--seed", "1")
    random.seed(int(seed))
    ways = [Way(rules, pins) for rules, pins in WAYS if pins != pin or os.path.exists(pin)]
    own = os.stat("/proc/self/ns/net").st_ino
    words = [w for option in options.items() for w in option]
    chaos = subprocess.Popen([helper, *words, "--ops", "1000000000"], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, text=True, start_new_session=True)
    stopped = []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(1))
    try:
        for line in chaos.stdout:
            if not line.startswith("quiet"):
                break
            look(ways, own, set(session(chaos.pid)))
            if figures["states"] >= wanted or faults or stopped:
                break
            chaos.stdin.write("go\n")
            chaos.stdin.flush()
    finally:
        chaos.stdin.close()
        chaos.stdout.close()
        chaos.wait()
        for way in ways:
            way.end()
    for fault in faults:
        print(fault)
    if figures["states"] < wanted and not faults and not stopped:
        print(f"chaos ended after {figures['states']} states")
        faults.append("too few")
    print(json.dumps({"seed": int(seed), **figures, "sources": by_sources}))
    sys.exit(1 if faults else 0)


main()
