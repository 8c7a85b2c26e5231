// SPDX-License-Identifier: GPL-2.0-or-later
#include "tables/procns.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/hmap.h"
#include "base/num.h"
#include "tables/inode_set.h"
#include "tables/pids.h"

struct known {
	uint64_t inode;
	uint32_t ways;
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

static int on_readable(struct tour *t, uint32_t pid, uint64_t inode)
{
	struct known *k = hmap_put(&t->known, &inode);
	int err = 0;

	if (!k)
		return -ENOMEM;
	if (k->ways == PROCNS_WAYS)
		return 0;
	if (!k->ways++)
		err = inode_set_add(&t->nets, net_of(t, pid));
	return err ?: t->fn(t->arg, (uint32_t)inode, pid);
}

static int on_process(struct tour *t, uint32_t pid)
{
	uint64_t inode = netns_of(t, pid);
	uint32_t *unread;

	if (inode)
		return on_readable(t, pid, inode);
	if (errno != EACCES && errno != EPERM)
		return 0;
	unread = VEC_ADD(&t->unread.list);
	if (!unread)
		return -ENOMEM;
	*unread = pid;
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
	int err = pids_read(t->proc, &pids);

	for (size_t i = 0; i < pids.list.nr && !err; i++)
		err = on_process(t, pids.list.v[i]);
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
