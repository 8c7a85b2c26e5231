/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Changes between the kernels that we serve (5.10 and later): one accessor each, with the commit
 * that made the change. The only file with bpf_core_field_exists and
 * bpf_core_type_exists.
 */
#ifndef COMPAT_H
#define COMPAT_H

#include "vmlinux.h"
#include "flavors.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

/* Set by the loader, which tries: tracing programs may call bpf_get_socket_cookie
 * from 5.12 (c5dbb89fc2ac). Constant to the verifier, so the call is not even looked
 * at where it is refused. */
const volatile bool have_cookie_helper __weak = false;

static __always_inline __u64 sock_cookie(struct sock *sk)
{
	if (have_cookie_helper)
		return bpf_get_socket_cookie(sk);
	return sk->__sk_common.skc_cookie.counter;
}

/* A pointer as a number, for where the verifier allows no arithmetic on the pointer or no
 * pointer as an argument. What a helper has written is a number to it. */
static __always_inline __u64 as_number(const void *p)
{
	const void *volatile where = p;
	__u64 number = 0;

	bpf_probe_read_kernel(&number, sizeof(number), (void *)&where);
	return number;
}

/* References to a file. 6.13 (90ee6ed776c0) replaced f_count by f_ref, which counts
 * from zero: one reference reads as 0. */
static __always_inline __u64 file_refs(struct file *file)
{
	struct file___f_ref *now = (void *)file;
	struct file___f_count *old = (void *)file;

	if (bpf_core_field_exists(now->f_ref))
		return BPF_CORE_READ(now, f_ref.refcnt.counter) + 1;
	return BPF_CORE_READ(old, f_count.counter);
}

/* Counts the packets that a socket had no room for (sk_drops_read, include/net/sock.h). Since
 * 6.18 some protocols count in two places of their own, and sk_drops stays 0. */
static __always_inline __u32 sock_drops(struct sock *sk)
{
	struct sock___drop_counters *now = (void *)sk;
	struct numa_drop_counters *apart;

	if (bpf_core_field_exists(now->sk_drop_counters)) {
		apart = BPF_CORE_READ(now, sk_drop_counters);
		if (apart)
			return BPF_CORE_READ(apart, drops0.counter) +
			       BPF_CORE_READ(apart, drops1.counter);
	}
	return BPF_CORE_READ(sk, sk_drops.counter);
}

/* The socket behind a file, or NULL. bpf_sock_from_file() came with 5.11
 * (4f19cab76136); the file system's magic number does on every kernel. */
#define SOCKFS_MAGIC 0x534F434B /* include/uapi/linux/magic.h */

static __always_inline struct socket *file_socket(struct file *file)
{
	if (BPF_CORE_READ(file, f_inode, i_sb, s_magic) != SOCKFS_MAGIC)
		return 0;
	return BPF_CORE_READ(file, private_data);
}

#endif
