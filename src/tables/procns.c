// SPDX-License-Identifier: GPL-2.0-or-later
#include "tables/procns.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/hmap.h"
#include "base/num.h"
#include "tables/inode_set.h"
#include "tables/pids.h"
#include "tables/thread.h"

#define FEW 32 /* processes that a second thread is not worth its start for */

struct known {
	uint64_t inode;
	uint32_t ways;
	bool has_net; /* in struct tour's nets */
};

struct tour {
	int proc;
	struct hmap known;     /* of struct known */
	struct inode_set nets; /* what /proc/PID/net/tcp is in them */
	struct pids unread;    /* processes that do not say where they are */
	int (*fn)(void *arg, uint32_t inode, uint32_t pid);
	void *arg;
};

/* 0: it has ended, or may not be asked; errno says which. */
static uint64_t inode_of(const struct tour *t, uint32_t pid, const char *file)
{
	char path[PIDS_PATH];
	struct stat st;

	strcpy(path + num_format(pid, path), file);
	return fstatat(t->proc, path, &st, 0) ? 0 : st.st_ino;
}

/* "net:[4026531840]" (ns_get_name, fs/nsfs.c): the link takes 6 us, and to follow it 10. */
static uint64_t netns_of(const struct tour *t, uint32_t pid)
{
	char path[PIDS_PATH], link[64];
	uint64_t inode;
	ssize_t len;

	strcpy(path + num_format(pid, path), "/ns/net");
	len = readlinkat(t->proc, path, link, sizeof(link));
	if (len < 7 || memcmp(link, "net:[", 5) != 0 ||
	    num_parse_span(link + 5, (size_t)len - 6, 1, UINT32_MAX, &inode))
		return len < 0 ? 0 : inode_of(t, pid, "/ns/net");
	return inode;
}

/* Return the inode number of /proc/PID/net/tcp: each namespace has its own, and anyone may read it.
 */
static uint64_t net_of(const struct tour *t, uint32_t pid)
{
	return inode_of(t, pid, "/net/tcp");
}

/* Note what /proc/PID/net/tcp is, by the first process of a namespace that has not ended meanwhile.
 */
static int note_net(struct tour *t, struct known *k, uint32_t pid)
{
	uint64_t net = k->has_net ? 0 : net_of(t, pid);

	k->has_net = k->has_net || net;
	return net ? inode_set_add(&t->nets, net) : 0;
}

static int on_readable(struct tour *t, uint32_t pid, uint64_t inode)
{
	struct known *k = hmap_put(&t->known, &inode);
	int err = k ? note_net(t, k, pid) : -ENOMEM;

	if (err || k->ways == PROCNS_WAYS)
		return err;
	k->ways++;
	return t->fn(t->arg, (uint32_t)inode, pid);
}

/* ---- the namespace of each process ---- */

/* A process, and the namespace that it is in. 0: errno says why that is not known. */
struct process_netns {
	uint32_t pid;
	int error;
	uint64_t inode;
};

struct half {
	const struct tour *t;
	struct process_netns *processes;
	size_t nr;
};

static void *look_up(void *arg)
{
	const struct half *h = arg;

	for (size_t i = 0; i < h->nr; i++) {
		struct process_netns *p = &h->processes[i];

		p->inode = netns_of(h->t, p->pid);
		p->error = p->inode ? 0 : errno;
	}
	return NULL;
}

/* Use two threads: a link is all the kernel's work, and nothing else is asked meanwhile. */
static void look_up_all(const struct tour *t, struct process_netns *processes, size_t nr)
{
	struct half first = { t, processes, nr / 2 },
		    second = { t, processes + nr / 2, nr - nr / 2 };
	pthread_t thread;
	bool alone = nr <= FEW || thread_start(&thread, look_up, &second);

	look_up(&first);
	if (alone)
		look_up(&second);
	else
		pthread_join(thread, NULL);
}

static int on_process(struct tour *t, const struct process_netns *p)
{
	uint32_t *unread;

	if (p->inode)
		return on_readable(t, p->pid, p->inode);
	if (p->error != EACCES && p->error != EPERM)
		return 0;
	unread = VEC_ADD(&t->unread.list);
	if (!unread)
		return -ENOMEM;
	*unread = p->pid;
	return 0;
}

static int on_unread(struct tour *t, uint32_t pid)
{
	uint64_t net = net_of(t, pid);

	if (!net || inode_set_has(&t->nets, net))
		return 0;
	return inode_set_add(&t->nets, net) ?: t->fn(t->arg, 0, pid);
}

static int visit(struct tour *t)
{
	_cleanup_(pids_done) struct pids pids = {};
	_cleanup_free_ struct process_netns *processes = NULL;
	int err = pids_read(t->proc, &pids);

	if (err || !pids.list.nr)
		return err;
	processes = calloc(pids.list.nr, sizeof(*processes));
	if (!processes)
		return -ENOMEM;
	for (size_t i = 0; i < pids.list.nr; i++)
		processes[i].pid = pids.list.v[i];
	look_up_all(t, processes, pids.list.nr);
	for (size_t i = 0; i < pids.list.nr && !err; i++)
		err = on_process(t, &processes[i]);
	/* Last, when all those are known that have a number. */
	for (size_t i = 0; i < t->unread.list.nr && !err; i++)
		err = on_unread(t, t->unread.list.v[i]);
	return err;
}

int procns_each(int (*fn)(void *arg, uint32_t inode, uint32_t pid), void *arg)
{
	_cleanup_close_ int proc = pids_open_proc();
	struct tour t = {
		.proc = proc,
		.known = HMAP(struct known, inode),
		.nets = INODE_SET,
		.fn = fn,
		.arg = arg,
	};
	int err = proc < 0 ? proc : visit(&t);

	pids_done(&t.unread);
	inode_set_done(&t.nets);
	hmap_done(&t.known);
	return err;
}
