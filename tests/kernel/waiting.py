# SPDX-License-Identifier: GPL-2.0-or-later
"""How promptly `portwatch wait` returns, and whether what it says is then true.

	waiting.py PORTWATCH PIN_DIR prompt|crowd|timewait ROUNDS

prompt: from the system call's return to the exit of `wait`. A machine that has other things to do
delays any process, so the best half of the rounds has to be prompt, and all of them right.
"""

import errno
import resource
import socket
import subprocess
import sys
import time

# The figures are printed; what fails is a wait that polls or was forgotten, not a busy machine.
PROMPT = 0.5
PORTWATCH, PIN, SCENE, ROUNDS = *sys.argv[1:4], int(sys.argv[4])


class Wait:
    def __init__(self, port, goal, *options):
        self.process = subprocess.Popen(
            [PORTWATCH, "--pin-dir", PIN, "wait", f"{port}/tcp", "--for", goal, "-t", "150", *options],
            stdout=subprocess.DEVNULL)
        path = f"/proc/{self.process.pid}/wchan"
        end = time.monotonic() + 20
        while "poll" not in open(path, encoding="ascii").read():
            assert self.process.poll() is None, "it does not wait"
            assert time.monotonic() < end, "it never sleeps"
            time.sleep(0.01)

    def since(self, event):
        """Seconds from the event to its end."""
        status = self.process.wait()
        assert status == 0, f"exit status {status}"
        return time.monotonic() - event


def bind(port):
    """Does a plain bind() succeed?"""
    with socket.socket() as s:
        try:
            s.bind(("0.0.0.0", port))
            return True
        except OSError as e:
            assert e.errno == errno.EADDRINUSE
            return False


def server(port, listen=True, backlog=128):
    s = socket.socket()
    s.bind(("127.0.0.1", port))
    if listen:
        s.listen(backlog)
    return s


def report(name, delays):
    delays.sort()
    half = delays[(len(delays) - 1) // 2]
    print(f"{name}: best {delays[0] * 1e3:.2f}, median {half * 1e3:.2f}, "
          f"worst {delays[-1] * 1e3:.2f} ms")
    return half


def prompt():
    listen, free = [], []
    for i in range(ROUNDS):
        port = 21000 + i
        s = server(port, listen=False)
        w = Wait(port, "listen")
        s.listen()
        listen.append(w.since(time.monotonic()))
        # The client closes first: its side, not the server's, is in TIME-WAIT.
        c = socket.create_connection(("127.0.0.1", port))
        a = s.accept()[0]
        c.close()
        assert a.recv(1) == b""
        a.close()
        s.close()
        end = time.monotonic() + 20
        while not bind(port):
            assert time.monotonic() < end, "the port stays taken"
            time.sleep(0.01)
        s = server(port)
        w = Wait(port, "free")
        s.close()
        free.append(w.since(time.monotonic()))
        assert bind(port), "free, it said"
    for name, delays in ("listen", listen), ("free", free):
        assert report(name, delays) < PROMPT, f"{name}: late"


def crowd():
    """close() of a listener resets all its connections before it gives the port back."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (20000, 20000))
    with open("/proc/sys/net/core/somaxconn", "w", encoding="ascii") as f:
        f.write("8192")
    delays = []
    for i in range(ROUNDS):
        port = 22000 + i
        s = server(port, backlog=8192)
        clients = []
        for _ in range(4000):
            c = socket.socket()
            c.connect(("127.0.0.1", port))
            clients.append(c)
        # In a process of its own, so that `wait` can be early while close() is under way.
        w = Wait(port, "free")
        pid = subprocess.os.fork()
        if pid == 0:
            s.close()
            subprocess.os._exit(0)
        s.close()
        subprocess.os.waitpid(pid, 0)
        delays.append(w.since(time.monotonic()))
        assert bind(port), "free, it said"
        for c in clients:
            c.close()
    report("crowd", delays)


def timewait():
    ports = range(23000, 23000 + ROUNDS)
    waits = {}
    for port in ports:
        s = server(port)
        c = socket.create_connection(("127.0.0.1", port))
        a = s.accept()[0]
        a.close()
        assert c.recv(1) == b""
        c.close()
        s.close()
        assert not bind(port)
        waits[port] = Wait(port, "free")
        time.sleep(0.3)
    # The kernel's word for it: bind() in a loop, every 200 microseconds when the minute is nearly over.
    freed, delays, soon = {}, [], time.monotonic() + 55
    while len(delays) < len(ports):
        for port in list(waits):
            if port not in freed and bind(port):
                freed[port] = time.monotonic()
            if waits[port].process.poll() is not None:
                now = time.monotonic()
                assert waits[port].process.returncode == 0
                assert port in freed or bind(port), f"{port}: free, it said"
                delays.append(now - freed.get(port, now))
                del waits[port]
            elif port in freed:
                assert time.monotonic() - freed[port] < 30, f"{port}: free, and nobody says so"
        time.sleep(0.1 if time.monotonic() < soon else 0.0002)
    # The connections may all end at one tick, and each takes a look at the kernel's table of connections.
    assert report("timewait", delays) < PROMPT


{"prompt": prompt, "crowd": crowd, "timewait": timewait}[SCENE]()
