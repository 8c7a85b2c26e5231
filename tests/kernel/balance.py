# SPDX-License-Identifier: GPL-2.0-or-later
"""balance.py EVENTS TRACE PORT: is each state that a connection to PORT entered, by what `stream --json` printed,
left by an event as well, and do the events tell of every change that the kernel has traced, but for
LISTEN > SYN_RECV? Exit status 1: no, with every difference.

There are processes that no BPF program is run on top of (docs/reliability.md, A loss that is not ours): changes in
an interrupt of such a process are printed, and no fault, as long as none in its context was told."""

import collections
import json
import re
import sys

TRACED = re.compile(
    r"^\s*(.+-\d+)\s+\[.*inet_sock_set_state: .*sport=(\d+) dport=(\d+) .*oldstate=TCP_(\w+) newstate=TCP_(\w+)"
)


def change(event):
    """(old, new), or None for what is no change of a state. "timewait" stands for that of the connection's own
    socket to CLOSE, from a state that is to be looked up."""
    if event["event"] == "listen":
        return "CLOSE", "LISTEN"
    if event["event"] == "connect":
        return "CLOSE", "SYN_SENT"
    if event["event"] == "state":
        return event["old"], event["new"]
    if event["event"] == "timewait":
        return None, "CLOSE"
    return None


def key(local, remote, old, new):
    """No socket has a local port yet when the kernel traces that it connects."""
    return 0 if new == "SYN_SENT" else local, remote, old, new


def read_events(path, port):
    """What was told, by key, and what is wrong with the order of each socket's states."""
    told, current, wrong = collections.Counter(), {}, []
    with open(path, encoding="utf-8") as f:
        for line in f:
            event = json.loads(line)
            local = event.get("local", {}).get("port", 0)
            remote = event.get("remote", {}).get("port", 0)
            move = change(event)
            if port not in (local, remote) or not move:
                continue
            # Some kernels give a socket no cookie. A pair of ports has one socket at a time.
            cookie = event.get("cookie")
            socket = cookie or (local, remote)
            old, new = move
            if not cookie and not local:
                told[key(local, remote, old, new)] += 1  # it has no name until its port is chosen
                continue
            was = current.get(socket, "CLOSE")
            if was == "CLOSE" and (old == "SYN_RECV" or old == "SYN_SENT" and not cookie):
                was = old
            if old and was != old:
                wrong.append(f"{socket}: {old} > {new} after {was}")
            told[key(local, remote, old or was, new)] += 1
            current[socket] = new
    wrong += [f"{socket}: ends in {state}" for socket, state in current.items() if state != "CLOSE"]
    return told, wrong


def read_trace(path):
    """In the context of which processes each change was made, by key."""
    traced = collections.defaultdict(list)
    with open(path, encoding="utf-8", errors="replace") as f:
        for line in f:
            m = TRACED.match(line)
            if m:
                traced[key(int(m[2]), int(m[3]), m[4], m[5])].append(m[1])
    return traced


def main(events, trace, port):
    told, wrong = read_events(events, port)
    traced = read_trace(trace)
    heard = {p for change, processes in traced.items() if told[change] >= len(processes) for p in processes}
    untold = {change: processes for change, processes in traced.items() if told[change] < len(processes)}
    print(f"{sum(told.values())} changes told, {sum(map(len, traced.values()))} traced")
    for change, processes in untold.items():
        deaf = [p for p in processes if p not in heard]
        print(f"untold: {change}, on top of {', '.join(processes)}")
        if len(deaf) < len(processes) - told[change]:
            wrong.append(f"{change}: told {told[change]} times, made {len(processes)} times")
    for change in told.keys() - traced.keys():
        wrong.append(f"{change}: told, and never made")
    if untold and not any(": told" in w for w in wrong):
        wrong = []  # what follows the untold changes is out of order
    print("\n".join(wrong[:20]), file=sys.stderr)
    return 1 if wrong or not traced else 0


sys.exit(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
