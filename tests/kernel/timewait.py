# SPDX-License-Identifier: GPL-2.0-or-later
"""Connections that end in ways a plain client and server do not show.

  timewait.py simultaneous N     N connections that both sides close at once: 2 N TIME-WAIT
  timewait.py reset N            N connections that end with a reset: none
  timewait.py peers N            one connection from each of N addresses, the server closes first
  timewait.py many N             N connections from a few addresses, the server closes first
  timewait.py exhaust RATE MAX   a client that makes RATE short connections a second until
                                 connect() fails, at most MAX; prints when and how it failed
  timewait.py again N            N connections, each from the same port, a second apart
"""

import errno
import select
import signal
import socket
import struct
import sys
import time

LOOPBACK = "127.0.0.1"


def listener(address=LOOPBACK):
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind((address, 0))
    s.listen(128)
    print(f"ready port={s.getsockname()[1]}", flush=True)
    return s


def pair(server, source=None):
    client = socket.socket()
    if source:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        client.bind(source)
    client.connect(server.getsockname())
    return client, server.accept()[0]


def fill(s):
    s.setblocking(False)
    try:
        while s.send(b"x" * 65536):
            pass
    except BlockingIOError:
        pass


def drain(s):
    s.setblocking(True)
    while s.recv(1 << 20):
        pass


def simultaneous(count):
    """With full buffers neither FIN gets out before both sides have closed."""
    server = listener()
    for _ in range(count):
        both = pair(server)
        for s in both:
            fill(s)
        for s in both:
            s.shutdown(socket.SHUT_WR)
        for s in both:
            drain(s)
        for s in both:
            s.close()
    print("done", flush=True)


def reset(count):
    server = listener()
    for i in range(count):
        client, child = pair(server)
        if i % 2:  # unread data
            client.sendall(b"x")
            select.select([child], [], [])
        else:
            child.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        child.close()
        client.close()
    print("done", flush=True)


def peers(count):
    server = listener("127.255.0.1")
    for i in range(count):
        client, child = pair(server, (f"127.{1 + i // 65536}.{i // 256 % 256}.{i % 256}", 0))
        child.close()
        client.close()
    print("done", flush=True)


def many(count):
    server = listener("127.255.0.1")
    for i in range(count):
        client, child = pair(server, (f"127.0.1.{i // 20000}", 10000 + i % 20000))
        child.close()
        client.close()
    print("done", flush=True)


def exhaust(rate, most):
    server = listener()
    begin = time.monotonic()
    for i in range(most):
        try:
            client, child = pair(server)
        except OSError as error:
            print(f"failed errno={errno.errorcode[error.errno]} connections={i}"
                  f" after={time.monotonic() - begin:.1f} at={time.time():.3f}", flush=True)
            signal.pause()  # its listener's port is taken, too
        client.close()
        child.close()
        time.sleep(max(0, begin + (i + 1) / rate - time.monotonic()))
    print("done", flush=True)


def again(count):
    server = listener()
    source = None
    for _ in range(count):
        client, child = pair(server, source)
        source = client.getsockname()
        child.close()
        client.close()
        time.sleep(1.1)
    print("done", flush=True)


def main():
    what, *numbers = sys.argv[1:]
    {"simultaneous": simultaneous, "reset": reset, "peers": peers, "exhaust": exhaust,
     "again": again, "many": many}[what](*map(int, numbers))


main()
