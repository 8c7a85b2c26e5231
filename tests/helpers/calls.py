#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Call everything that tests/helpers/refuse has rules for, in this process alone, and print the names
of the calls that failed with EXDEV, sorted, on one line: the error that the tests of `refuse` ask for,
since the kernel gives it for none of these.

    calls.py [FOLDER [NAME=ID...]]      ID: the BTF id of bpf_iter_NAME; paths are below FOLDER
"""
import ctypes
import errno
import os
import platform
import sys

libc = ctypes.CDLL(None, use_errno=True)
ARM = platform.machine() == "aarch64"
# asm/unistd_64.h and asm-generic/unistd.h
NR = {
    "bpf": 280 if ARM else 321,
    "perf_event_open": 241 if ARM else 298,
    "kcmp": 272 if ARM else 312,
    "setns": 268 if ARM else 308,
    "unshare": 97 if ARM else 272,
    "mount": 40 if ARM else 165,
    "mkdirat": 34 if ARM else 258,
    "openat": 56 if ARM else 257,
    "readlinkat": 78 if ARM else 267,
    "socket": 198 if ARM else 41,
    "pidfd_open": 434,
    "openat2": 437,
    "pidfd_getfd": 438,
}
if not ARM:
    NR.update(open=2, mkdir=83, readlink=89)

# linux/bpf.h
CMDS = """MAP_CREATE MAP_LOOKUP_ELEM MAP_UPDATE_ELEM MAP_DELETE_ELEM MAP_GET_NEXT_KEY PROG_LOAD OBJ_PIN OBJ_GET
PROG_ATTACH PROG_DETACH PROG_TEST_RUN PROG_GET_NEXT_ID MAP_GET_NEXT_ID PROG_GET_FD_BY_ID MAP_GET_FD_BY_ID
OBJ_GET_INFO_BY_FD PROG_QUERY RAW_TRACEPOINT_OPEN BTF_LOAD BTF_GET_FD_BY_ID TASK_FD_QUERY
MAP_LOOKUP_AND_DELETE_ELEM MAP_FREEZE BTF_GET_NEXT_ID MAP_LOOKUP_BATCH MAP_LOOKUP_AND_DELETE_BATCH
MAP_UPDATE_BATCH MAP_DELETE_BATCH LINK_CREATE LINK_UPDATE LINK_GET_FD_BY_ID LINK_GET_NEXT_ID ENABLE_STATS
ITER_CREATE LINK_DETACH PROG_BIND_MAP""".split()
# name: prog_type, expected_attach_type
PROGRAMS = {
    "socket_filter": (1, 0), "kprobe": (2, 0), "tp": (5, 0), "perf_event": (7, 0), "cgroup/skb": (8, 0),
    "cgroup/sock": (9, 2), "sockops": (13, 3), "raw_tp": (17, 0), "cgroup/sock_addr": (18, 8),
    "tp_btf": (26, 23), "fentry": (26, 24), "fexit": (26, 25), "fmod_ret": (26, 26), "ext": (28, 0),
    "lsm": (29, 27), "sk_lookup": (30, 36), "syscall": (31, 0),
}
MAPS = {"hash": 1, "array": 2, "array_of_maps": 12, "sk_storage": 24, "ringbuf": 27}
refused = []


def call(label, name, *args):
    ctypes.set_errno(0)
    args = [ctypes.c_long(a) if isinstance(a, int) else a for a in args]
    got = libc.syscall(ctypes.c_long(NR[name]), *args)
    if got >= 0 and name in ("openat", "openat2", "open", "socket", "bpf", "pidfd_open", "pidfd_getfd"):
        if not (name == "bpf" and got == 0):
            os.close(got)
    if got < 0 and ctypes.get_errno() == errno.EXDEV:
        refused.append(label)


def bpf(label, cmd, attr=b"", size=128):
    call(label, "bpf", CMDS.index(cmd), ctypes.create_string_buffer(attr, size), size)


def u32(*numbers):
    return b"".join(n.to_bytes(4, "little") for n in numbers)


def load(label, prog_type, attach, btf_id=0):
    """r0 = 0; exit"""
    code = ctypes.create_string_buffer(b"\xb7" + bytes(7) + b"\x95" + bytes(7), 16)
    text = ctypes.create_string_buffer(b"GPL")
    pointers = ctypes.addressof(code).to_bytes(8, "little") + ctypes.addressof(text).to_bytes(8, "little")
    attr = u32(prog_type, 2) + pointers + bytes(24)  # no log, no kernel version, no flags
    attr = attr.ljust(48, b"\0") + b"calls".ljust(16, b"\0") + u32(0, attach)
    bpf(label, "PROG_LOAD", attr.ljust(108, b"\0") + u32(btf_id))


def paths(folder):
    os.chdir(folder)
    where = os.open(folder, os.O_PATH)
    how = bytes(24)
    forms = {"absolute": (-100, f"{folder}/file"), "relative": (-100, "file"), "at": (where, "file"),
             "dots": (where, "sub/..//./file"), "long": (where, "./" * 2000 + "file")}
    for form, (at, path) in forms.items():
        path = path.encode()
        call(f"openat-{form}", "openat", at, path, 0)
        call(f"openat2-{form}", "openat2", at, path, how, len(how))
        call(f"readlinkat-{form}", "readlinkat", at, path, ctypes.create_string_buffer(64), 64)
    if "open" in NR:
        call("open-relative", "open", b"file", 0)
        call("readlink-relative", "readlink", b"file", ctypes.create_string_buffer(64), 64)
    call("openat-other", "openat", where, b"file2", 0)
    call("openat-bad", "openat", where, 1, 0)


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else "/"
    for cmd in CMDS:
        if cmd not in ("MAP_CREATE", "PROG_LOAD"):
            bpf(f"cmd:{cmd}", cmd)
    bpf("cmd:short", "OBJ_PIN", size=4)
    for name, number in MAPS.items():
        bpf(f"map:{name}", "MAP_CREATE", u32(number))
    for name, (prog_type, attach) in PROGRAMS.items():
        load(name, prog_type, attach)
    for word in sys.argv[2:]:
        name, btf_id = word.split("=")
        load(f"iter/{name}", 26, 28, int(btf_id))
    paths(folder)
    call("btf", "openat", -100, b"/sys/kernel/btf/vmlinux", 0)
    call("tracefs", "openat", -100, b"/sys/kernel/tracing/none", 0)
    call("tracefs-debug", "openat", -100, b"/sys/kernel/debug/tracing/none", 0)
    call("tracefs-mkdir", "mkdirat", -100, b"/sys/kernel/tracing/none/none", 0)
    call("sock_diag", "socket", 16, 3, 4)
    call("route", "socket", 16, 3, 0)
    call("raw", "socket", 2, 3, 4)
    call("perf", "perf_event_open", 0, 0, -1, -1, 0)
    call("setns", "setns", -1, 0)
    call("unshare", "unshare", 0)
    call("mount", "mount", 0, 0, 0, 0, 0)
    call("pidfd_open", "pidfd_open", os.getpid(), 0)
    call("pidfd_getfd", "pidfd_getfd", -1, 0, 0)
    call("kcmp", "kcmp", os.getpid(), os.getpid(), 3, 0, 0)
    print(*sorted(refused))


main()
