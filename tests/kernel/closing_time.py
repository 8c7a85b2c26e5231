# SPDX-License-Identifier: GPL-2.0-or-later
"""closing_time.py NAMESPACE PORTWATCH...: TCP connections that close without a process, each in another state and
on another port, to a peer in NAMESPACE that answers no more or takes no more data. Compares the time that
`portwatch --json` says with the time that passes. The device is d0 here, d1 there. Prints a line for each:
PORT STATE WAITS_FOR SAID_MS TOOK_MS."""

import ctypes
import json
import os
import socket
import subprocess
import sys
import time

HERE, PEER = "10.9.0.1", "10.9.0.2"
FIRST = 8401
peers = []


def enter(fd):
    if ctypes.CDLL(None, use_errno=True).setns(fd, 0):
        raise OSError(ctypes.get_errno(), "setns")


own = os.open("/proc/self/ns/net", os.O_RDONLY)
other = os.open(sys.argv[1], os.O_RDONLY)


def connection(port):
    """Both ends, ours first."""
    server = socket.create_server((HERE, port))
    enter(other)
    peer = socket.create_connection((HERE, port))
    enter(own)
    ours = server.accept()[0]
    server.close()
    peers.append(peer)
    return ours, peer


def fill(s):
    """Until the peer's window is closed, and more waits here."""
    s.setblocking(False)
    last = time.monotonic()
    while time.monotonic() - last < 0.5:
        try:
            s.send(b"x" * 65536)
            last = time.monotonic()
        except BlockingIOError:
            time.sleep(0.05)


def deafen():
    """The peer's device gets another address: what is sent to the old one is passed over, and it can still send."""
    enter(other)
    subprocess.run(["ip", "link", "set", "d1", "address", "02:00:00:00:00:99"], check=True)
    subprocess.run(["ip", "neigh", "replace", HERE, "lladdr", sys.argv[2], "dev", "d1", "nud", "permanent"], check=True)
    enter(own)


def table():
    """The states by port."""
    found = {}
    with open("/proc/thread-self/net/tcp", encoding="ascii") as f:
        for line in f.readlines()[1:]:
            words = line.split()
            found[int(words[1].split(":")[1], 16)] = words[3]
    return found


def await_state(port, state):
    while table().get(port) != state:
        time.sleep(0.01)


def main():
    room = os.path.exists("/proc/sys/net/ipv4/tcp_rto_max_ms")
    fin_wait1, _ = connection(FIRST)
    last_ack, closes_first = connection(FIRST + 1)
    closing, closes_too = connection(FIRST + 2)
    fin_wait2, _ = connection(FIRST + 3)
    full, _ = connection(FIRST + 4)
    if room:
        answers, _ = connection(FIRST + 5)
    if room:
        # The peer must answer this connection, so it is over before the peer answers no more.
        fill(answers)
        answers.close()
        measure([FIRST + 5])
    closes_first.close()
    await_state(FIRST + 1, "08")
    fin_wait2.close()
    await_state(FIRST + 3, "05")
    fill(full)
    full.close()
    deafen()
    last_ack.close()
    fin_wait1.close()
    closing.close()
    closes_too.close()
    await_state(FIRST + 2, "0B")
    measure(range(FIRST, FIRST + 5))


def measure(ports):
    spec = ",".join(str(p) for p in ports)
    out = subprocess.run(sys.argv[3:] + ["--json", spec + "/tcp"], stdout=subprocess.PIPE, check=True).stdout
    asked = time.monotonic()
    sockets = {s["local"]["port"]: s for s in json.loads(out)["sockets"] if "expires_ms" in s}
    left = set(ports)
    while left:
        now = time.monotonic()
        there = table()
        for port in sorted(left - set(there)):
            s = sockets.get(port, {})
            print(port, s.get("state"), s.get("waits_for"), s.get("expires_ms"), round((now - asked) * 1000))
            left.discard(port)
        time.sleep(0.02)


main()
