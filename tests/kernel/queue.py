# SPDX-License-Identifier: GPL-2.0-or-later
"""queue.py WHAT: servers that do not accept, and what they are sent. Prints "ready" when it is there, then stays
for a minute."""

import select
import socket
import sys
import time

LOOPBACK = "127.0.0.1"
kept = []


def client(port, wait=True):
    s = socket.socket()
    kept.append(s)
    if wait:
        s.connect((LOOPBACK, port))
    else:
        s.setblocking(False)
        s.connect_ex((LOOPBACK, port))
    return s


def five():
    """Two of five clients go."""
    kept.append(socket.create_server((LOOPBACK, 8210), backlog=8))
    clients = [client(8210) for _ in range(5)]
    clients[0].close()
    clients[1].close()


def full():
    """One more than the backlog may wait; the kernel answers no other client."""
    kept.append(socket.create_server((LOOPBACK, 8212), backlog=2))
    for _ in range(3):
        client(8212)
    late = client(8212, wait=False)
    if select.select([], [late], [], 0.3)[1]:
        sys.exit("there was room for a fourth client")


def one_of_two():
    """Of two servers with SO_REUSEPORT one has no room. The kernel goes on to give it clients."""
    for backlog in 0, 200:
        s = socket.socket()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        s.bind((LOOPBACK, 8213))
        s.listen(backlog)
        kept.append(s)
    for _ in range(40):
        client(8213, wait=False)


def flood():
    """A UDP server has room for a few of 200 datagrams."""
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2304)
    s.bind((LOOPBACK, 8211))
    c = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    kept.extend((s, c))
    for _ in range(200):
        c.sendto(b"x" * 500, (LOOPBACK, 8211))


globals()[sys.argv[1]]()
print("ready", flush=True)
time.sleep(60)
