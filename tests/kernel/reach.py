# SPDX-License-Identifier: GPL-2.0-or-later
"""reach.py PORT PORTWATCH...: for every set of servers on the port, each in a process of its own, compare whom
`portwatch --json` says localhost reaches, and between whom connections are shared out, with whom real connections
come to. Prints each difference, and how many sets there were."""

import itertools
import json
import os
import socket
import subprocess
import sys

TRIES = 40  # of two that share, one gets none of so many connections once in 10^12 times
HOSTS = {"127.0.0.1": socket.AF_INET, "::1": socket.AF_INET6}
# address, IPV6_V6ONLY
KINDS = [("127.0.0.1", None), ("127.0.0.2", None), ("::1", None), ("0.0.0.0", None), ("::", 0), ("::", 1)]
PORT = int(sys.argv[1])


def serve(kind, ready):
    """Answer each connection with the own PID."""
    address, v6only = kind
    s = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    if v6only is not None:
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, v6only)
    try:
        s.bind((address, PORT))
        s.listen(64)
    except OSError:
        os.write(ready, b"n")
        os._exit(1)
    os.write(ready, b"y")
    while True:
        c = s.accept()[0]
        c.sendall(str(os.getpid()).encode())
        try:
            c.recv(1)
        except ConnectionResetError:
            pass
        c.close()


def start(kind):
    """The PID, or None where the bind() fails."""
    ready, told = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(ready)
        serve(kind, told)
    os.close(told)
    ok = os.read(ready, 1) == b"y"
    os.close(ready)
    if ok:
        return pid
    os.waitpid(pid, 0)
    return None


def reached(host):
    """The PIDs that connections to this address come to. The client closes first with a reset: no TIME-WAIT."""
    found = set()
    for _ in range(TRIES):
        s = socket.socket(HOSTS[host])
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        try:
            s.connect((host, PORT))
            found.add(int(s.recv(16)))
        except ConnectionRefusedError:
            return set()
        finally:
            s.close()
    return found


def pids(people):
    return {p["pid"] for p in people}


def compare(kinds, owners):
    out = subprocess.run(sys.argv[2:] + ["--json", f"{PORT}/tcp"], stdout=subprocess.PIPE, check=True).stdout
    port = json.loads(out)["ports"][0]
    actual = {host: reached(host) for host in HOSTS}
    served = [found for found in actual.values() if found]
    plain = not served or (len(served) < 2 or served[0] == served[1]) and served[0] == set(owners)
    told = {host: pids(people) for host, people in port.get("localhost", {}).items()}
    # The kernel prefers one of these two for IPv6 by their order in its table, so nothing is told.
    tie = ("::", 0) in kinds and ("::", 1) in kinds and ("::1", None) not in kinds
    if told != ({} if plain or tie else actual):
        print(f"{kinds}: localhost {told}, and not {actual} of {owners}")
    # Sockets of one kind are a group; the largest one is told.
    groups = [{o for o, k in zip(owners, kinds) if k == kind} for kind in set(kinds)]
    most = max(len(g) for g in groups)
    shared = pids(port.get("shared_by", []))
    if shared not in (g for g in groups if len(g) == most) if most > 1 else shared:
        print(f"{kinds}: shared by {shared}, and not as in {groups}")
    elsewhere = [found for found in served if len(found) > 1]
    if most > 1 and elsewhere and shared not in elsewhere:
        print(f"{kinds}: shared by {shared}, and connections came to {elsewhere}")


def main():
    nr = 0
    sets = itertools.chain(
        itertools.combinations_with_replacement(KINDS, 1),
        itertools.combinations_with_replacement(KINDS, 2),
        itertools.combinations(KINDS, 3),
        [(KINDS[0],) * 3],
    )
    for kinds in sets:
        owners = [start(kind) for kind in kinds]
        if all(owners):
            nr += 1
            compare(kinds, owners)
        for pid in filter(None, owners):
            os.kill(pid, 9)
            os.waitpid(pid, 0)
    print(f"compared {nr}")


main()
