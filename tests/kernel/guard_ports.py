#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Let the kernel choose ports until there are no more, in several ways, and complain of those that it must not choose.

	guard_ports.py ROUNDS PORT...

Prints how many different ports were chosen in all.
"""

import errno
import resource
import socket
import sys

LOCAL = {socket.AF_INET: "127.0.0.1", socket.AF_INET6: "::1"}


def bind(family, kind):
    s = socket.socket(family, kind)
    s.bind((LOCAL[family], 0))
    return s


def listen(family, kind):
    s = socket.socket(family, kind)
    s.listen()
    return s


def connect(family, kind):
    s = socket.socket(family, kind)
    s.connect((LOCAL[family], 9 if kind == socket.SOCK_DGRAM else server[family]))
    return s


def every_port(way, family, kind):
    sockets = []
    try:
        while True:
            sockets.append(way(family, kind))
    except OSError as e:
        if e.errno not in (errno.EADDRINUSE, errno.EADDRNOTAVAIL, errno.EAGAIN):
            raise
    ports = {s.getsockname()[1] for s in sockets}
    for s in sockets:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        s.close()
    return ports


resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
rounds, forbidden = int(sys.argv[1]), {int(p) for p in sys.argv[2:]}
server, servers = {}, []
for family in LOCAL:
    s = socket.socket(family, socket.SOCK_STREAM)
    s.bind((LOCAL[family], 1024 + family))
    s.listen(1000)
    server[family] = 1024 + family
    servers.append(s)
chosen = set()
for _ in range(rounds):
    for family in LOCAL:
        for way, kind in ((bind, socket.SOCK_STREAM), (bind, socket.SOCK_DGRAM), (listen, socket.SOCK_STREAM),
                          (connect, socket.SOCK_STREAM), (connect, socket.SOCK_DGRAM)):
            ports = every_port(way, family, kind)
            if ports & forbidden:
                sys.exit(f"{way.__name__} {family.name} {kind.name}: chosen: {sorted(ports & forbidden)}")
            chosen |= ports
print(f"chosen: {len(chosen)}")
