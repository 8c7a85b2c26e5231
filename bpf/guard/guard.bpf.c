// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Refuse the bind() of a guarded port to everybody but those it is for. The programs run for the
 * sockets of every process, in the process that calls bind(), and refuse by EPERM: programs that
 * are attached beside them cannot allow what these refuse.
 *
 * Any doubt about our own maps (a rule that is gone) lets the bind pass; any doubt about who asks
 * refuses it.
 */
#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

/* uapi/linux/bpf.h; the kernel finds it in the value of a map by this name. */
struct bpf_spin_lock {
	__u32 val;
};

#include "guarded.h"

#define IPPROTO_TCP 6
#define IPPROTO_UDP 17

enum { REFUSE = 0, ALLOW = 1 };

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct pw_guard_meta);
} guard_meta SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct pw_guard_ports);
} guard_ports SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, PW_GUARD_RULES);
	__type(key, __u32);
	__type(value, struct pw_guard_rule);
} guard_rules SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, PW_GUARD_RULES *PW_GUARD_WHOS);
	__type(key, struct pw_guard_who_key);
	__type(value, struct pw_guard_who);
} guard_whos SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, PW_GUARD_SLOTS);
	__type(key, struct pw_guard_key);
	__type(value, struct pw_guard_slot);
} guard_slots SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, PW_GUARD_SLOTS);
	__type(key, struct pw_guard_key);
	__type(value, struct pw_guard_count);
} guard_counts SEC(".maps");

/* The ports that `portwatch` has put into ip_local_reserved_ports: nobody else's are taken out. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, PW_GUARD_SLOTS);
	__type(key, struct pw_guard_key);
	__type(value, __u8);
} guard_kept SEC(".maps");

/* Nothing is pinned of this map: it serves the programs at the end. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct pw_guard_asked);
} guard_asked SEC(".maps");

/* Here, for its functions look into guard_whos. */
#include "identity.h"

static __always_inline bool is_live(const struct pw_guard_slot *slot)
{
	__u32 zero = 0;
	struct pw_guard_meta *meta = bpf_map_lookup_elem(&guard_meta, &zero);

	return meta && slot->born <= meta->committed &&
	       !(slot->dying && slot->dying <= meta->committed);
}

/* Global, so that the verifier looks at it once. */
__noinline int guard_who(__u32 rule, __u32 index)
{
	struct pw_guard_who_key key = { .rule = rule, .index = index };
	struct pw_guard_who *who = bpf_map_lookup_elem(&guard_whos, &key);

	return who && is_allowed(who, rule, index);
}

static __always_inline bool any_allows(__u32 rule, __u32 nr)
{
	for (__u32 i = 0; i < PW_GUARD_WHOS; i++)
		if (i < nr && guard_who(rule, i))
			return true;
	return false;
}

static __always_inline void count(const struct pw_guard_key *key)
{
	struct pw_guard_count *c = bpf_map_lookup_elem(&guard_counts, key);
	__u64 now = bpf_ktime_get_boot_ns(), cgroup = bpf_get_current_cgroup_id();
	__u32 pid = bpf_get_current_pid_tgid() >> 32, uid = current_user();
	char comm[16] = {};

	if (!c)
		return;
	bpf_get_current_comm(comm, sizeof(comm));
	bpf_spin_lock(&c->lock);
	c->refused++;
	c->last_ns = now;
	c->pid = pid;
	c->uid = uid;
	c->cgroup = cgroup;
	__builtin_memcpy(c->comm, comm, sizeof(comm));
	bpf_spin_unlock(&c->lock);
}

static __always_inline int judge(const struct pw_guard_key *key, const struct pw_guard_slot *slot)
{
	__u32 id = slot->rule;
	struct pw_guard_rule *rule;

	if (!is_live(slot))
		return ALLOW;
	rule = bpf_map_lookup_elem(&guard_rules, &id);
	if (!rule || (rule->until_ns && bpf_ktime_get_boot_ns() >= rule->until_ns))
		return ALLOW;
	if (any_allows(id, rule->nr_whos))
		return ALLOW;
	count(key);
	return rule->audit ? ALLOW : REFUSE;
}

static __always_inline bool is_guarded_somewhere(__u16 port)
{
	__u32 zero = 0;
	struct pw_guard_ports *ports = bpf_map_lookup_elem(&guard_ports, &zero);

	return ports && ports->bits[port >> 6] >> (port & 63) & 1;
}

static __always_inline int guard(struct bpf_sock_addr *ctx)
{
	struct pw_guard_key key = { .port = bpf_ntohs(ctx->user_port) };
	struct pw_guard_slot *slot;
	__u32 proto = ctx->protocol;

	if (!is_guarded_somewhere(key.port))
		return ALLOW;
	if (!key.port || (proto != IPPROTO_TCP && proto != IPPROTO_UDP))
		return ALLOW;
	key.proto = proto;
	key.netns = bpf_get_netns_cookie(ctx);
	slot = bpf_map_lookup_elem(&guard_slots, &key);
	return slot ? judge(&key, slot) : ALLOW;
}

SEC("cgroup/bind4")
int guard_bind4(struct bpf_sock_addr *ctx)
{
	return guard(ctx);
}

SEC("cgroup/bind6")
int guard_bind6(struct bpf_sock_addr *ctx)
{
	return guard(ctx);
}

static __always_inline struct inode___guard *inode_of(__s32 fd)
{
	struct fdtable___guard *table = BPF_CORE_READ(current_task(), files, fdt);
	struct file___guard **files, *file = 0;

	if (fd < 0 || (__u32)fd >= BPF_CORE_READ(table, max_fds))
		return 0;
	files = BPF_CORE_READ(table, fd);
	bpf_probe_read_kernel(&file, sizeof(file), files + fd);
	return file ? BPF_CORE_READ(file, f_inode) : 0;
}

/* Attached for the moment of one bind(): tell a process of portwatch what the programs above will
 * see of its namespace and of a file. stat() tells other numbers of a file on btrfs and overlayfs.
 */
SEC("cgroup/bind4")
int guard_ask(struct bpf_sock_addr *ctx)
{
	__u32 zero = 0;
	struct pw_guard_asked *a = bpf_map_lookup_elem(&guard_asked, &zero);
	struct inode___guard *inode;

	if (!a || a->cookie != bpf_get_socket_cookie(ctx))
		return ALLOW;
	a->netns = bpf_get_netns_cookie(ctx);
	inode = inode_of(a->fd);
	if (inode)
		inode_read(inode, &a->inode, &a->device, &a->generation);
	a->answered = inode ? 2 : 1;
	return ALLOW;
}

char LICENSE[] SEC("license") = "GPL";
