# SPDX-License-Identifier: GPL-2.0-or-later
"""follow.py FILE: does what `stream --json` printed, from before this network namespace's first
socket, lead to the sockets that there are now? Exit status 0 if so; else 1 and every difference."""

import os
import sys
import time

import stream
import truth


def parents(pid):
    while pid > 1:
        yield pid
        try:
            with open(f"/proc/{pid}/stat", "rb") as f:
                pid = int(f.read().rsplit(b")", 1)[1].split()[1])
        except FileNotFoundError:
            return


def told(s):
    """From the stream"""
    # A connection of UDP is no event.
    state = "udp" if s.proto == "udp" else s.state
    return (s.proto, state, s.local, None if s.proto == "udp" else s.remote)


def true(s):
    state = "udp" if s["proto"] == "udp" else s["state"]
    return (s["proto"], state, s["local"], None if s["proto"] == "udp" else s["remote"])


def same(a, b):
    """0.0.0.0 of a bind becomes an address when a UDP socket is connected."""
    if a == b:
        return True
    return (a[0] == b[0] == "udp" and a[2] and a[2][1] == b[2][1])


def compare(path):
    follower = stream.Stream(truth.netns_inode())
    with open(path, encoding="utf-8") as f:
        for line in f:
            if line.endswith("\n"):
                follower.feed(line)
    problems = list(follower.errors)
    if follower.lost:
        problems.append(f"{follower.lost} events were lost")
    kernel = [s for s in truth.sockets() if s["state"] != "SYN_RECV"]
    small = [s for s in kernel if s["state"] == "TIME_WAIT"]
    for s in follower.live.values():
        if s.state in (None, "CLOSE"):
            # Somebody may well keep a descriptor of what is no connection any more.
            if not os.path.exists(f"/proc/{s.pid}"):
                problems.append(f"never closed: {told(s)} of {s.pid} after {s.story}")
            continue
        match = next((k for k in kernel if same(told(s), true(k))), None)
        if not match:
            problems.append(f"only in the stream: {told(s)} after {s.story}")
            continue
        kernel.remove(match)
        pids = {o[0] for o in match["owners"]}
        if s.proto == "tcp" and s.open != bool(pids) and (s.accepted or not s.passive):
            problems.append(f"{'not ' if s.open else ''}closed by the stream: {truth.show(match)}")
        # The process that took it may have left it to a child.
        if pids and not pids | {p for pid in pids for p in parents(pid)} >= {s.pid}:
            problems.append(f"process {s.pid} by the stream: {truth.show(match)}")
    for (local, remote), s in follower.timewaits.items():
        match = next((k for k in kernel if k["local"] == local and k["remote"] == remote and
                      k["state"] in ("TIME_WAIT", "FIN_WAIT2") and not k["owners"]), None)
        if match:
            kernel.remove(match)
        else:
            problems.append(f"no such TIME-WAIT: {local} {remote} after {s.story}")
    problems += [f"not in the stream: {truth.show(k)}" for k in kernel]
    return problems, len(follower.live), len(small)


def main(path):
    # The stream may be a moment behind.
    end = time.monotonic() + 30
    while True:
        problems, live, small = compare(path)
        if not problems or time.monotonic() > end:
            break
        time.sleep(0.1)
    print("\n".join(problems) or f"{live} sockets and {small} in TIME-WAIT, as in the stream")
    return 1 if problems else 0


sys.exit(main(os.fspath(sys.argv[1])))
