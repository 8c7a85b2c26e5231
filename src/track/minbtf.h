/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * minbtf: the part of the kernel's BTF that the CO-RE relocations of given BPF objects look at.
 *
 * The result has every struct, union, enum and typedef of the kernel whose name occurs in the
 * objects' BTF ("___flavour" left off), with its size, and of its members those that a
 * definition in the objects names, at their offsets. What the kernel does not have is not in the
 * result. Pointers point to void.
 *
 * libbpf relocates alike with the result and with the kernel's BTF: field offsets, sizes,
 * existence, signs and bit shifts, existence and sizes of types, enumerators. Not so
 * bpf_core_type_matches(), bpf_core_type_id_kernel(), and bpf_core_type_exists() of a typedef of a
 * pointer or function. Types that only a kernel module has are missing.
 */
#ifndef TRACK_MINBTF_H
#define TRACK_MINBTF_H

#include <stddef.h>

struct btf;

/* Make a new BTF, for btf__free(), from the kernel's and that of nr objects. -EOPNOTSUPP: the
 * kernel's BTF has something that cannot be copied, so use it itself. */
int minbtf_make(const struct btf *kernel, const struct btf *const objects[], size_t nr,
		struct btf **ret);

#endif
