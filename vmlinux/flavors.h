/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shapes of kernel types that only some versions have. libbpf ignores what follows
 * `___` in a type's name. Used by bpf/compat.h alone.
 */
#ifndef FLAVORS_H
#define FLAVORS_H

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* Until 6.12: the reference count of a file is a plain atomic. */
struct file___f_count {
	atomic_long_t f_count;
};

/* From 6.13 (90ee6ed776c0, "fs: port files to file_ref"): biased by one. */
typedef struct {
	atomic_long_t refcnt;
} file_ref_t___f_ref;

struct file___f_ref {
	file_ref_t___f_ref f_ref;
};

/* From 6.10 (92ef0fd55ac8): inet_csk_accept(sk, struct proto_accept_arg *). */
struct proto_accept_arg {
	int flags;
};

/* From 6.18 ("net: add sk->sk_drop_counters"): UDP and raw sockets count apart from sk_drops. */
struct numa_drop_counters {
	atomic_t drops0;
	atomic_t drops1;
};

struct sock___drop_counters {
	struct numa_drop_counters *sk_drop_counters;
};

#pragma clang attribute pop

#endif
