# SPDX-License-Identifier: GPL-2.0-or-later
"""wrongbtf.py FILE: moves one member of a struct in this BTF, so that it is that of another kernel.

The layout is that of Documentation/bpf/btf.rst: a header, types, strings.
"""

import struct
import sys

KIND_STRUCT = 4
# Bytes that follow a type by its kind: fixed, and for each of its elements
EXTRA = {1: (4, 0), 3: (12, 0), 4: (0, 12), 5: (0, 12), 6: (0, 8), 13: (0, 8), 14: (4, 0), 15: (0, 12), 17: (4, 0), 19: (0, 12)}


def main(name):
    data = bytearray(open(name, "rb").read())
    magic, _, _, header, type_at, type_len, str_at, _ = struct.unpack_from("<HBBIIIII", data)
    assert magic == 0xEB9F
    at, end, strings = header + type_at, header + type_at + type_len, header + str_at

    def text(offset):
        return data[strings + offset:data.index(0, strings + offset)].decode()

    moved = 0
    while at < end:
        name_off, info, _ = struct.unpack_from("<III", data, at)
        kind, members = info >> 24 & 31, info & 0xFFFF
        fixed, each = EXTRA.get(kind, (0, 0))
        at += 12 + fixed
        for i in range(members if each else 0):
            member = at + i * each
            if kind == KIND_STRUCT and text(name_off) == "task_struct":
                if text(struct.unpack_from("<I", data, member)[0]) == "files":
                    offset, = struct.unpack_from("<I", data, member + 8)
                    struct.pack_into("<I", data, member + 8, offset + 64)
                    moved += 1
        at += each * members
    assert moved == 1, moved
    open(name, "wb").write(data)


main(sys.argv[1])
