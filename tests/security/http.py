#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Attacks on the exporter's HTTP server.

	http.py ADDRESS PORT requests		each request of the table below gets its status, and one line
	http.py ADDRESS PORT crowd KIND NUMBER	honest clients are answered within a second, whatever NUMBER others do

For requests the server must allow the host web1, and be asked by its ADDRESS.
"""

import random
import resource
import selectors
import socket
import sys
import time

ADDRESS, PORT = sys.argv[1], int(sys.argv[2])
HERE = f"[{ADDRESS}]" if ":" in ADDRESS else ADDRESS
IN_TIME = 1.0  # on an idle machine


def connect(small=False):
    s = socket.socket(socket.AF_INET6 if ":" in ADDRESS else socket.AF_INET)
    if small:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
    s.settimeout(30)
    s.connect((ADDRESS, PORT))
    return s


def ask(request):
    """All that comes back until the server closes or has said enough."""
    with connect() as s:
        s.sendall(request)
        s.shutdown(socket.SHUT_WR)
        answer = b""
        while True:
            try:
                more = s.recv(65536)
            except ConnectionResetError:
                break
            if not more:
                break
            answer += more
        return answer


def get(target="/", hosts=(HERE,), headers=(), version="HTTP/1.1", method="GET"):
    lines = [f"{method} {target} {version}", *(f"Host: {h}" for h in hosts), *headers, "Connection: close", "", ""]
    return "\r\n".join(lines).encode("latin-1")


REQUESTS = [
    # The names of this machine, and those that were allowed.
    (200, get()),
    (200, get("/metrics")),
    (200, get(hosts=[f"{HERE}:{PORT}"])),
    (200, get(hosts=[f"{HERE}:1"])),
    (200, get(hosts=[f"{HERE}:"])),
    (200, get(hosts=["localhost"])),
    (200, get(hosts=["LocalHost.:80"])),
    (200, get(hosts=["127.9.9.9"])),
    (200, get(hosts=["[::1]:9736"])),
    (200, get(hosts=["[::ffff:127.0.0.1]"])),
    (200, get(hosts=["web1"])),
    (200, get(hosts=["WEB1:9736"])),
    (200, get(version="HTTP/1.0", hosts=[])),
    # Others.
    (421, get(hosts=["evil.example"])),
    (421, get(hosts=["evil.example:9736"])),
    (421, get("/metrics", hosts=["evil.example"])),
    (421, get("/no-such", hosts=["evil.example"])),
    (421, get(hosts=["evil.example"], version="HTTP/1.0")),
    (421, get(hosts=["evil.example"], method="HEAD")),
    (421, get(hosts=["evil.example"], method="POST", headers=["Content-Length: 0"])),
    (421, get(hosts=["localhost.evil.example"])),
    (421, get(hosts=["evil.example#localhost"])),
    (421, get(hosts=["localhost@evil.example"])),
    (421, get(hosts=["evil.example, localhost"])),
    (421, get(hosts=["127.0.0.1.evil.example"])),
    (421, get(hosts=["127.0.0.1:80:80"])),
    (421, get(hosts=["127.0.0.1:x"])),
    (421, get(hosts=["127.1"])),
    (421, get(hosts=["2130706433"])),
    (421, get(hosts=["0.0.0.0"])),
    (421, get(hosts=["192.0.2.99"])),
    (421, get(hosts=["::1"])),
    (421, get(hosts=["[::1"])),
    (421, get(hosts=["[localhost]"])),
    (421, get(hosts=["web1,web2"])),
    (421, get(hosts=["web11"])),
    (421, get(hosts=[""])),
    (421, get(hosts=[":80"])),
    (421, get(hosts=["localhost\x7f"])),
    (421, get(hosts=["web1 evil.example"])),
    (421, get(hosts=["\u00e9"])),
    (400, get(hosts=[])),
    (400, get(hosts=[HERE, HERE])),
    (400, get(hosts=["localhost", "evil.example"])),
    (400, get(hosts=["evil.example", "localhost"])),
    # How long a request is has one answer.
    (400, get(headers=["Transfer-Encoding: chunked", "Content-Length: 5"]) + b"0\r\n\r\n"),
    (400, get(headers=["Content-Length: 5", "Transfer-Encoding: chunked"]) + b"0\r\n\r\n"),
    (400, get(headers=["Content-Length: 0", "Transfer-Encoding: chunked"]) + b"0\r\n\r\n"),
    (400, get(headers=["Content-Length: 0", "Content-Length: 5"]) + b"abcde"),
    (400, get(headers=["Content-Length: 5", "transfer-encoding: identity"]) + b"abcde"),
    # No path but ours, however it is written.
    (404, get("/metrics%00x")),
    (404, get("/metrics%00")),
    (404, get("/%00/metrics")),
    (404, get("/metrics/../metrics")),
    (404, get("//metrics")),
    (404, get("/%2e%2e/etc/passwd")),
    (405, get(method="DELETE")),
]


def requests():
    failed = 0
    for status, request in REQUESTS:
        answer = ask(request)
        head, _, body = answer.partition(b"\r\n\r\n")
        # Expect one answer, and where it refuses nothing but one line.
        good = head.startswith(b"HTTP/1.1 %d " % status) and body.count(b"HTTP/1.1") == 0
        if status != 200 and b"HEAD" not in request[:4]:
            good = good and body.count(b"\n") == 1 and body.endswith(b"\n") and b"evil" not in body
        if not good:
            failed += 1
            print(f"not {status}: {request!r} -> {answer[:300]!r}")
    print(f"{len(REQUESTS)} requests, {failed} wrong")
    return failed


class Crowd:
    """Clients that keep their connections and come back when they lose one."""

    def __init__(self, kind, number):
        self.kind, self.number = kind, number
        self.lost = self.made = 0
        self.selector = selectors.DefaultSelector()
        for _ in range(number):
            self.join()

    def join(self):
        s = connect(small=self.kind == "deaf")
        self.made += 1
        if self.kind == "deaf":  # asks for much, and reads nothing
            s.setblocking(False)
            try:
                s.send(get("/metrics").replace(b"Connection: close\r\n", b"") * 20)
            except BlockingIOError:
                pass
        elif self.kind == "half":  # a request without an end
            s.send(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nX-Long: ")
        elif self.kind == "body":  # a body that never comes
            s.send(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n")
        s.setblocking(False)
        self.selector.register(s, selectors.EVENT_READ if self.kind != "deaf" else selectors.EVENT_WRITE)

    def step(self):
        """One byte from each that drips; who was thrown out comes again."""
        for key in list(self.selector.get_map().values()):
            s, gone = key.fileobj, False
            try:
                if self.kind != "silent":
                    s.send(b"x")
                if self.kind != "deaf":
                    gone = s.recv(1) == b""
            except BlockingIOError:
                pass
            except OSError:
                gone = True
            if gone:
                self.lost += 1
                self.selector.unregister(s)
                s.close()
                self.join()


def honest():
    start = time.monotonic()
    answer = ask(get("/metrics"))
    assert answer.startswith(b"HTTP/1.1 200 "), answer[:200]
    return time.monotonic() - start


def crowd(kind, number):
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
    random.seed(1)
    alone = max(honest() for _ in range(3))
    others = Crowd(kind, number)
    took = []
    for _ in range(30):
        took.append(honest())
        others.step()
        time.sleep(0.02)
        if took[-1] > IN_TIME + 5 * alone:
            break
    print(f"{number} {kind}: {len(took)} answers, the slowest after {max(took):.3f} s, alone {alone:.3f} s;"
          f" {others.lost} thrown out of {others.made}")
    return max(took) > IN_TIME + 5 * alone


if sys.argv[3] == "requests":
    sys.exit(requests() != 0)
sys.exit(crowd(sys.argv[4], int(sys.argv[5])))
