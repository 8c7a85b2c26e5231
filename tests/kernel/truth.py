# SPDX-License-Identifier: GPL-2.0-or-later
"""What the kernel itself says about the sockets of this process's network namespace.

ss tells all but the bound-only TCP sockets: those come from sock_diag itself, and their holders
from /proc/PID/fd. A socket is a dict, and the same socket as
portwatch shows it must be an equal one; what only one of both knows is left out.
"""

import collections
import os
import re
import socket
import struct
import subprocess

STATES = {
    "ESTAB": "ESTABLISHED", "SYN-SENT": "SYN_SENT", "SYN-RECV": "SYN_RECV",
    "FIN-WAIT-1": "FIN_WAIT1", "FIN-WAIT-2": "FIN_WAIT2", "TIME-WAIT": "TIME_WAIT",
    "CLOSE-WAIT": "CLOSE_WAIT", "LAST-ACK": "LAST_ACK", "LISTEN": "LISTEN",
    "CLOSING": "CLOSING", "UNCONN": "UNCONN",
}
NETLINK_SOCK_DIAG = 4
BOUND_INACTIVE = 13
# Of older kernels nobody can tell what is bound and no more: such sockets are not compared there.
KNOWS_BOUND = tuple(map(int, re.findall(r"\d+", os.uname().release)[:2])) >= (6, 8)


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
    return s


def holders_of(inodes):
    """inode -> holders, of these sockets, in whatever namespace the holders are"""
    found = collections.defaultdict(set)
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            for fd in os.listdir(f"/proc/{pid}/fd"):
                link = os.readlink(f"/proc/{pid}/fd/{fd}")
                if link.startswith("socket:[") and int(link[8:-1]) in inodes:
                    found[int(link[8:-1])].add(owner(int(pid), int(fd)))
        except OSError:  # gone, or not for us to see
            pass
    return found


def diag(family, states):
    """sock_diag(7): the messages about TCP sockets in these states (bits)"""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_SOCK_DIAG) as s:
        request = struct.pack("=BBBxI48x", family, socket.IPPROTO_TCP, 0, states)
        # SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST | NLM_F_DUMP
        s.send(struct.pack("=IHHII", 16 + len(request), 20, 0x301, 1, 0) + request)
        while True:
            data = s.recv(1 << 20)
            while data:
                length, kind = struct.unpack_from("=IH", data)
                if kind != 20:  # NLMSG_DONE, or an error
                    return
                yield data[16:length]
                data = data[(length + 3) & ~3:]


def bound_only():
    """TCP sockets that are bound and neither listen nor are connected: ss knows no such state, and
    the kernel tells of them since 6.8 (91051f003948). Their port is not to be had from
    getsockname(), which goes on naming one that was given back."""
    found = {}
    for family, name in (socket.AF_INET, "inet"), (socket.AF_INET6, "inet6"):
        for m in diag(family, 1 << BOUND_INACTIVE):
            # struct inet_diag_msg
            if m[0] != family:
                continue
            size = 4 if family == socket.AF_INET else 16
            cookie, = struct.unpack_from("=Q", m, 44)
            inode, = struct.unpack_from("=I", m, 68)
            found[inode] = {
                "proto": "tcp", "family": name, "state": "BOUND", "netns": netns_inode(),
                "local": (socket.inet_ntop(family, m[8:8 + size]), struct.unpack_from("!H", m, 4)[0]),
                "remote": None, "cookie": cookie, "owners": frozenset(),
            }
    for inode, holders in holders_of(found).items():
        found[inode]["owners"] = frozenset(holders)
    return list(found.values())


def sockets():
    """Every TCP and UDP socket of this namespace."""
    text = subprocess.run(["ss", "-Htuanpe"], check=True, capture_output=True, text=True).stdout
    listed = [from_ss(line) for line in text.splitlines()]
    return listed + bound_only()


def show(s):
    def address(a):
        return "-" if a is None else f"[{a[0]}]:{a[1]}"
    owners = " ".join(f"{c}[{p}] fd {f} uid {u}" for p, f, c, u in sorted(s["owners"], key=str))
    more = "".join(f" {k}={s[k]}" for k in ("backlog", "v6only") if k in s)
    return (f"{s['proto']} {s['family']} {s['state']} {address(s['local'])} {address(s['remote'])}"
            f" netns {s['netns']}{more} owners: {owners or 'none'}")
