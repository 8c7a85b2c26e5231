# SPDX-License-Identifier: GPL-2.0-or-later
"""turns.py PROCESSES ROUNDS AUTOBIND: make sockets in many processes that take turns on one processor, so that the
kernel preempts them, also in the middle of a BPF program, where it may. Each round: a TCP socket that binds and
listens, a UDP socket that binds and, if AUTOBIND is 1, a UDP socket whose port the kernel chooses as it connects.
Print "made EVENT PROTO COUNT" for what a tracker has to tell, and "done"."""

import os
import socket
import sys
import time


def one_round(autobind):
    with socket.socket() as tcp:
        tcp.bind(("127.0.0.1", 0))
        tcp.listen(1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
    if autobind:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.connect(("127.0.0.1", 9))


def work(rounds, autobind, is_urgent):
    """The urgent process takes the processor from the others whenever it wakes up."""
    if is_urgent:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    for _ in range(rounds):
        one_round(autobind)
        if is_urgent:
            time.sleep(0.0002)


def main(processes, rounds, autobind):
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    children = []
    for i in range(processes):
        child = os.fork()
        if not child:
            work(rounds, autobind, i == 0)
            os._exit(0)
        children.append(child)
    for child in children:
        if os.waitpid(child, 0)[1]:
            sys.exit("a process failed")
    all_rounds = processes * rounds
    for event, proto, each in (("bind", "tcp", 1), ("listen", "tcp", 1), ("close", "tcp", 1),
                               ("bind", "udp", 1 + autobind), ("close", "udp", 1 + autobind)):
        print("made", event, proto, each * all_rounds)
    print("done", flush=True)


main(*map(int, sys.argv[1:]))
