// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/status.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "track/elements.h"
#include "track/internal.h"

#define STATS_SYSCTL "/proc/sys/kernel/bpf_stats_enabled"

/* Read the memory that the kernel accounts for a map, from our own fd's fdinfo. */
static uint64_t map_bytes(int fd)
{
	_cleanup_fclose_ FILE *f = NULL;
	char path[64], line[128];
	unsigned long long bytes;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "memlock: %llu", &bytes) == 1)
			return bytes;
	return 0;
}

static int count_one(void *arg, const void *key, const void *value)
{
	(void)key, (void)value;
	++*(uint64_t *)arg;
	return 0;
}

/* Count in batches: key by key it takes a system call each, of which a busy host has 20,000. */
static uint64_t count_timewait(struct tracker *t)
{
	uint64_t n = 0;

	elements_each(t, MAP_TIMEWAIT, sizeof(struct pw_tw_key), sizeof(struct pw_tw), count_one,
		      &n);
	return n < t->meta.max_timewait ? n : t->meta.max_timewait;
}

static bool stats_enabled(void)
{
	_cleanup_fclose_ FILE *f = fopen(STATS_SYSCTL, "re");

	return f && fgetc(f) == '1';
}

/* A program that a link of ours runs. `misses`: what it is skipped for nobody sees. */
static void add_prog(struct tracker_status *s, uint32_t prog_id, const char *name, bool misses)
{
	_cleanup_close_ int fd = bpf_prog_get_fd_by_id(prog_id);
	struct bpf_prog_info info = {};
	__u32 len = sizeof(info);
	struct prog_cost *p;

	if (fd < 0 || s->nr_progs == ARRAY_SIZE(s->progs) ||
	    bpf_obj_get_info_by_fd(fd, &info, &len))
		return;
	p = &s->progs[s->nr_progs++];
	snprintf(p->name, sizeof(p->name), "%s", name);
	p->run_ns = info.run_time_ns;
	p->run_count = info.run_cnt;
	p->skipped = info.recursion_misses;
	if (misses)
		s->missed += p->skipped;
}

/* The program that a pinned link of this name runs. 0: there is no such link. */
static uint32_t prog_of(struct tracker *t, const char *name)
{
	_cleanup_close_ int fd = pins_get(&t->pins, PIN_LINKS, name, 0);
	struct bpf_link_info info = {};
	__u32 len = sizeof(info);

	return fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len) ? 0 : info.prog_id;
}

static bool is_attached(struct tracker *t, const struct hook_variant *v)
{
	for (size_t i = 0; i < HOOK_PROGS && v->progs[i]; i++)
		if (!prog_of(t, v->progs[i]))
			return false;
	return v->progs[0];
}

static void add_variant(struct tracker *t, struct tracker_status *s, const struct hook_variant *v)
{
	for (size_t i = 0; i < HOOK_PROGS && v->progs[i]; i++) {
		bool known = false;

		for (size_t k = 0; k < s->nr_progs; k++)
			known = known || !strcmp(s->progs[k].name, v->progs[i]);
		if (!known)
			add_prog(s, prog_of(t, v->progs[i]), v->progs[i], !v->backed_by);
	}
}

static void add_progs(struct tracker *t, struct tracker_status *s)
{
	for (size_t n = 0; n < PW_NEED_MAX; n++)
		for (size_t v = 0; v < HOOK_VARIANTS; v++) {
			if (!is_attached(t, &hooks[n].variants[v]))
				continue;
			add_variant(t, s, &hooks[n].variants[v]);
			break;
		}
}

/* Count the former owners that are gone. No hook tells what an LRU map lets go: it is at least as
 * many as were put in beyond its size. */
static uint64_t pasts_gone(const uint64_t *stats)
{
	uint64_t kept = stats[PW_STAT_PASTS] - stats[PW_STAT_PASTS_OVER];

	return stats[PW_STAT_PASTS_OVER] + (kept > PW_PASTS ? kept - PW_PASTS : 0);
}

int tracker_status(struct tracker *t, struct tracker_status *ret)
{
	int err;

	memset(ret, 0, sizeof(*ret));
	err = tracker_read_meta(t);
	if (!err)
		err = tracker_stats(t, ret->stats);
	if (err)
		return err;
	ret->meta = t->meta;
	/* The counters change while they are read. */
	if (ret->stats[PW_STAT_SOCKETS] > ret->stats[PW_STAT_REMOVED])
		ret->entries = ret->stats[PW_STAT_SOCKETS] - ret->stats[PW_STAT_REMOVED];
	ret->pasts_gone = pasts_gone(ret->stats);
	ret->timewait_entries = count_timewait(t);
	ret->nr_readers = __builtin_popcountll(t->meta.reader_mask);
	ret->run_time_known = stats_enabled();
	for (size_t i = 0; i < MAP_MAX; i++)
		ret->map_bytes += map_bytes(tracker_map(t, i));
	add_progs(t, ret);
	/* Of two copies of a program one has seen what the other was skipped for. */
	ret->missed -=
		ret->missed < ret->stats[PW_STAT_NESTED] ? ret->missed : ret->stats[PW_STAT_NESTED];
	/* The kernel may have counted these already, and may not (kprobes). */
	if (ret->missed < ret->stats[PW_STAT_UNTOLD])
		ret->missed = ret->stats[PW_STAT_UNTOLD];
	return 0;
}
