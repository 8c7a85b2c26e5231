# SPDX-License-Identifier: GPL-2.0-or-later
"""Clients that use up the local ports, and a server that they use them up with.

  ports.py serve ADDR PORT...            accept, and close what the client has closed
  ports.py keep ADDR PORT...             accept, and close nothing
  ports.py hold ADDR PORT N [FROM]       N connections that stay; with bind(FROM, 0) before connect()
  ports.py burst ADDR PORT N [FROM]      N connections, each closed at once: TIME-WAIT on this side
  ports.py half ADDR PORT N              N connections whose own half is closed: FIN_WAIT2

  ports.py pace ADDR PORT KIND           until one fails, at the pace of KIND: "constant" and "bound" 40 a
                                         second, "live" the same and stay, "ramp" 13 for 70 s, then 40

"pace" prints "failed ok=N errno=NAME after=S at=TIME". Any other client prints "done ok=N failed=M errno=NAME" and stays.
"""

import errno
import resource
import selectors
import signal
import socket
import sys
import time


def serve(address, ports, closes):
    selector = selectors.DefaultSelector()
    for port in ports:
        s = socket.socket()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind((address, port))
        s.listen(4096)
        selector.register(s, selectors.EVENT_READ, True)
    print("ready", flush=True)
    while True:
        for key, _ in selector.select():
            if key.data:
                selector.register(key.fileobj.accept()[0], selectors.EVENT_READ, False)
            elif not key.fileobj.recv(4096):
                selector.unregister(key.fileobj)
                if closes:
                    key.fileobj.close()
                else:
                    kept.append(key.fileobj)


kept = []


def connect(address, port, bind):
    s = socket.socket()
    try:
        if bind:
            s.bind((bind, 0))
        s.connect((address, port))
    except OSError as error:
        s.close()
        return None, errno.errorcode[error.errno]
    return s, None


def clients(what, address, port, count, bind):
    ok, failed, why = 0, 0, ""
    for _ in range(count):
        s, error = connect(address, port, bind)
        if error:
            failed, why = failed + 1, error
            continue
        ok += 1
        if what == "burst":
            s.close()
            continue
        if what == "half":
            s.shutdown(socket.SHUT_WR)
        kept.append(s)
    print(f"done ok={ok} failed={failed} errno={why}", flush=True)
    signal.pause()


def pace(address, port, kind):
    begin, ok = time.monotonic(), 0
    while True:
        s, error = connect(address, port, address if kind == "bound" else "")
        passed = time.monotonic() - begin
        if error:
            print(f"failed ok={ok} errno={error} after={passed:.1f} at={time.time():.3f}", flush=True)
            signal.pause()
        if kind == "live":
            kept.append(s)
        else:
            s.close()
        ok += 1
        time.sleep(1 / (13 if kind == "ramp" and passed < 70 else 40))


def main():
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    what, address, *rest = sys.argv[1:]
    if what in ("serve", "keep"):
        serve(address, list(map(int, rest)), what == "serve")
    if what == "pace":
        pace(address, int(rest[0]), rest[1])
    bind = rest[2] if len(rest) > 2 else ""
    clients(what, address, int(rest[0]), int(rest[1]), bind)


main()
