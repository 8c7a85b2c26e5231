#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
#	holders.py SCENE
#
# Brings a listening socket into the hands of others in one of the ways that there are, and prints a
# line of JSON: its port, who made it, and which process has it under which descriptors. Whoever
# takes holders from the creator is wrong in every scene.

import array
import ctypes
import json
import mmap
import os
import signal
import socket
import struct
import sys
import threading
import time

libc = ctypes.CDLL(None, use_errno=True)
CLONE_FILES = 0x400
NR = {"x86_64": {"clone": 56, "exit": 60}, "aarch64": {"clone": 220, "exit": 93}}[os.uname().machine]
IO_URING_SETUP, IO_URING_ENTER, IO_URING_REGISTER, PIDFD_GETFD, CLOSE_RANGE, BPF = 425, 426, 427, 438, 436, \
    {"x86_64": 321, "aarch64": 280}[os.uname().machine]


def syscall(*args):
    r = libc.syscall(*args)
    if r < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return r


def listener(cloexec=True):
    s = socket.socket()
    s.bind(("127.0.0.1", 0))
    s.listen()
    s.set_inheritable(not cloexec)
    return s


def ready(port, creator, holders, **more):
    """holders: {pid: [fds]}; the rest of the processes ends with their test."""
    print(json.dumps({"port": port, "creator": creator, "holders": {str(k): v for k, v in holders.items()},
                      **more}), flush=True)
    time.sleep(60)
    os._exit(0)


def port_of(s):
    return s.getsockname()[1]


def child(work):
    """A child that does its work, and stays; the parent goes on when the work is done."""
    r, w = os.pipe()
    pid = os.fork()
    if pid == 0:
        work()
        os.write(w, b"x")
        time.sleep(60)
        os._exit(0)
    os.read(r, 1)
    return pid


def daemon():
    """The first process is gone, its child is the server, under another descriptor."""
    r, w = os.pipe()
    if os.fork() == 0:
        s = listener()
        creator, port, fd = os.getpid(), port_of(s), s.fileno()
        if os.fork():
            os._exit(0)
        os.setsid()
        os.dup2(fd, 77)
        s.close()
        os.write(w, json.dumps([os.getpid(), creator, port]).encode())
        time.sleep(60)
        os._exit(0)
    pid, creator, port = json.loads(os.read(r, 100))
    os.waitpid(-1, 0)
    ready(port, creator, {pid: [77]})


def leader_gone():
    """A thread opens the socket; the thread that the process began with ends."""
    def body():
        s = listener()
        print(json.dumps({"port": port_of(s), "creator": os.getpid(),
                          "holders": {str(os.getpid()): [s.fileno()]}}), flush=True)
        time.sleep(60)
        os._exit(0)
    threading.Thread(target=body).start()
    time.sleep(0.2)
    libc.syscall(NR["exit"], 0)


def passed(sender_closes, sender_exits):
    a, b = socket.socketpair(socket.AF_UNIX)
    s = listener()
    fds = []

    def receive():
        fds.extend(socket.recv_fds(b, 1, 1)[1])
        b.send(struct.pack("i", fds[0]))

    port, creator = port_of(s), os.getpid()
    fd = s.fileno()
    if sender_exits:
        r, w = os.pipe()
        sender = os.fork()
        if sender == 0:  # makes a socket of its own, and goes
            own = listener()
            socket.send_fds(a, [b"x"], [own.fileno()])
            os.write(w, json.dumps([port_of(own), os.getpid()]).encode())
            os._exit(0)
        port, creator = json.loads(os.read(r, 100))
        s.close()
        os.waitpid(sender, 0)
        ready(port, creator, {os.getpid(): socket.recv_fds(b, 1, 1)[1]})
    pid = os.fork()
    if pid == 0:
        s.close()
        receive()
        time.sleep(60)
        os._exit(0)
    socket.send_fds(a, [b"x"], [fd])
    theirs = struct.unpack("i", a.recv(4))[0]
    if sender_closes:
        s.close()
        ready(port, creator, {pid: [theirs]})
    ready(port, creator, {pid: [theirs], os.getpid(): [fd]})


def pidfd_getfd():
    r, w = os.pipe()
    victim = os.fork()
    if victim == 0:
        s = listener()
        os.write(w, struct.pack("ii", s.fileno(), port_of(s)))
        time.sleep(60)
        os._exit(0)
    theirs, port = struct.unpack("ii", os.read(r, 8))
    mine = syscall(PIDFD_GETFD, os.pidfd_open(victim), theirs, 0)
    ready(port, victim, {victim: [theirs], os.getpid(): [mine]})


def executed(cloexec, spawn):
    s = listener(cloexec)
    fd = s.fileno()
    if spawn:
        pid = os.posix_spawn("/bin/sleep", ["sleep", "60"], os.environ)
    else:
        pid = os.fork()
        if pid == 0:
            os.execv("/bin/sleep", ["sleep", "60"])
    while open(f"/proc/{pid}/comm").read() != "sleep\n":
        time.sleep(0.01)
    if cloexec:
        ready(port_of(s), os.getpid(), {os.getpid(): [fd]}, pids=[pid])
    port = port_of(s)
    s.close()
    ready(port, os.getpid(), {pid: [fd]}, cmdline=["sleep", "60"])


def clone_files(then):
    s = listener()
    fd, port, me = s.fileno(), port_of(s), os.getpid()
    r, w = os.pipe()
    pid = syscall(NR["clone"], CLONE_FILES | signal.SIGCHLD, 0, 0, 0, 0)
    if pid == 0:
        if then == "unshare":
            libc.unshare(CLONE_FILES)
            os.close(fd)
        os.write(w, b"x")
        time.sleep(60)
        os._exit(0)
    os.read(r, 1)
    ready(port, me, {me: [fd]} if then == "unshare" else {me: [fd], pid: [fd]}, pids=[pid])


def close_range():
    s = listener()
    fd, port, me = s.fileno(), port_of(s), os.getpid()
    pid = child(lambda: os.dup2(fd, 300))
    syscall(CLOSE_RANGE, fd, fd, 0)
    ready(port, me, {pid: [fd, 300]})


def dup_over():
    s, other = listener(), listener()
    port, me, fd = port_of(s), os.getpid(), s.fileno()
    pid = child(lambda: other.close())
    os.dup2(other.fileno(), fd)
    ready(port, me, {pid: [fd]})


class Uring:
    """A ring, its table of registered files, and one operation at a time (include/uapi/linux/io_uring.h)."""

    SOCKET, BIND, LISTEN = 45, 56, 57
    FIXED_FILE = 1

    def __init__(self):
        params = ctypes.create_string_buffer(120)
        self.fd = syscall(IO_URING_SETUP, 4, params)
        entries, completions = struct.unpack_from("II", params.raw, 0)
        self.sq = struct.unpack_from("7I", params.raw, 40)
        self.cq = struct.unpack_from("6I", params.raw, 80)
        self.rings = mmap.mmap(self.fd, max(self.sq[6] + 4 * entries, self.cq[5] + 16 * completions))
        self.sqes = mmap.mmap(self.fd, 64 * entries, offset=0x10000000)

    def register(self, fd):
        """-1: a place that direct descriptors may take."""
        fds = array.array("i", [fd])
        syscall(IO_URING_REGISTER, self.fd, 2, ctypes.c_uint64(fds.buffer_info()[0]), 1)

    def do(self, opcode, flags=0, fd=0, off=0, addr=0, length=0, file_index=0):
        """Submits it and waits for its result."""
        def word(at):
            return struct.unpack_from("I", self.rings, at)[0]
        tail = word(self.sq[1])
        self.sqes[0:64] = struct.pack("BBHiQQIIQHHI16x", opcode, flags, 0, fd, off, addr, length, 0, 0, 0, 0,
                                      file_index)
        struct.pack_into("I", self.rings, self.sq[6] + 4 * (tail & word(self.sq[2])), 0)
        struct.pack_into("I", self.rings, self.sq[1], tail + 1)
        syscall(IO_URING_ENTER, self.fd, 1, 1, 1, None, 0)
        head = word(self.cq[0])
        result = struct.unpack_from("i", self.rings, self.cq[5] + 16 * (head & word(self.cq[2])) + 8)[0]
        struct.pack_into("I", self.rings, self.cq[0], head + 1)
        if result < 0:
            raise OSError(-result, os.strerror(-result))


def uring(keep):
    try:
        ring = Uring()
    except OSError as e:
        print(json.dumps({"skip": f"io_uring: {e}"}), flush=True)
        return
    s = listener()
    port, me, fd = port_of(s), os.getpid(), s.fileno()
    ring.register(fd)
    if not keep:
        s.close()
    ready(port, me, {me: [fd]} if keep else {})


def uring_direct():
    """A listener that never had a descriptor: socket(), bind() and listen() by the ring, from 6.11."""
    s = listener()
    port = port_of(s)
    s.close()
    address = ctypes.create_string_buffer(struct.pack("=H", socket.AF_INET) +
                                          struct.pack("!H4B8x", port, 127, 0, 0, 1))
    try:
        ring = Uring()
        ring.register(-1)
        ring.do(Uring.SOCKET, fd=socket.AF_INET, off=socket.SOCK_STREAM, file_index=1)
        ring.do(Uring.BIND, Uring.FIXED_FILE, off=16, addr=ctypes.addressof(address))
        ring.do(Uring.LISTEN, Uring.FIXED_FILE, length=16)
    except OSError as e:
        print(json.dumps({"skip": f"io_uring with direct descriptors: {e}"}), flush=True)
        return
    ready(port, os.getpid(), {})


def sockmap():
    """A map of sockets has it; it does not keep it alive."""
    s = listener()
    port, me, fd = port_of(s), os.getpid(), s.fileno()
    attr = ctypes.create_string_buffer(struct.pack("IIII", 15, 4, 8, 4), 128)
    try:
        made = syscall(BPF, 0, attr, 128)
        key, value = ctypes.c_uint32(0), ctypes.c_uint64(fd)
        attr = ctypes.create_string_buffer(struct.pack(
            "IxxxxQQQ", made, ctypes.addressof(key), ctypes.addressof(value), 0), 128)
        syscall(BPF, 2, attr, 128)
    except OSError as e:
        print(json.dumps({"skip": f"sockmap: {e}"}), flush=True)
        return
    ready(port, me, {me: [fd]})


def accepted():
    """A connection is handed to a worker; the server keeps only its listener."""
    s = listener()
    c = socket.create_connection(s.getsockname())
    a, _ = s.accept()
    port, me, fd = port_of(s), os.getpid(), a.fileno()
    pid = child(lambda: s.close())
    a.close()
    ready(port, me, {me: [s.fileno()]}, connection={str(pid): [fd]}, client=c.getsockname()[1])


scenes = {
    "daemon": daemon,
    "leader-gone": leader_gone,
    "passed": lambda: passed(False, False),
    "passed-closed": lambda: passed(True, False),
    "passed-gone": lambda: passed(False, True),
    "pidfd-getfd": pidfd_getfd,
    "exec": lambda: executed(False, False),
    "exec-cloexec": lambda: executed(True, False),
    "spawn": lambda: executed(False, True),
    "clone-files": lambda: clone_files("share"),
    "unshare-files": lambda: clone_files("unshare"),
    "close-range": close_range,
    "dup-over": dup_over,
    "uring": lambda: uring(True),
    "uring-only": lambda: uring(False),
    "uring-direct": uring_direct,
    "sockmap": sockmap,
    "accepted": accepted,
}
scenes[sys.argv[1]]()
