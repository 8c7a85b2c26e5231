// SPDX-License-Identifier: GPL-2.0-or-later
/* The names that rules have for commands, map types and program types of bpf(2). */

#include <fnmatch.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>

#include "refuse.h"

#define NR(array) (sizeof(array) / sizeof((array)[0]))

/* enum bpf_cmd, include/uapi/linux/bpf.h, in its order */
static const char cmds[] =
	"MAP_CREATE MAP_LOOKUP_ELEM MAP_UPDATE_ELEM MAP_DELETE_ELEM MAP_GET_NEXT_KEY "
	"PROG_LOAD OBJ_PIN OBJ_GET PROG_ATTACH PROG_DETACH PROG_TEST_RUN PROG_GET_NEXT_ID "
	"MAP_GET_NEXT_ID PROG_GET_FD_BY_ID MAP_GET_FD_BY_ID OBJ_GET_INFO_BY_FD PROG_QUERY "
	"RAW_TRACEPOINT_OPEN BTF_LOAD BTF_GET_FD_BY_ID TASK_FD_QUERY "
	"MAP_LOOKUP_AND_DELETE_ELEM MAP_FREEZE BTF_GET_NEXT_ID MAP_LOOKUP_BATCH "
	"MAP_LOOKUP_AND_DELETE_BATCH MAP_UPDATE_BATCH MAP_DELETE_BATCH LINK_CREATE "
	"LINK_UPDATE LINK_GET_FD_BY_ID LINK_GET_NEXT_ID ENABLE_STATS ITER_CREATE LINK_DETACH "
	"PROG_BIND_MAP TOKEN_CREATE";
_Static_assert(BPF_PROG_BIND_MAP == 35, "the order is the kernel's");

/* enum bpf_map_type, likewise, without its deprecated names */
static const char maps[] =
	"unspec hash array prog_array perf_event_array percpu_hash percpu_array stack_trace "
	"cgroup_array lru_hash lru_percpu_hash lpm_trie array_of_maps hash_of_maps devmap "
	"sockmap cpumap xskmap sockhash cgroup_storage reuseport_sockarray "
	"percpu_cgroup_storage queue stack sk_storage devmap_hash struct_ops ringbuf "
	"inode_storage task_storage bloom_filter user_ringbuf cgrp_storage arena";
_Static_assert(BPF_MAP_TYPE_RINGBUF == 27, "the order is the kernel's");

static const char *const progs[] = {
	[BPF_PROG_TYPE_KPROBE] = "kprobe",
	[BPF_PROG_TYPE_TRACEPOINT] = "tp",
	[BPF_PROG_TYPE_PERF_EVENT] = "perf_event",
	[BPF_PROG_TYPE_CGROUP_SKB] = "cgroup/skb",
	[BPF_PROG_TYPE_CGROUP_SOCK] = "cgroup/sock",
	[BPF_PROG_TYPE_SOCK_OPS] = "sockops",
	[BPF_PROG_TYPE_RAW_TRACEPOINT] = "raw_tp",
	[BPF_PROG_TYPE_CGROUP_SOCK_ADDR] = "cgroup/sock_addr",
	[BPF_PROG_TYPE_EXT] = "ext",
	[BPF_PROG_TYPE_LSM] = "lsm",
	[BPF_PROG_TYPE_SK_LOOKUP] = "sk_lookup",
	[BPF_PROG_TYPE_SYSCALL] = "syscall",
};

/* The word of that number, or the number itself. */
static const char *word(const char *words, unsigned long n)
{
	static char text[64];
	unsigned long i = n;

	while (i && (words = strchr(words, ' '))) {
		words++;
		i--;
	}
	if (words)
		snprintf(text, sizeof(text), "%.*s", (int)strcspn(words, " "), words);
	else
		snprintf(text, sizeof(text), "%lu", n);
	return text;
}

const char *name_cmd(unsigned long cmd)
{
	return word(cmds, cmd);
}

const char *name_map(unsigned long type)
{
	return word(maps, type);
}

/* The kernel has a function bpf_iter_NAME for each iterator: DEFINE_BPF_ITER_FUNC,
 * include/linux/bpf.h */
static const char *name_iter(unsigned int btf_id)
{
	static const char prefix[] = "bpf_iter_";
	static char text[128];
	const char *function = rules_have("iter/") ? btf_name(btf_id) : NULL;

	if (function && !strncmp(function, prefix, strlen(prefix)))
		function += strlen(prefix);
	snprintf(text, sizeof(text), "iter/%s", function ? function : "?");
	return text;
}

const char *name_prog(unsigned int type, unsigned int attach, unsigned int btf_id)
{
	static char text[24];

	if (type == BPF_PROG_TYPE_TRACING) {
		if (attach == BPF_TRACE_ITER)
			return name_iter(btf_id);
		return attach == BPF_TRACE_RAW_TP ? "tp_btf" : "fentry";
	}
	if (type < NR(progs) && progs[type])
		return progs[type];
	snprintf(text, sizeof(text), "type:%u", type);
	return text;
}

bool name_is_prog(const char *name)
{
	if (!strncmp(name, "iter/", 5) || !fnmatch(name, "tp_btf", 0) ||
	    !fnmatch(name, "fentry", 0))
		return true;
	for (size_t i = 0; i < NR(progs); i++)
		if (progs[i] && !fnmatch(name, progs[i], 0))
			return true;
	return false;
}
