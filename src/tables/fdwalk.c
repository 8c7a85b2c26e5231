// SPDX-License-Identifier: GPL-2.0-or-later
#include "tables/fdwalk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/num.h"
#include "sys/proc.h"

#define AT_ONCE 16 /* processes that a thread takes */

/* State that the threads share. */
struct work {
	const struct fdwalk *walk;
	const struct pids *pids;
	atomic_size_t next;
	atomic_int err; /* the first one */
};

/* State of a thread. */
struct worker {
	struct work *work;
	struct fdwalk own; /* hits and blind */
};

/* An open table of descriptors. */
struct table {
	struct worker *w;
	int dir;
	uint32_t pid;
	bool known; /* the actor is */
	bool hidden;
	struct pw_actor actor;
};

/* "PID/rest", without the cost of printf. */
static char *append(char *p, const char *text)
{
	size_t len = strlen(text);

	memcpy(p, text, len + 1);
	return p + len;
}

static char *append_number(char *p, uint32_t number)
{
	p += num_format(number, p);
	*p = '\0';
	return p;
}

static void cannot_read(struct worker *w, uint32_t pid)
{
	struct procfd_blind *b = &w->own.blind;
	char path[PIDS_PATH];
	struct stat st;

	if (b->pid)
		return;
	append_number(path, pid);
	if (fstatat(w->work->walk->proc, path, &st, 0))
		return;
	b->pid = pid;
	b->uid = st.st_uid;
}

/* The process of this table. A later one of its number has another: if ours can still be read
 * afterwards, the number was not another's. */
static int identify(struct table *t, const char *fd)
{
	char link[32];
	int err;

	if (t->known)
		return 0;
	err = proc_actor((pid_t)t->pid, &t->actor);
	if (!err && readlinkat(t->dir, fd, link, sizeof(link)) < 0)
		err = -ESRCH;
	t->known = !err;
	return err;
}

static int add_hit(struct table *t, const char *name, uint64_t inode)
{
	struct fdwalk_hit *hit;
	uint32_t fd;

	/* The process has ended, or has just closed the descriptor. */
	if (!pids_number(name, &fd) || identify(t, name))
		return 0;
	hit = VEC_ADD(&t->w->own.hits);
	if (!hit)
		return -ENOMEM;
	*hit = (struct fdwalk_hit){ inode, fd, t->actor };
	return 0;
}

/* "socket:[77]", sockfs_dname in net/socket.c. */
static uint64_t socket_inode(const char *link, size_t len)
{
	static const char prefix[] = "socket:[";
	const size_t skip = sizeof(prefix) - 1;
	uint64_t inode;

	if (len < skip + 2 || link[0] != 's' || memcmp(link, prefix, skip) != 0 ||
	    num_parse_span(link + skip, len - skip - 1, 0, UINT64_MAX, &inode))
		return 0;
	return inode;
}

static int look_at(struct table *t, const char *name)
{
	char link[64];
	ssize_t len = readlinkat(t->dir, name, link, sizeof(link));
	uint64_t inode;

	if (len < 0 && errno == ENOMEM)
		return -ENOMEM;
	if (len < 0 && errno != ENOENT && errno != ESRCH) {
		t->w->own.blind.descriptors++;
		t->hidden = true;
		return 0;
	}
	inode = len > 0 ? socket_inode(link, (size_t)len) : 0;
	if (!inode || !inode_set_has(t->w->work->walk->wanted, inode))
		return 0;
	return add_hit(t, name, inode);
}

static int read_table(struct table *t)
{
	_Alignas(struct dirent64) char entries[32768];
	const struct dirent64 *d;
	ssize_t n;
	int err;

	while ((n = getdents64(t->dir, entries, sizeof(entries))) > 0) {
		for (ssize_t at = 0; at < n; at += d->d_reclen) {
			d = (const void *)(entries + at);
			err = d->d_name[0] == '.' ? 0 : look_at(t, d->d_name);
			if (err)
				return err;
		}
	}
	if (t->hidden)
		cannot_read(t->w, t->pid);
	/* A process that ends gives up its table before its directory goes. */
	return n < 0 && errno != ENOENT && errno != ESRCH ? -errno : 0;
}

/* `path` of a table in /proc, of this process or one of its threads. */
static int look_into(struct worker *w, uint32_t pid, const char *path)
{
	_cleanup_close_ int dir =
		openat(w->work->walk->proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct table t = { .w = w, .dir = dir, .pid = pid };

	if (dir >= 0)
		return read_table(&t);
	if (errno == EACCES || errno == EPERM) {
		if (w->work->walk->own_tables)
			return 0; /* counted with its process */
		w->own.blind.unreadable++;
		cannot_read(w, pid);
		return 0;
	}
	return errno == ENOENT || errno == ESRCH ? 0 : -errno;
}

static int look_at_process(struct worker *w, uint32_t pid)
{
	char path[PIDS_PATH];

	w->own.blind.processes++;
	append(append_number(path, pid), "/fd");
	return look_into(w, pid, path);
}

/* Where that may not be asked, too: look at it. */
static bool shares_table(uint32_t a, uint32_t b)
{
	return syscall(SYS_kcmp, a, b, KCMP_FILES, 0, 0) == 0;
}

static int look_at_threads(struct worker *w, uint32_t pid)
{
	char path[PIDS_PATH], *end = append(append_number(path, pid), "/task");
	_cleanup_(pids_done) struct pids threads = {};
	_cleanup_close_ int dir = -1;
	struct stat st;
	int err = 0;

	/* The directory has a link for each of them, and two of its own. */
	if (fstatat(w->work->walk->proc, path, &st, 0) || st.st_nlink <= 3)
		return 0;
	dir = openat(w->work->walk->proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0 || pids_read(dir, &threads))
		return 0;
	for (size_t i = 0; i < threads.list.nr && !err; i++) {
		uint32_t tid = threads.list.v[i];

		if (tid == pid || shares_table(pid, tid))
			continue;
		append(append_number(append(end, "/"), tid), "/fd");
		err = look_into(w, pid, path);
	}
	return err;
}

static int look_at_some(struct worker *w, size_t first)
{
	const struct pids *pids = w->work->pids;
	int err = 0;

	for (size_t i = first; i < first + AT_ONCE && i < pids->list.nr && !err; i++)
		err = w->work->walk->own_tables ? look_at_threads(w, pids->list.v[i]) :
						  look_at_process(w, pids->list.v[i]);
	return err;
}

static void *work_on(void *arg)
{
	struct worker *w = arg;
	int none = 0, err = 0;

	while (!err && !atomic_load(&w->work->err)) {
		size_t first = atomic_fetch_add(&w->work->next, AT_ONCE);

		if (first >= w->work->pids->list.nr)
			break;
		err = look_at_some(w, first);
	}
	if (err)
		atomic_compare_exchange_strong(&w->work->err, &none, err);
	return NULL;
}

/* The program's signals are for the thread that it started with. */
static int start(pthread_t *ret, struct worker *w)
{
	sigset_t all, before;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	err = pthread_create(ret, NULL, work_on, w);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return err;
}

static int add_results(struct fdwalk *w, struct fdwalk *own)
{
	for (size_t i = 0; i < own->hits.nr; i++) {
		struct fdwalk_hit *hit = VEC_ADD(&w->hits);

		if (!hit)
			return -ENOMEM;
		*hit = own->hits.v[i];
	}
	w->blind.processes += own->blind.processes;
	w->blind.unreadable += own->blind.unreadable;
	w->blind.descriptors += own->blind.descriptors;
	if (!w->blind.pid) {
		w->blind.pid = own->blind.pid;
		w->blind.uid = own->blind.uid;
	}
	return 0;
}

int fdwalk_run(struct fdwalk *w, const struct pids *pids)
{
	struct work work = { .walk = w, .pids = pids };
	struct worker first = { .work = &work }, second = { .work = &work };
	pthread_t thread;
	bool alone;
	int err;

	clock_timens_offset_ns(); /* it remembers: not in two threads at a time */
	alone = pids->list.nr <= AT_ONCE || start(&thread, &second);
	work_on(&first);
	if (!alone)
		pthread_join(thread, NULL);
	err = atomic_load(&work.err);
	if (!err)
		err = add_results(w, &first.own);
	if (!err)
		err = add_results(w, &second.own);
	fdwalk_done(&first.own);
	fdwalk_done(&second.own);
	return err;
}

void fdwalk_done(struct fdwalk *w)
{
	free(w->hits.v);
	w->hits.v = NULL;
	w->hits.nr = w->hits.cap = 0;
}
