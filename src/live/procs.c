// SPDX-License-Identifier: GPL-2.0-or-later
#include "live/procs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/num.h"

#define ENTRIES 8192 /* a power of two */

struct proc {
	uint32_t tid;
	uint32_t netns;
	bool read;  /* actor comes from /proc */
	bool named; /* actor was its parent's, with what the trace has told since */
	bool ended;
	struct pw_actor actor;
};

struct procs {
	struct proc entries[ENTRIES];
	long ticks_per_second;
};

int procs_new(struct procs **ret)
{
	struct procs *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	p->ticks_per_second = sysconf(_SC_CLK_TCK);
	*ret = p;
	return 0;
}

struct procs *procs_free(struct procs *p)
{
	free(p);
	return NULL;
}

static struct proc *entry_of(const struct procs *p, uint32_t tid)
{
	return (struct proc *)&p->entries[tid & (ENTRIES - 1)];
}

/* A fresh entry, whoever had it before. */
static struct proc *renew(struct procs *p, uint32_t tid)
{
	struct proc *e = entry_of(p, tid);

	*e = (struct proc){ .tid = tid };
	return e;
}

/* ---- /proc ---- */

static ssize_t read_file(uint32_t tid, const char *name, char *buf, size_t size)
{
	_cleanup_close_ int fd = -1;
	char path[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%u/%s", tid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, buf, size - 1);
	if (n < 0)
		return -errno;
	buf[n] = '\0';
	return n;
}

/* The nr-th number of a line of /proc/TID/status. */
static bool status_number(const char *status, const char *key, int nr, uint32_t *ret)
{
	const char *p = strstr(status, key);
	uint64_t number;

	/* The name, which a process chooses, has its newlines escaped in this file. */
	if (!p)
		return false;
	for (p += strlen(key); nr; nr--)
		p += strspn(p, "\t") + strcspn(p + strspn(p, "\t"), "\t\n");
	p += strspn(p, "\t");
	if (num_parse_span(p, strspn(p, "0123456789"), 0, UINT32_MAX, &number))
		return false;
	*ret = number;
	return true;
}

/* "PID (NAME) S …": what comes behind the last bracket is the kernel's, the name may be anything.
 */
static bool read_stat(const struct procs *p, struct pw_actor *a)
{
	char buf[1024], *open_bracket, *close_bracket, *field;
	uint64_t ticks;
	size_t len;

	if (read_file(a->tgid, "stat", buf, sizeof(buf)) < 0)
		return false;
	open_bracket = strchr(buf, '(');
	close_bracket = strrchr(buf, ')');
	if (!open_bracket || !close_bracket || close_bracket < open_bracket)
		return false;
	field = close_bracket;
	for (int i = 2; i < 22 && field; i++)
		field = strchr(field + 1, ' ');
	if (!field ||
	    num_parse_span(field + 1, strspn(field + 1, "0123456789"), 0, UINT64_MAX, &ticks))
		return false;
	a->start_ns = ticks * (NSEC_PER_SEC / p->ticks_per_second);
	len = close_bracket - open_bracket - 1;
	memset(a->comm, 0, sizeof(a->comm));
	memcpy(a->comm, open_bracket + 1, len < sizeof(a->comm) ? len : sizeof(a->comm) - 1);
	return true;
}

static bool read_actor(const struct procs *p, uint32_t tid, struct pw_actor *ret)
{
	struct pw_actor a = {};
	char status[2048];

	if (read_file(tid, "status", status, sizeof(status)) < 0 ||
	    !status_number(status, "\nTgid:", 0, &a.tgid) ||
	    !status_number(status, "\nUid:", 1, &a.uid) || !read_stat(p, &a))
		return false;
	*ret = a;
	return true;
}

/* "socket:[123]", "net:[123]" */
static uint64_t read_inode(const char *path, const char *kind)
{
	char link[64];
	ssize_t n = readlink(path, link, sizeof(link) - 1);
	size_t len = strlen(kind);
	uint64_t inode;

	if (n < (ssize_t)len)
		return 0;
	link[n] = '\0';
	if (strncmp(link, kind, len) != 0 ||
	    num_parse_span(link + len, strspn(link + len, "0123456789"), 0, UINT64_MAX, &inode))
		return 0;
	return inode;
}

static uint32_t read_netns(uint32_t tid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%u/ns/net", tid);
	return read_inode(path, "net:[");
}

uint64_t procs_socket(uint32_t tid, int fd)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%u/fd/%d", tid, fd);
	return read_inode(path, "socket:[");
}

/* ---- what the trace tells ---- */

/* A child has its parent's namespace and user until it says otherwise. Whoever forks once will do
 * so again: it is looked up, for its children may have ended before they are. */
static void note_fork(struct procs *p, const struct trace *t)
{
	struct pw_actor parent;
	uint32_t netns;
	bool known = procs_find(p, t->tid, &parent, &netns);
	struct proc *e = renew(p, t->pid);

	if (!known)
		return;
	e->named = true;
	e->actor = parent;
	e->netns = netns;
	if (t->is_thread)
		return;
	e->actor.tgid = t->pid;
	e->actor.start_ns = 0;
	memcpy(e->actor.comm, t->comm, sizeof(e->actor.comm));
}

static void note_exec(struct procs *p, const struct trace *t)
{
	struct proc *e = entry_of(p, t->pid);

	if (e->tid != t->pid) {
		renew(p, t->pid);
		return;
	}
	e->named = e->named || e->read;
	e->read = false;
	e->actor.tgid = t->pid; /* whichever thread called it leads from now on */
	memcpy(e->actor.comm, t->comm, sizeof(e->actor.comm));
}

void procs_note(struct procs *p, const struct trace *t)
{
	struct proc *e = entry_of(p, t->kind == TRACE_UNSHARED ? t->tid : t->pid);

	switch (t->kind) {
	case TRACE_FORK:
		note_fork(p, t);
		break;
	case TRACE_EXEC:
		note_exec(p, t);
		break;
	case TRACE_EXIT:
		if (e->tid == t->pid)
			e->ended = true;
		break;
	case TRACE_UNSHARED:
		if (e->tid == t->tid)
			e->netns = 0;
		break;
	default:
		break;
	}
}

bool procs_find(struct procs *p, uint32_t tid, struct pw_actor *ret, uint32_t *ret_netns)
{
	struct proc *e = entry_of(p, tid);
	struct pw_actor a;

	if (!tid)
		return false;
	if (e->tid != tid)
		e = renew(p, tid);
	/* Describe a process that has ended by what was known of it: its number may be another's.
	 */
	if (!e->read && !e->ended && read_actor(p, tid, &a)) {
		e->read = true;
		e->actor = a;
	}
	if (!e->netns && !e->ended)
		e->netns = read_netns(tid);
	if (!e->read && !e->named)
		return false;
	*ret = e->actor;
	*ret_netns = e->netns;
	return true;
}

bool procs_has_ended(const struct procs *p, uint32_t tgid)
{
	const struct proc *e = entry_of(p, tgid);

	return e->tid == tgid && e->ended;
}
