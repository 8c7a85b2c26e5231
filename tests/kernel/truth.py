# SPDX-License-Identifier: GPL-2.0-or-later
"""What the kernel itself says about the sockets of this process's network namespace.

ss tells all but the bound-only TCP sockets, which are in no table that it reads: those are found
under /proc/PID/fd and asked for their address. A socket is a dict, and the same socket as
portwatch shows it must be an equal one; what only one of both knows is left out.
"""

import collections
import ctypes
import os
import re
import socket
import subprocess

STATES = {
    "ESTAB": "ESTABLISHED", "SYN-SENT": "SYN_SENT", "SYN-RECV": "SYN_RECV",
    "FIN-WAIT-1": "FIN_WAIT1", "FIN-WAIT-2": "FIN_WAIT2", "TIME-WAIT": "TIME_WAIT",
    "CLOSE-WAIT": "CLOSE_WAIT", "LAST-ACK": "LAST_ACK", "LISTEN": "LISTEN",
    "CLOSING": "CLOSING", "UNCONN": "UNCONN",
}
SYS_PIDFD_OPEN, SYS_PIDFD_GETFD = 434, 438  # the same number everywhere
libc = ctypes.CDLL(None, use_errno=True)


def netns_inode():
    return os.stat("/proc/self/ns/net").st_ino


def comm(pid):
    with open(f"/proc/{pid}/comm", "rb") as f:
        return f.read()[:-1].decode(errors="replace")


def uid(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as f:
        return int(re.search(r"^Uid:\t\d+\t(\d+)", f.read(), re.M).group(1))


def owner(pid, fd):
    """A holder: process, descriptor, name, effective user."""
    try:
        return (pid, fd, comm(pid), uid(pid))
    except FileNotFoundError:
        return (pid, fd, None, None)


def end(text):
    """An address and port as ss prints them: (family or None, address, port)."""
    addr, port = text.rsplit(":", 1)
    addr = addr.split("%")[0]
    if addr == "*":
        family, addr = "inet6", "::"
    elif addr.startswith("["):
        family, addr = "inet6", addr.strip("[]").split("%")[0]
    else:
        family = "inet"
    return family, addr, 0 if port == "*" else int(port)


def no_peer(addr, port):
    return port == 0 and addr in ("0.0.0.0", "::")


def from_ss(line):
    proto, state, _recv, send, local, remote, *rest = line.split(None, 6)
    rest = rest[0] if rest else ""
    family, laddr, lport = end(local)
    _, raddr, rport = end(remote)
    # ss says ESTAB of a connected UDP socket, too.
    s = {
        "proto": proto, "family": family, "state": STATES[state], "netns": netns_inode(),
        "local": (laddr, lport),
        "remote": None if no_peer(raddr, rport) else (raddr, rport),
        "owners": frozenset(owner(int(p), int(f))
                            for p, f in re.findall(r'",pid=(\d+),fd=(\d+)\)', rest)),
    }
    if s["state"] == "LISTEN":
        s["backlog"] = int(send)
    # Only of these does the kernel tell it.
    if family == "inet6" and s["state"] in ("LISTEN", "UNCONN"):
        s["v6only"] = "v6only:1" in rest
    cookie = re.search(r"\bsk:([0-9a-f]+)", rest)
    s["cookie"] = int(cookie.group(1), 16) if cookie else None
    inode = re.search(r"\bino:(\d+)", rest)
    return s, int(inode.group(1)) if inode else 0


def inodes_of(pid):
    """descriptor -> inode of its socket"""
    found = {}
    try:
        for fd in os.listdir(f"/proc/{pid}/fd"):
            link = os.readlink(f"/proc/{pid}/fd/{fd}")
            if link.startswith("socket:["):
                found[int(fd)] = int(link[8:-1])
    except FileNotFoundError:
        pass
    return found


def borrow(pid, fd):
    """The socket behind another process's descriptor."""
    pidfd = libc.syscall(SYS_PIDFD_OPEN, pid, 0)
    if pidfd < 0:
        return None
    got = libc.syscall(SYS_PIDFD_GETFD, pidfd, fd, 0)
    os.close(pidfd)
    return socket.socket(fileno=got) if got >= 0 else None


def bound_only(known):
    """TCP sockets that have a local port and are in no table: bound, not listening."""
    holders = collections.defaultdict(set)
    inode = netns_inode()
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.stat(f"/proc/{pid}/ns/net").st_ino != inode:
                continue
        except OSError:
            continue
        for fd, ino in inodes_of(pid).items():
            if ino not in known:
                holders[ino].add((int(pid), fd))
    for who in holders.values():
        s = borrow(*min(who))
        if not s:
            continue
        with s:
            if s.family not in (socket.AF_INET, socket.AF_INET6) or s.proto != socket.IPPROTO_TCP:
                continue
            addr, port = s.getsockname()[:2]
            if port:
                yield {
                    "proto": "tcp", "state": "BOUND", "netns": inode, "local": (addr, port),
                    "family": "inet6" if s.family == socket.AF_INET6 else "inet",
                    "remote": None, "cookie": None,
                    "owners": frozenset(owner(*w) for w in who),
                }


def sockets():
    """Every TCP and UDP socket of this namespace."""
    text = subprocess.run(["ss", "-Htuanpe"], check=True, capture_output=True, text=True).stdout
    listed = [from_ss(line) for line in text.splitlines()]
    return [s for s, _ in listed] + list(bound_only({ino for _, ino in listed}))


def show(s):
    def address(a):
        return "-" if a is None else f"[{a[0]}]:{a[1]}"
    owners = " ".join(f"{c}[{p}] fd {f} uid {u}" for p, f, c, u in sorted(s["owners"], key=str))
    more = "".join(f" {k}={s[k]}" for k in ("backlog", "v6only") if k in s)
    return (f"{s['proto']} {s['family']} {s['state']} {address(s['local'])} {address(s['remote'])}"
            f" netns {s['netns']}{more} owners: {owners or 'none'}")
