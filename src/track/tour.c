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
#include "track/facts.h"
#include "track/internal.h"

#define NETNS_NAMES "/run/netns"

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

static int with_name(void *arg, uint32_t inode, const char *name)
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

int tour(struct tracker *t, uint32_t netns, int (*fn)(void *arg, uint32_t netns), void *arg)
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
	err = fact_get(t, FACT_TASKS, 0, &(struct question){}, netns_of_task, &l);
	netns_each_name(with_name, &l);
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
