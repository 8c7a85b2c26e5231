# SPDX-License-Identifier: GPL-2.0-or-later
"""filters.py FOLDER PID NETNS OTHER: each stream in FOLDER must have shown those events of the one
named `everything` that its filter asks for, and no others."""

import collections
import json
import sys

folder, early, netns, other = sys.argv[1], *map(int, sys.argv[2:])


def local(e):
    return e.get("local", {}).get("port")


def new_state(e):
    """The state that an event leads to; cli.md names it where it is not the event's name."""
    if e["event"] in ("state", "listen", "connect"):
        return e["new"]
    return None


FILTERS = {
    "port": lambda e: local(e) == 7100,
    "ports": lambda e: (local(e) in range(7000, 7100) or local(e) == 7101 or
                        (local(e) == 7300 and e["proto"] == "udp")),
    "pid": lambda e: e.get("pid") == early,
    "proto": lambda e: e["proto"] == "udp",
    "event": lambda e: e["event"] in ("bind", "listen", "close", "accept"),
    "state": None,
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
                e.pop("holders", None)
                e.pop("duration_ms", None)
                events.append(e)
    return events


def count(events):
    return collections.Counter(json.dumps(e, sort_keys=True) for e in events)


everything = read("everything")
wrong = []
for name, wanted in FILTERS.items():
    shown = read(name)
    if not wanted:
        # What leads to these states, whatever the event is called.
        wanted = lambda e: e["event"] == "timewait" or new_state(e) == "ESTABLISHED" or (
            e["event"] == "accept") or (e["event"] == "close" and False)
    want, have = count(filter(wanted, everything)), count(shown)
    print(f"{name}: {have.total()} shown, {want.total()} asked for, of {len(everything)}")
    if not want or want.total() == len(everything):
        wrong.append(f"{name}: the filter filters nothing")
    wrong += [f"{name}: not shown: {e}" for e in (want - have).elements()]
    wrong += [f"{name}: not asked for: {e}" for e in (have - want).elements()]
print("\n".join(wrong[:40]))
sys.exit(bool(wrong))
