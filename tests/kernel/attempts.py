# SPDX-License-Identifier: GPL-2.0-or-later
"""attempts.py WHAT: calls that the kernel refuses a local port. Prints the error of the last one, then stays for
a minute."""

import errno
import socket
import sys
import time

PEER = ("127.0.0.1", 8300)
kept = []


def bound(port, kind=socket.SOCK_STREAM):
    s = socket.socket(socket.AF_INET, kind)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("127.0.0.1", port))
    kept.append(s)
    return s


def two_listen():
    first, second = bound(8204), bound(8204)
    first.listen(1)
    second.listen(1)


def listen_again():
    first, second = bound(8205), bound(8205)
    first.listen(1)
    try:
        second.listen(1)
    except OSError:
        first.close()
    second.listen(1)


def listen_without_port():
    fill()
    s = socket.socket()
    kept.append(s)
    s.listen(1)


def bind_without_port():
    fill()
    s = socket.socket()
    kept.append(s)
    s.bind(("127.0.0.1", 0))


def fill():
    for port in range(40000, 40004):
        s = socket.socket()
        s.bind(("127.0.0.1", port))
        s.listen(1)
        kept.append(s)


def connect_out():
    """One port is bound, the others go to connections."""
    server = bound(PEER[1])
    server.listen(100)
    s = socket.socket()
    s.bind(("127.0.0.1", 40001))
    kept.append(s)
    while True:
        s = socket.socket()
        kept.append(s)
        s.connect(PEER)


def connect_twice():
    bound(PEER[1]).listen(100)
    bound(7777).connect(PEER)
    bound(7777).connect(PEER)


def connect_udp():
    while True:
        s = socket.socket(type=socket.SOCK_DGRAM)
        kept.append(s)
        s.connect(PEER)


def main(what):
    try:
        globals()[what]()
        print("done", flush=True)
    except OSError as e:
        print(errno.errorcode[e.errno], flush=True)
    time.sleep(60)


main(sys.argv[1])
