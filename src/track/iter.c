// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/iter.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sys/netns.h"
#include "track/internal.h"

#define NETNS_NAMES "/run/netns"

int iter_query(struct tracker *t, uint32_t flags, uint8_t proto, const uint64_t *ports)
{
	struct pw_query q = { .flags = flags, .proto = proto };
	int fd = tracker_map(t, MAP_QUERIES);

	if (fd < 0)
		return fd;
	if (ports) {
		q.flags |= PW_Q_PORTS;
		memcpy(q.ports, ports, sizeof(q.ports));
	}
	if (bpf_map_update_elem(fd, &t->self, &q, BPF_ANY))
		return why(-errno, "cannot pass the question to the kernel: %s", strerror(errno));
	return 0;
}

void iter_query_end(struct tracker *t)
{
	int fd = tracker_map(t, MAP_QUERIES);

	if (fd >= 0)
		bpf_map_delete_elem(fd, &t->self);
}

/* A record of whatever size, as the program writes it. */
struct records {
	size_t size;
	int (*fn)(void *arg, const void *rec);
	void *arg;
};

static int read_records(int fd, const struct records *r)
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
		for (used = 0; have - used >= r->size; used += r->size) {
			err = r->fn ? r->fn(r->arg, buf + used) : 0;
			if (err)
				return err;
		}
		memmove(buf, buf + used, have - used);
		have -= used;
	}
}

static int run(struct tracker *t, enum iter_prog prog, uint32_t pid, const struct records *r)
{
	_cleanup_close_ int link = -1, iter = -1;
	DECLARE_LIBBPF_OPTS(bpf_link_create_opts, opts);
	union bpf_iter_link_info info = {};
	int fd = tracker_prog(t, prog), map;

	if (fd < 0)
		return fd;
	if (prog == ITER_DUMP_SOCKETS || prog == ITER_SWEEP_TIMEWAIT) {
		map = tracker_map(t, prog == ITER_DUMP_SOCKETS ? MAP_SOCKETS : MAP_TIMEWAIT);
		if (map < 0)
			return map;
		info.map.map_fd = map;
		opts.iter_info = &info;
		opts.iter_info_len = sizeof(info);
	} else if (pid) {
		info.task.pid = pid;
		opts.iter_info = &info;
		opts.iter_info_len = sizeof(info);
	}
	link = bpf_link_create(fd, 0, BPF_TRACE_ITER, &opts);
	if (link < 0)
		/* Before 6.1 (f0d74c4da1f0) the filter is not known: -EINVAL or -E2BIG. */
		return pid && (errno == EINVAL || errno == E2BIG) ? -EOPNOTSUPP : -errno;
	iter = bpf_iter_create(link);
	if (iter < 0)
		return -errno;
	return read_records(iter, r);
}

struct rec_fn {
	iter_fn fn;
	void *arg;
};

static int on_rec(void *arg, const void *rec)
{
	const struct rec_fn *f = arg;

	return f->fn(f->arg, rec);
}

int iter_run(struct tracker *t, enum iter_prog prog, uint32_t pid, iter_fn fn, void *arg)
{
	struct rec_fn f = { fn, arg };

	return run(t, prog, pid,
		   &(struct records){ sizeof(struct pw_rec), fn ? on_rec : NULL, &f });
}

struct churn_fn {
	iter_churn_fn fn;
	void *arg;
};

static int on_churn(void *arg, const void *rec)
{
	const struct churn_fn *f = arg;

	return f->fn(f->arg, rec);
}

int iter_run_churn(struct tracker *t, iter_churn_fn fn, void *arg)
{
	struct churn_fn f = { fn, arg };

	return run(t, ITER_DUMP_CHURN, 0,
		   &(struct records){ sizeof(struct pw_churn_rec), on_churn, &f });
}

/* Ways into a namespace. A process may leave it before we open it (another portwatch that
 * tours the namespaces, like we do), so several are kept and each is checked. */
#define NETNS_PIDS 3

struct netns {
	uint32_t inode;
	uint32_t pids[NETNS_PIDS];
	char name[256]; /* below NETNS_NAMES, if it has one */
};

struct netns_list {
	struct netns *v;
	size_t nr, cap;
};

static struct netns *netns_get(struct netns_list *l, uint32_t inode)
{
	struct netns *v;

	for (size_t i = 0; i < l->nr; i++)
		if (l->v[i].inode == inode)
			return &l->v[i];
	if (l->nr == l->cap) {
		v = realloc(l->v, (l->cap * 2 + 8) * sizeof(*v));
		if (!v)
			return NULL;
		l->v = v;
		l->cap = l->cap * 2 + 8;
	}
	v = &l->v[l->nr++];
	memset(v, 0, sizeof(*v));
	v->inode = inode;
	return v;
}

static int netns_of_task(void *arg, const struct pw_rec *rec)
{
	struct netns *n;

	if (rec->kind != PW_REC_TASK || !rec->netns || !rec->pid)
		return 0;
	n = netns_get(arg, rec->netns);
	for (size_t i = 0; n && i < NETNS_PIDS; i++)
		if (!n->pids[i]) {
			n->pids[i] = rec->pid;
			break;
		}
	return 0;
}

static int netns_with_name(void *arg, uint32_t inode, const char *name)
{
	struct netns *n = netns_get(arg, inode);

	if (n)
		snprintf(n->name, sizeof(n->name), "%s", name);
	return 0;
}

static int open_if_same(const char *path, uint32_t inode)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return -errno;
	return st.st_ino == inode ? TAKE_FD(fd) : -ESRCH;
}

static int netns_open(const struct netns *n)
{
	char path[300];
	int fd = -ENOENT;

	if (n->name[0]) {
		snprintf(path, sizeof(path), NETNS_NAMES "/%s", n->name);
		fd = open_if_same(path, n->inode);
	}
	for (size_t i = 0; fd < 0 && i < NETNS_PIDS && n->pids[i]; i++) {
		snprintf(path, sizeof(path), "/proc/%u/ns/net", n->pids[i]);
		fd = open_if_same(path, n->inode);
	}
	return fd;
}

int iter_each_netns(struct tracker *t, uint32_t netns, int (*fn)(void *arg, uint32_t netns),
		    void *arg)
{
	_cleanup_close_ int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	struct netns_list l = {};
	struct stat own = {};
	int err = 0;

	t->unvisited = 0;
	if (home >= 0 && fstat(home, &own))
		return -errno;
	if (!netns || netns == own.st_ino)
		err = fn(arg, own.st_ino);
	if (err || home < 0 || netns == own.st_ino)
		return err;
	err = iter_run(t, ITER_WALK_TASKS, 0, netns_of_task, &l);
	netns_each_name(netns_with_name, &l);
	for (size_t i = 0; i < l.nr && !err; i++) {
		_cleanup_close_ int fd = -1;

		if (l.v[i].inode == own.st_ino || (netns && l.v[i].inode != netns))
			continue;
		fd = netns_open(&l.v[i]);
		if (fd < 0 || setns(fd, CLONE_NEWNET)) {
			if (fd >= 0 || (fd != -ENOENT && fd != -ESRCH))
				t->unvisited++; /* not gone: not ours to enter, say */
			continue;
		}
		err = fn(arg, l.v[i].inode);
		if (setns(home, CLONE_NEWNET))
			err = why(-errno, "cannot return to our network namespace: %s",
				  strerror(errno));
	}
	free(l.v);
	return err;
}

struct run {
	struct tracker *t;
	const enum iter_prog *progs;
	size_t nr;
	iter_fn fn;
	void *arg;
};

static int run_all(void *arg, uint32_t netns)
{
	const struct run *r = arg;
	int err;

	(void)netns;
	for (size_t i = 0; i < r->nr; i++) {
		err = iter_run(r->t, r->progs[i], 0, r->fn, r->arg);
		if (err)
			return err;
	}
	return 0;
}

int iter_run_netns(struct tracker *t, uint32_t netns, const enum iter_prog *progs, size_t nr,
		   iter_fn fn, void *arg)
{
	struct run run = { .t = t, .progs = progs, .nr = nr, .fn = fn, .arg = arg };

	return iter_each_netns(t, netns, run_all, &run);
}

int iter_run_everywhere(struct tracker *t, const enum iter_prog *progs, size_t nr, iter_fn fn,
			void *arg)
{
	return iter_run_netns(t, 0, progs, nr, fn, arg);
}
