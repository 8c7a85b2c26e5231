// SPDX-License-Identifier: GPL-2.0-or-later
#include "tables/fdtable.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/num.h"
#include "sys/proc.h"

#define PROC_FD_FIRST 2	     /* position of descriptor 0: "." and ".." come before it */
#define GLANCE_SIZE (8 * 24) /* of entries, for numbers of up to four digits */
#define WIDE_GAP 8 /* numbers without a descriptor: what comes after them is sooner listed */

/* An open table of descriptors. */
struct table {
	struct fdtables *w;
	int dir;
	uint32_t pid;
	bool by_file; /* ask whether a file is a wanted socket before its link is read */
	bool known;   /* the actor is */
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

static void cannot_read(struct fdtables *w, uint32_t pid)
{
	struct procfd_blind *b = &w->own->blind;
	char path[PIDS_PATH];
	struct stat st;

	if (b->pid)
		return;
	append_number(path, pid);
	if (fstatat(w->walk->proc, path, &st, 0))
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
	hit = VEC_ADD(&t->w->own->hits);
	if (!hit)
		return -ENOMEM;
	*hit = (struct fdwalk_hit){ inode, fd, t->actor };
	if (!t->w->walk->own_tables)
		samefile_learn(&t->w->walk->same, inode, t->pid, fd);
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
		t->w->own->blind.descriptors++;
		t->hidden = true;
		return 0;
	}
	inode = len > 0 ? socket_inode(link, (size_t)len) : 0;
	if (!inode || !inode_set_has(t->w->walk->wanted, inode))
		return 0;
	return add_hit(t, name, inode);
}

/* A descriptor that is listed. */
static int look_at_listed(struct table *t, const char *name)
{
	const struct samefile *same = &t->w->walk->same;
	uint32_t fd;

	if (!pids_number(name, &fd))
		return 0;
	/* -EBADF: it was closed, or the reference was. */
	return t->by_file && !samefile_ask(same, t->pid, fd) ? 0 : look_at(t, name);
}

/* From where the directory is read to its end. *seen grows by what is there. */
static int read_listed(struct table *t, uint64_t *seen)
{
	_Alignas(struct dirent64) char entries[32768];
	const struct dirent64 *d;
	ssize_t n;
	int err;

	while ((n = getdents64(t->dir, entries, sizeof(entries))) > 0) {
		for (ssize_t at = 0; at < n; at += d->d_reclen) {
			d = (const void *)(entries + at);
			err = look_at_listed(t, d->d_name);
			if (err)
				return err;
			*seen += d->d_name[0] != '.';
		}
	}
	/* A process that ends gives up its table before its directory goes. */
	return n < 0 && errno != ENOENT && errno != ESRCH ? -errno : 0;
}

/* The first of `count` descriptors by their numbers, since to list them takes as long as to compare
 * them. The directory is then read from the first number that was not asked, as if it had been read
 * to there. */
static int read_numbered(struct table *t, uint64_t count, uint64_t *seen)
{
	const struct samefile *same = &t->w->walk->same;
	uint32_t fd = 0, gap = 0;
	char name[16];
	int err = 0;

	for (; *seen < count && gap < WIDE_GAP && !err; fd++) {
		int is = samefile_ask(same, t->pid, fd);

		gap = is < 0 ? gap + 1 : 0;
		*seen += is >= 0;
		if (is <= 0)
			continue;
		append_number(name, fd);
		err = look_at(t, name);
	}
	if (!err && lseek(t->dir, fd + PROC_FD_FIRST, SEEK_SET) < 0)
		err = -errno;
	return err;
}

/* The size of the directory is the number of descriptors from 6.2 on (proc_fd_getattr,
 * fs/proc/fd.c). */
static int read_by_file(struct table *t)
{
	const size_t hidden = t->w->own->blind.descriptors;
	struct stat st = {};
	uint64_t seen = 0;
	int err = 0;

	t->by_file = t->w->by_file = true;
	if (t->w->walk->same.by_number && !fstat(t->dir, &st))
		err = read_numbered(t, (uint64_t)st.st_size, &seen);
	if (!err)
		err = read_listed(t, &seen);
	if (err || seen >= (uint64_t)st.st_size)
		return err;
	/* Some were closed, or a reference was for a moment. */
	t->by_file = false;
	t->w->own->blind.descriptors = hidden;
	return lseek(t->dir, 0, SEEK_SET) < 0 ? -errno : read_listed(t, &seen);
}

static int read_table(struct table *t)
{
	struct fdwalk *walk = t->w->walk;
	uint64_t seen = 0;
	bool by_file = !walk->own_tables && samefile_ready(&walk->same);
	int err = by_file ? read_by_file(t) : read_listed(t, &seen);

	if (t->hidden)
		cannot_read(t->w, t->pid);
	return err;
}

/* `path` of a table in /proc, of this process or one of its threads. */
static int look_into(struct fdtables *w, uint32_t pid, const char *path)
{
	_cleanup_close_ int dir = openat(w->walk->proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct table t = { .w = w, .dir = dir, .pid = pid };

	if (dir >= 0)
		return read_table(&t);
	if (errno == EACCES || errno == EPERM) {
		if (w->walk->own_tables)
			return 0; /* counted with its process */
		w->own->blind.unreadable++;
		cannot_read(w, pid);
		return 0;
	}
	return errno == ENOENT || errno == ESRCH ? 0 : -errno;
}

int fdtable_process(struct fdtables *w, uint32_t pid)
{
	char path[PIDS_PATH];

	w->own->blind.processes++;
	append(append_number(path, pid), "/fd");
	return look_into(w, pid, path);
}

void fdtable_glance(struct fdtables *w, uint32_t pid)
{
	_Alignas(struct dirent64) char entries[sizeof(struct dirent64)];
	char path[PIDS_PATH], link[64];
	struct samefile *same = &w->walk->same;
	_cleanup_close_ int dir = -1;
	const struct dirent64 *d;
	ssize_t n, len;
	uint64_t inode;
	uint32_t fd;

	append(append_number(path, pid), "/fd");
	dir = openat(w->walk->proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0 ||
	    (same->by_number && lseek(dir, STDERR_FILENO + 1 + PROC_FD_FIRST, SEEK_SET) < 0))
		return;
	n = getdents64(dir, entries, GLANCE_SIZE);
	for (ssize_t at = 0; at < n; at += d->d_reclen) {
		d = (const void *)(entries + at);
		if (!pids_number(d->d_name, &fd))
			continue;
		len = readlinkat(dir, d->d_name, link, sizeof(link));
		inode = len > 0 ? socket_inode(link, (size_t)len) : 0;
		if (inode && inode_set_has(w->walk->wanted, inode))
			samefile_learn(same, inode, pid, fd);
	}
}

/* Where that may not be asked, too: look at it. */
static bool shares_table(uint32_t a, uint32_t b)
{
	return syscall(SYS_kcmp, a, b, KCMP_FILES, 0, 0) == 0;
}

int fdtable_threads(struct fdtables *w, uint32_t pid)
{
	char path[PIDS_PATH], *end = append(append_number(path, pid), "/task");
	_cleanup_(pids_done) struct pids threads = {};
	_cleanup_close_ int dir = -1;
	struct stat st;
	int err = 0;

	/* The directory has a link for each of them, and two of its own. */
	if (fstatat(w->walk->proc, path, &st, 0) || st.st_nlink <= 3)
		return 0;
	dir = openat(w->walk->proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
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
