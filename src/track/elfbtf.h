/* SPDX-License-Identifier: GPL-2.0-or-later */
/* elfbtf: the BTF in the ELF file of a BPF object, without libbpf parsing the rest of it. */
#ifndef TRACK_ELFBTF_H
#define TRACK_ELFBTF_H

#include <stddef.h>

/* Find the section .BTF of a 64-bit ELF file in memory; *ret points into elf. -ENOENT: it has no
 * such section, -EINVAL: it is no such file. */
int elfbtf_find(const void *elf, size_t size, const void **ret, size_t *ret_size);

#endif
