# SPDX-License-Identifier: GPL-2.0-or-later
"""balance.py FILE PORT: is each state that a connection to PORT entered, by what `stream --json` printed, left
by an event as well? Prints how many changes the kernel has made that the events tell of, but for
LISTEN > SYN_RECV, which is not told. Exit status 1: the sums differ, with every difference."""

import collections
import json
import sys


def change(event):
    """(old, new), or None for what is no change of a state."""
    if event["event"] == "listen":
        return "CLOSE", "LISTEN"
    if event["event"] == "connect":
        return "CLOSE", "SYN_SENT"
    if event["event"] == "state":
        return event["old"], event["new"]
    return None


def main(path, port):
    entered, left = collections.Counter(), collections.Counter()
    current = {}  # by socket
    told, wrong = 0, []
    with open(path, encoding="utf-8") as f:
        for line in f:
            event = json.loads(line)
            if port not in (event.get("local", {}).get("port"), event.get("remote", {}).get("port")):
                continue
            cookie = event.get("cookie")
            move = change(event)
            if event["event"] == "timewait":
                # The connection's own socket goes to CLOSE, for which this stands.
                move = current.get(cookie), "CLOSE"
            if not move:
                continue
            old, new = move
            told += 1
            was = current.get(cookie, "SYN_RECV" if old == "SYN_RECV" else "CLOSE")
            if was != old:
                wrong.append(f"{cookie}: {old} > {new} after {was}")
            left[old] += 1
            entered[new] += 1
            current[cookie] = new
    wrong += [f"{cookie}: ends in {state}" for cookie, state in current.items() if state != "CLOSE"]
    for state in sorted(set(entered) | set(left)):
        print(f"{state}: entered {entered[state]}, left {left[state]}", file=sys.stderr)
        if state not in ("CLOSE", "SYN_RECV") and entered[state] != left[state]:
            wrong.append(f"{state}: entered {entered[state]} times, left {left[state]} times")
    print("\n".join(wrong[:20]), file=sys.stderr)
    print(told)
    return 1 if wrong else 0


sys.exit(main(sys.argv[1], int(sys.argv[2])))
