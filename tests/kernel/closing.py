# SPDX-License-Identifier: GPL-2.0-or-later
"""closing.py PORT COUNT: so many connections, which client and server close at the same moment as far as two
processes can, so that some of them pass CLOSING."""

import mmap
import os
import socket
import struct
import sys
import time


def close_at(s, moment):
    while time.monotonic() < moment:
        pass
    s.close()


def main(port, count):
    shared = mmap.mmap(-1, 16)
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(1024)
    server = os.getpid()
    if not os.fork():
        listener.close()
        for turn in range(1, count + 1):
            s = socket.create_connection(("127.0.0.1", port))
            # The server says when, and of which connection that is.
            told, moment = struct.unpack("qd", shared[:])
            while told != turn:
                os.sched_yield()
                if os.getppid() != server:
                    os._exit(1)
                told, moment = struct.unpack("qd", shared[:])
            close_at(s, moment)
        os._exit(0)
    for turn in range(1, count + 1):
        s = listener.accept()[0]
        moment = time.monotonic() + 0.0003
        shared[8:] = struct.pack("d", moment)
        shared[:8] = struct.pack("q", turn)
        close_at(s, moment)
    os.wait()
    listener.close()
    print("done", flush=True)


main(int(sys.argv[1]), int(sys.argv[2]))
