# SPDX-License-Identifier: GPL-2.0-or-later
"""Who holds which socket, by the one way that asks no table of sockets: a copy of each descriptor."""

import ctypes
import os
import socket
import sys

SYS_pidfd_getfd = 438
SO_COOKIE = 57
SO_DOMAIN, SO_PROTOCOL = 39, 38
TCP_CLOSE = 7

libc = ctypes.CDLL(None, use_errno=True)


def processes(comm):
    """PIDs of the processes of this name"""
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/comm") as f:
                if f.read() == f"{comm}\n":
                    yield int(name)
        except OSError:
            pass


def open_sockets(pid):
    """(fd, a copy of our own) of each socket of the process"""
    try:
        pidfd = os.pidfd_open(pid)
    except OSError:
        return
    try:
        for fd in os.listdir(f"/proc/{pid}/fd"):
            if not os.readlink(f"/proc/{pid}/fd/{fd}").startswith("socket:"):
                continue
            copy = libc.syscall(SYS_pidfd_getfd, pidfd, int(fd), 0)
            if copy >= 0:
                with socket.socket(fileno=copy) as s:
                    yield int(fd), s
    except OSError:
        pass
    finally:
        os.close(pidfd)


def lost_its_port(s):
    """A closed TCP socket still tells the port that it had, and nobody but the kernel knows whether
    it has it still."""
    return s.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == TCP_CLOSE


def walk(pids):
    """{(proto, port): {cookie: {(pid, fd)}}}, and the cookies of those that may have no port"""
    found, doubtful = {}, set()
    for pid in pids:
        for fd, s in open_sockets(pid):
            if s.getsockopt(socket.SOL_SOCKET, SO_DOMAIN) not in (socket.AF_INET, socket.AF_INET6):
                continue
            port = s.getsockname()[1]
            proto = "tcp" if s.getsockopt(socket.SOL_SOCKET, SO_PROTOCOL) == 6 else "udp"
            cookie = int.from_bytes(s.getsockopt(socket.SOL_SOCKET, SO_COOKIE, 8), sys.byteorder)
            if port and proto == "tcp" and lost_its_port(s):
                doubtful.add(cookie)
            if port:
                found.setdefault((proto, port), {}).setdefault(cookie, set()).add((pid, fd))
    return found, doubtful
