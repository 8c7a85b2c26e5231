// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/tour.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "sys/netns.h"
#include "sys/nsmount.h"
#include "track/facts.h"
#include "track/internal.h"

#define NETNS_NAMES "/run/netns"

/* Ways into a namespace. A process may leave it before we open it (another portwatch that
 * tours the namespaces, like we do), so several are kept and each is checked: the oldest, which are
 * the most likely to stay. */
#define NETNS_PIDS 3

struct netns {
	uint32_t inode;
	struct {
		uint32_t pid;
		uint64_t start_ns; /* 0: not known */
	} ways[NETNS_PIDS];	   /* the oldest first */
	bool has_more;		   /* processes than that, or a mount */
	bool lost;		   /* none of the ways led there */
	char *path;		   /* of a mount that keeps it, if there is one */
};

#define MAX_NAMELESS 64

struct netns_list {
	struct netns *v;
	size_t nr, cap;
	uint32_t nameless[MAX_NAMELESS]; /* a process of each whose number may not be read */
	size_t nr_nameless;
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

static void add_way(struct netns *n, uint32_t pid, uint64_t start_ns)
{
	size_t i = NETNS_PIDS;

	n->has_more = n->has_more || n->ways[NETNS_PIDS - 1].pid;
	while (i && (!n->ways[i - 1].pid || start_ns < n->ways[i - 1].start_ns))
		i--;
	if (i == NETNS_PIDS)
		return;
	memmove(&n->ways[i + 1], &n->ways[i], (NETNS_PIDS - 1 - i) * sizeof(n->ways[0]));
	n->ways[i].pid = pid;
	n->ways[i].start_ns = start_ns;
}

static int netns_of_task(void *arg, const struct pw_rec *rec)
{
	struct netns_list *l = arg;
	struct netns *n;

	if (rec->kind != PW_REC_TASK || !rec->pid)
		return 0;
	if (!rec->netns && !rec->actor.start_ns && l->nr_nameless < MAX_NAMELESS)
		l->nameless[l->nr_nameless++] = rec->pid;
	if (!rec->netns)
		return 0;
	n = netns_get(l, rec->netns);
	if (n)
		add_way(n, rec->pid, rec->actor.start_ns);
	return 0;
}

static void forget(struct netns_list *l)
{
	for (size_t i = 0; i < l->nr; i++)
		free(l->v[i].path);
	free(l->v);
}

static int open_if_same(const char *path, uint32_t inode)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return -errno;
	return st.st_ino == inode ? TAKE_FD(fd) : -ESRCH;
}

static int with_path(struct netns *n, const char *path)
{
	free(n->path);
	n->path = strdup(path);
	return n->path ? 0 : -ENOMEM;
}

static int with_name(void *arg, uint32_t inode, const char *name)
{
	struct netns *n = netns_get(arg, inode);
	char path[300];

	snprintf(path, sizeof(path), NETNS_NAMES "/%s", name);
	return n ? with_path(n, path) : -ENOMEM;
}

/* Most names are mounts as well. Another mount may hide this one: the namespace is there, though no
 * way leads into it. */
static int with_mount(void *arg, uint32_t inode, const char *path)
{
	struct netns *n = netns_get(arg, inode);
	_cleanup_close_ int fd = n && n->path ? open_if_same(n->path, inode) : -1;

	if (!n)
		return -ENOMEM;
	n->has_more = true;
	return fd < 0 ? with_path(n, path) : 0;
}

static int netns_open(const struct netns *n)
{
	char path[64];
	int fd = -ENOENT;

	if (n->path)
		fd = open_if_same(n->path, n->inode);
	for (size_t i = 0; fd < 0 && i < NETNS_PIDS && n->ways[i].pid; i++) {
		snprintf(path, sizeof(path), "/proc/%u/ns/net", n->ways[i].pid);
		fd = open_if_same(path, n->inode);
	}
	return fd;
}

struct visit {
	struct tracker *t;
	uint32_t wanted; /* 0: all */
	uint32_t own;
	int home;
	int (*fn)(void *arg, uint32_t netns);
	int (*from_outside)(void *arg, uint32_t netns, uint32_t pid);
	void *arg;
	size_t unvisited; /* namespaces that could not be entered */
};

static int stay_outside(struct visit *v, uint32_t inode, uint32_t pid)
{
	v->unvisited++;
	return v->from_outside && pid ? v->from_outside(v->arg, inode, pid) : 0;
}

/* last: this namespace has been looked for twice. */
static int visit(struct visit *v, struct netns *n, bool last)
{
	_cleanup_close_ int fd = -1;
	int err;

	if (n->inode == v->own || (v->wanted && n->inode != v->wanted))
		return 0;
	fd = netns_open(n);
	if ((fd == -ENOENT || fd == -ESRCH) && !n->has_more)
		return 0; /* gone */
	n->lost = fd < 0 && !last;
	if (n->lost)
		return 0;
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		return stay_outside(v, n->inode, n->ways[0].pid);
	err = v->fn(v->arg, n->inode);
	if (setns(v->home, CLONE_NEWNET))
		return failed(-errno, "cannot return to our network namespace: %s",
			      strerror(errno));
	return err;
}

static int list_all(struct tracker *t, struct netns_list *l)
{
	int err = fact_get(t, FACT_TASKS, 0, &(struct question){ .namespaces = true },
			   netns_of_task, l);

	return netns_each_name(with_name, l) ?: nsmount_each(with_mount, l) ?: err;
}

/* Visit the namespaces that no way led to: they are gone, or others live in them now. A process
 * that is being buried may not be read, too (EACCES, proc_ns_get_link). */
static int visit_lost(struct visit *v, const struct netns_list *before)
{
	struct netns_list l = {};
	int err = list_all(v->t, &l);

	if (err && err != -ENOMEM) {
		v->unvisited++;
		err = 0;
	}
	for (size_t i = 0; i < before->nr && !err; i++)
		for (size_t k = 0; before->v[i].lost && k < l.nr && !err; k++)
			if (l.v[k].inode == before->v[i].inode)
				err = visit(v, &l.v[k], true);
	forget(&l);
	return err;
}

static bool any_lost(const struct netns_list *l)
{
	for (size_t i = 0; i < l->nr; i++)
		if (l->v[i].lost)
			return true;
	return false;
}

static int visit_others(struct visit *v)
{
	struct netns_list l = {};
	int err = list_all(v->t, &l);

	if (err && err != -ENOMEM) {
		v->unvisited++; /* who knows how many there are */
		err = 0;
	}
	for (size_t i = 0; i < l.nr && !err; i++)
		err = visit(v, &l.v[i], false);
	if (!err && any_lost(&l))
		err = visit_lost(v, &l);
	for (size_t i = 0; i < l.nr_nameless && !err && !v->wanted; i++)
		err = stay_outside(v, 0, l.nameless[i]);
	forget(&l);
	return err;
}

static int visit_all(struct visit *v)
{
	int err;

	netns_self(&v->own); /* stays 0, unknown */
	if (!v->wanted || v->wanted == v->own) {
		err = v->fn(v->arg, v->own);
		if (err || v->wanted)
			return err;
	}
	if (v->home >= 0)
		return visit_others(v);
	v->unvisited++;
	return 0;
}

int tour_all(struct tracker *t, uint32_t netns, int (*fn)(void *arg, uint32_t netns),
	     int (*from_outside)(void *arg, uint32_t netns, uint32_t pid), void *arg,
	     size_t *ret_unvisited)
{
	_cleanup_close_ int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	struct visit v = { .t = t,
			   .wanted = netns,
			   .home = home,
			   .fn = fn,
			   .from_outside = from_outside,
			   .arg = arg };
	int err = visit_all(&v);

	*ret_unvisited = v.unvisited;
	return err;
}

int tour(struct tracker *t, uint32_t netns, int (*fn)(void *arg, uint32_t netns), void *arg)
{
	size_t unvisited;

	return tour_all(t, netns, fn, NULL, arg, &unvisited);
}
