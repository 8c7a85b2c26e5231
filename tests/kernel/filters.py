# SPDX-License-Identifier: GPL-2.0-or-later
"""filters.py FOLDER PID NETNS OTHER: each stream in FOLDER must have shown those events of the one
named `everything` that its filter asks for, and no others."""

import collections
import json
import sys

folder, early, netns, other = sys.argv[1], *map(int, sys.argv[2:])


def local(e):
    return e.get("local", {}).get("port")


def add_states(events):
    """The state of the socket after each event, as `after`: what --state is about. For one that
    existed before, it is known from its first change on."""
    now = {}
    for e in events:
        key = e.get("cookie")
        if e["event"] == "bind" and now.get(key) != "LISTEN":
            now[key] = "UNCONN" if e["proto"] == "udp" else "BOUND"
        elif e["event"] == "timewait":
            now[key] = "TIME_WAIT"
        elif "new" in e:
            now[key] = e["new"]
        e["after"] = now.get(key) if e["event"] != "bind-failed" else None
    return events


FILTERS = {
    "port": lambda e: local(e) == 7100,
    "ports": lambda e: (local(e) in range(7000, 7100) or local(e) == 7101 or
                        (local(e) == 7300 and e["proto"] == "udp")),
    "pid": lambda e: e.get("pid") == early,
    "proto": lambda e: e["proto"] == "udp",
    "event": lambda e: e["event"] in ("bind", "listen", "close", "accept"),
    "state": lambda e: e["after"] in ("ESTABLISHED", "TIME_WAIT"),
    "netns": lambda e: e["netns"] == other,
    "mixed": lambda e: (local(e) == 7100 and e["event"] == "state" and e["family"] == "inet" and
                        e["new"] in ("ESTABLISHED", "CLOSE")),
}


def read(name):
    """Events of our two namespaces. Some are told to each reader apart, a moment later or earlier;
    an end of TIME-WAIT may come after the last reader but one has gone."""
    events = []
    with open(f"{folder}/{name}", encoding="utf-8") as f:
        for line in f:
            e = json.loads(line)
            if e["event"] == "lost":
                sys.exit(f"{name}: {e['count']} events were lost")
            if e["netns"] in (netns, other) and e["event"] != "timewait-end":
                del e["time"]
                # Each stream looks these up for itself, when it reads the event.
                for field in "holders", "peer", "fds", "duration_ms":
                    e.pop(field, None)
                events.append(e)
    return events


def count(events):
    return collections.Counter(json.dumps({k: v for k, v in e.items() if k != "after"}, sort_keys=True)
                               for e in events)


everything = add_states(read("everything"))
wrong = []
for name, wanted in FILTERS.items():
    shown = read(name)
    want, have = count(filter(wanted, everything)), count(shown)
    print(f"{name}: {have.total()} shown, {want.total()} asked for, of {len(everything)}")
    if not want or want.total() == len(everything):
        wrong.append(f"{name}: the filter filters nothing")
    wrong += [f"{name}: not shown: {e}" for e in (want - have).elements()]
    wrong += [f"{name}: not asked for: {e}" for e in (have - want).elements()]
print("\n".join(wrong[:20]))
sys.exit(bool(wrong))
