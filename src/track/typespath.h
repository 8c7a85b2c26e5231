/* SPDX-License-Identifier: GPL-2.0-or-later */
/* typespath: where libbpf looks for the types that a program reads. */
#ifndef TRACK_TYPESPATH_H
#define TRACK_TYPESPATH_H

/*
 * For btf_custom_path of struct bpf_object_open_opts. A type that the kernel itself does not have
 * libbpf looks for in its modules, too, which takes CAP_SYS_ADMIN (kernel/bpf/syscall.c,
 * BPF_BTF_GET_NEXT_ID); libbpf 1.1 loads nothing where that is refused. Returns the file of
 * the kernel's own types then: with a file named no module is looked at. NULL: as libbpf does by
 * itself.
 */
const char *types_path(void);

#endif
