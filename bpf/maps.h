/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every map, declared once. Each .bpf.c includes this file; being weak the
 * definitions become one when the objects are linked. Sizes that the user may
 * choose (sockets, timewait) are set by the loader.
 */
#ifndef MAPS_H
#define MAPS_H

#include "vmlinux.h"
#include "errno.h"
#include <bpf/bpf_helpers.h>
#include "portwatch.h"

/* Preallocated: an element must be had in softirq and on 5.10, where allocating
 * in a tracing program is not safe; and it is faster (docs/architecture.md). */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, __u64);
	__type(value, struct pw_sock);
} sockets SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, PW_PORTS);
	__type(key, __u32);
	__type(value, struct pw_port);
} ports SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, struct pw_slot_key);
	__type(value, __u64);
} port_slots SEC(".maps") __weak;

/* LRU: in the tracepoint tier nothing tells when a TIME-WAIT ends. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, struct pw_tw_key);
	__type(value, struct pw_tw);
} timewait SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct pw_churn_key);
	__type(value, struct pw_churn);
} churn SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, struct pw_tw_key);
	__type(value, struct pw_pair_owner);
} pair_owners SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, struct pw_tally_key);
	__type(value, struct pw_tally);
} tallies SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 32768);
	__type(key, __u32);
	__type(value, struct pw_proc);
} procs SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 32768);
	__type(key, struct pw_member_key);
	__type(value, __u32);
} members SEC(".maps") __weak;

/* LRU, like all that nothing tells the end of: what is pushed out costs a walk, or a line of
 * history. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, __u64);
	__type(value, struct pw_family);
} families SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, PW_PASTS);
	__type(key, struct pw_past_key);
	__type(value, struct pw_past);
} history SEC(".maps") __weak;

/* The records of `history` that each user has taken last, and the number of the next. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 2 * PW_PASTS);
	__type(key, struct pw_turn);
	__type(value, struct pw_past_key);
} turns SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, __u32);
} next_turn SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, struct pw_exit_key);
	__type(value, struct pw_exit);
} exits SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, struct pw_cmdline_key);
	__type(value, struct pw_cmdline);
} cmdlines SEC(".maps") __weak;

struct ring {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 65536);
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, PW_MAX_READERS);
	__type(key, __u32);
	__array(values, struct ring);
} rings SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, PW_MAX_READERS);
	__type(key, __u32);
	__type(value, struct pw_reader);
} readers SEC(".maps") __weak;

/* Mapped by readers, which set their bit of reader_mask in one atomic step. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct pw_meta);
} meta SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, PW_STAT_MAX);
	__type(key, __u32);
	__type(value, __u64);
} stats SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct pw_self);
	__type(value, struct pw_query);
} queries SEC(".maps") __weak;

/*
 * Where programs that are run by hand leave what they find: PW_CLAIMS equal parts, each
 * claimed by a reader for the time of its question. Readers map both.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, PW_CLAIMS *PW_CLAIM_RECORDS);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct pw_rec);
} records SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct pw_claims);
} claims SEC(".maps") __weak;

/* A kretprobe does not have the arguments: the kprobe leaves the first one here. */
enum call_arg {
	CALL_BIND,
	CALL_LISTEN,
	CALL_BIND_SOCKET, /* of a bind() that may fail; until its end */
	CALL_BIND_ADDRESS,
	CALL_BIND_SEEN,	  /* a reader's program has seen this bind() begin */
	CALL_LISTEN_SEEN, /* the same of listen(): 1, or the socket that has got the state LISTEN */
};

struct call_key {
	__u64 thread;
	__u64 arg; /* enum call_arg */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, struct call_key);
	__type(value, __u64);
} calls SEC(".maps") __weak;

static __always_inline int call_begin(enum call_arg arg, const void *p)
{
	struct call_key key = { .thread = bpf_get_current_pid_tgid(), .arg = arg };
	__u64 value = (__u64)p;

	bpf_map_update_elem(&calls, &key, &value, BPF_ANY);
	return 0;
}

static __always_inline void *call_end(enum call_arg arg)
{
	struct call_key key = { .thread = bpf_get_current_pid_tgid(), .arg = arg };
	__u64 *value = bpf_map_lookup_elem(&calls, &key);
	void *p = value ? (void *)*value : 0;

	if (value)
		bpf_map_delete_elem(&calls, &key);
	return p;
}

/* The last state change that either of two copies of a program has taken (state.bpf.c). */
struct taken {
	__u64 sk; /* 0: both copies have seen it */
	__u32 state;
	__u32 copy; /* which one has taken it: 1 or 2 */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct taken);
} last_taken SEC(".maps") __weak;

static __always_inline struct pw_meta *meta_get(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&meta, &zero);
}

static __always_inline void stat_add(__u32 which)
{
	__u64 *n = bpf_map_lookup_elem(&stats, &which);

	if (n)
		*n += 1; /* per CPU; a softirq in between may cost one count, not an answer */
}

/* Count in an atomic step, where a sum must come out even. */
static __always_inline void stat_add_atomic(__u32 which)
{
	__u64 *n = bpf_map_lookup_elem(&stats, &which);

	if (n)
		__sync_fetch_and_add(n, 1);
}

/* The map is full: from now on answers come from the kernel's own tables. But not if a softirq came
 * just as its CPU had a bucket locked (from 5.11 to 6.6): another change of that connection's
 * comes. */
static __always_inline void refused(int err)
{
	struct pw_meta *m = meta_get();

	stat_add(PW_STAT_REFUSED);
	if (m && err != -EBUSY)
		m->degraded = 1;
}

#endif
