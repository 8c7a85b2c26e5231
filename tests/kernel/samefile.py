#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
#	samefile.py CONNECTIONS
#
# A listener with connections among processes that have nothing to do with it. Its holders are the oldest, the
# youngest, and one in the middle that has it under numbers above gaps. Prints a line of JSON:
# {"port": N, "holders": [[PID, FD]...]}. At SIGUSR1 a holder lets other files take the place of its listeners,
# under the same numbers.

import ctypes
import json
import os
import resource
import signal
import socket
import sys
import time

BYSTANDERS, FILES, CONNECTIONS = 60, 12, int(sys.argv[1])
LIVES = 60
PR_SET_PDEATHSIG = 1

resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen()
ends = []
for _ in range(CONNECTIONS):
    client = socket.create_connection(listener.getsockname())
    ends.append((client, listener.accept()[0]))
holders = [[os.getpid(), listener.fileno()]]
# the servers' ends alone are on the port; their clients have ports of their own
holders += [[os.getpid(), server.fileno()] for _, server in ends]


def child(work):
    """A child that has closed the sockets, but for those that work() keeps; the parent goes on after that."""
    r, w = os.pipe()
    pid = os.fork()
    if pid == 0:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        signal.alarm(LIVES)
        os.close(r)
        for both in ends:
            both[0].close()
            both[1].close()
        work()
        os.write(w, b".")
        os.close(w)
        while True:
            signal.pause()
    os.close(w)
    assert os.read(r, 1) == b"."
    os.close(r)
    return pid


def bystander():
    listener.close()
    for _ in range(FILES):
        os.open("/dev/null", os.O_RDONLY)
    os.dup2(0, 500)


def gives_way(*numbers):
    def give_way(*_):
        for number in numbers:
            os.dup2(0, number)
    signal.signal(signal.SIGUSR1, give_way)


def apart():
    os.dup2(listener.fileno(), 900)
    os.dup2(0, 901)
    os.dup2(listener.fileno(), 3000)
    listener.close()
    gives_way(900, 3000)


gives_way(listener.fileno())
for _ in range(BYSTANDERS):
    child(bystander)
middle = child(apart)
holders += [[middle, 900], [middle, 3000]]
for _ in range(BYSTANDERS):
    child(bystander)
youngest = child(lambda: gives_way(listener.fileno()))
holders.append([youngest, listener.fileno()])
print(json.dumps({"port": listener.getsockname()[1], "holders": sorted(holders)}), flush=True)
time.sleep(LIVES)
