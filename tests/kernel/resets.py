# SPDX-License-Identifier: GPL-2.0-or-later
"""resets.py PORT COUNT: so many connections to PORT, of which each SIGUSR1 resets one. Prints "reset" each time."""

import signal
import socket
import struct
import sys
import time


def main(port, count):
    clients = [socket.create_connection(("127.0.0.1", port)) for _ in range(count)]

    def reset(_signal, _frame):
        s = clients.pop()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        s.close()
        print("reset", flush=True)

    signal.signal(signal.SIGUSR1, reset)
    print("ready", flush=True)
    while True:
        time.sleep(60)


main(int(sys.argv[1]), int(sys.argv[2]))
