// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/iter.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "track/internal.h"

/* An iterator takes no arguments: its question lies in a map for as long as it runs. */
static int put_question(struct tracker *t, const struct question *q)
{
	struct pw_query query = { .proto = q->proto };
	int fd = tracker_map(t, MAP_QUERIES);

	if (fd < 0)
		return fd;
	if (!t->self.pidns)
		return -ESRCH; /* it could not find its question */
	query.flags = (q->small ? PW_Q_TW_ONLY : 0) | (q->sweep ? PW_Q_SWEEP : 0);
	if (q->ports) {
		query.flags |= PW_Q_PORTS;
		memcpy(query.ports, q->ports, sizeof(query.ports));
	}
	return bpf_map_update_elem(fd, &t->self, &query, BPF_ANY) ? -errno : 0;
}

static void take_question_away(struct tracker *t)
{
	int fd = tracker_map(t, MAP_QUERIES);

	if (fd >= 0)
		bpf_map_delete_elem(fd, &t->self);
}

static int read_records(int fd, size_t size, iter_fn fn, void *arg)
{
	_Alignas(8) char buf[40000];
	size_t have = 0, used;
	ssize_t n;
	int err;

	for (;;) {
		n = read(fd, buf + have, sizeof(buf) - have);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n <= 0)
			return n < 0 ? -errno : 0;
		have += n;
		for (used = 0; have - used >= size; used += size) {
			err = fn ? fn(arg, buf + used) : 0;
			if (err)
				return err;
		}
		memmove(buf, buf + used, have - used);
		have -= used;
	}
}

static int run(int prog, union bpf_iter_link_info *info, size_t size, iter_fn fn, void *arg)
{
	_cleanup_close_ int link = -1, iter = -1;
	DECLARE_LIBBPF_OPTS(bpf_link_create_opts, opts);

	if (info) {
		opts.iter_info = info;
		opts.iter_info_len = sizeof(*info);
	}
	link = bpf_link_create(prog, 0, BPF_TRACE_ITER, &opts);
	if (link < 0)
		return -errno;
	iter = bpf_iter_create(link);
	return iter < 0 ? -errno : read_records(iter, size, fn, arg);
}

int iter_run(struct tracker *t, enum prog_id prog, const struct question *q, size_t size,
	     iter_fn fn, void *arg)
{
	union bpf_iter_link_info info = {};
	int fd = progs_get(t, prog), err;

	if (fd < 0)
		return fd;
	err = q ? put_question(t, q) : 0;
	if (err)
		return err;
	if (q && q->pid)
		info.task.pid = q->pid;
	err = run(fd, q && q->pid ? &info : NULL, size, fn, arg);
	if (q)
		take_question_away(t);
	/* Before 6.1 (f0d74c4da1f0) the filter is not known: -EINVAL or -E2BIG. */
	return q && q->pid && (err == -EINVAL || err == -E2BIG) ? -EOPNOTSUPP : err;
}

int iter_run_map(struct tracker *t, enum prog_id prog, enum map_id map, const struct question *q,
		 size_t size, iter_fn fn, void *arg)
{
	union bpf_iter_link_info info = {};
	int fd = progs_get(t, prog), map_fd = tracker_map(t, map), err;

	if (fd < 0 || map_fd < 0)
		return fd < 0 ? fd : map_fd;
	info.map.map_fd = map_fd;
	err = q ? put_question(t, q) : 0;
	if (err)
		return err;
	err = run(fd, &info, size, fn, arg);
	if (q)
		take_question_away(t);
	return err;
}
