# SPDX-License-Identifier: GPL-2.0-or-later
"""odd.py: one process with sockets in the conditions that portfix does not make, mostly those that
sockets are in after something has happened to them. Prints ready, then stays."""

import ctypes
import itertools
import os
import signal
import socket
import struct

libc = ctypes.CDLL(None, use_errno=True)
V4, V6, TCP, UDP = socket.AF_INET, socket.AF_INET6, socket.SOCK_STREAM, socket.SOCK_DGRAM
HOME = ("127.0.0.1", 0)
ports = itertools.count(21000)
kept = []


def keep(s):
    kept.append(s)
    return s


def chosen():
    """An address whose port we choose: the kernel does not take that back."""
    return ("127.0.0.1", next(ports))


def sock(family=V4, kind=TCP, bind=None, listen=None):
    s = keep(socket.socket(family, kind))
    if bind:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind(bind)
    if listen is not None:
        s.listen(listen)
    return s


def refused(s):
    try:
        s.connect(("127.0.0.1", 1))
    except ConnectionRefusedError:
        return
    raise SystemExit("something listens on port 1")


def disconnect(s):
    unspec = struct.pack("=H14x", socket.AF_UNSPEC)
    if libc.connect(s.fileno(), unspec, len(unspec)):
        raise SystemExit("connect(AF_UNSPEC): " + os.strerror(ctypes.get_errno()))


def reset(s):
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    s.close()


def gone(s):
    """Wait until the peer's reset is here."""
    try:
        s.recv(1)
    except ConnectionResetError:
        return


def pair(client):
    client.connect(server.getsockname())
    return client, keep(server.accept()[0])


server = sock(bind=HOME, listen=16)
second = sock(bind=("127.0.0.2", 0), listen=16)
dual = sock(V6, bind=("::", 0), listen=16)

# refused: the port is given back, unless it was asked for by number
refused(sock())
refused(sock(bind=HOME))
refused(sock(bind=chosen()))

# reset by the other side, and the descriptor still open
for where in None, HOME, chosen():
    a, b = pair(sock(bind=where))
    reset(b)
    gone(a)
a, b = pair(sock())
reset(a)
gone(b)

# disconnected; and connected again to another server
for where in None, HOME, chosen():
    a, b = pair(sock(bind=where))
    disconnect(a)
    a, b = pair(sock(bind=where and (where[0], where[1] and where[1] + 100)))
    disconnect(a)
    a.connect(second.getsockname())

# a listener that no longer is; that is one again; that became a client
for where in None, HOME, chosen():
    sock(bind=where, listen=1).shutdown(socket.SHUT_RDWR)
    s = sock(bind=where and (where[0], where[1] and where[1] + 100), listen=1)
    s.shutdown(socket.SHUT_RDWR)
    s.listen(5)
    s = sock(bind=where and (where[0], where[1] and where[1] + 200), listen=1)
    s.shutdown(socket.SHUT_RDWR)
    s.connect(second.getsockname())
# another backlog
sock(bind=HOME, listen=1).listen(77)

# nobody has accepted these yet, and of one the client is gone already
sock().connect(server.getsockname())
early = sock()
early.connect(server.getsockname())
early.close()

# connected to itself
me = sock(bind=HOME)
me.connect(me.getsockname())

# IPv4 over an IPv6 socket, both ends
a = sock(V6)
a.connect(("::ffff:127.0.0.1", dual.getsockname()[1]))
keep(dual.accept()[0])
sock().connect(("127.0.0.1", dual.getsockname()[1]))
keep(dual.accept()[0])
sock(V6, bind=("::ffff:127.0.0.1", 0), listen=1)

# only on one interface; an address that is not ours
s = sock()
s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo")
s.bind(("0.0.0.0", 0))
s.listen(3)
s = sock()
s.setsockopt(socket.IPPROTO_IP, 15, 1)  # IP_FREEBIND
s.bind(("192.0.2.1", 0))
s.listen(3)

# UDP: connected, to another peer, and no more
sink = sock(V4, UDP, bind=HOME)
s = sock(V4, UDP)
s.connect(sink.getsockname())
s.connect(("127.0.0.3", 9))
s = sock(V4, UDP)
s.connect(sink.getsockname())
disconnect(s)
s = sock(V4, UDP, bind=("0.0.0.0", 0))
s.connect(sink.getsockname())
s = sock(V4, UDP, bind=("0.0.0.0", 0))
s.connect(sink.getsockname())
disconnect(s)
s = sock(V4, UDP)
s.sendto(b"x", sink.getsockname())
s.connect(sink.getsockname())
s = sock(V6, UDP)
s.connect(("::ffff:127.0.0.1", sink.getsockname()[1]))
sock(V6, UDP, bind=("::", 0))
sock(V6, UDP).sendto(b"x", ("::1", 9))

# with no port and no use
sock()
sock(V4, UDP)

# the same socket under three numbers, one of them in another process
for _ in range(2):
    keep(server.dup())
child = os.fork()
if not child:
    signal.pause()

print(f"ready pid={os.getpid()} port={server.getsockname()[1]} children={child}", flush=True)
signal.alarm(600)
signal.pause()
