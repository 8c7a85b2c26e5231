// SPDX-License-Identifier: GPL-2.0-or-later
#include "tables/samefile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "tables/pids.h"

/* kcmp(2) */
enum order { SAME = 0, BEFORE = 1, AFTER = 2 };

static long compare(uint32_t pid, uint32_t fd, const struct samefile_ref *ref)
{
	return syscall(SYS_kcmp, pid, ref->pid, KCMP_FILE, (unsigned long)fd,
		       (unsigned long)ref->fd);
}

/* ---- may it be used? ---- */

/* kcmp takes numbers of our PID namespace. /proc shows that of whoever mounted it, and there we
 * would have a number for each namespace between the two ("NSpid:	77	5"). */
static bool numbers_are_ours(int proc)
{
	_cleanup_close_ int fd = openat(proc, "self/status", O_RDONLY | O_CLOEXEC);
	_cleanup_fclose_ FILE *f = fd < 0 ? NULL : fdopen(fd, "r");
	_cleanup_free_ char *line = NULL;
	size_t cap = 0;
	bool ours = false;
	char *end;

	if (!f)
		return false;
	TAKE_FD(fd);
	while (!ours && getline(&line, &cap, f) > 0)
		ours = !strncmp(line, "NSpid:\t", 7) && strtol(line + 7, &end, 10) == getpid() &&
		       *end == '\n';
	return ours;
}

/* Does the directory go on with descriptor N at position N + 2 (proc_readfd_common, fs/proc/fd.c)?
 * Then it need not be read from its beginning. */
static bool continues_by_number(int proc)
{
	_cleanup_close_ int dir = openat(proc, "self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_Alignas(struct dirent64) char entries[512];
	const struct dirent64 *d = (const void *)entries;
	uint32_t first;

	return dir >= 0 && lseek(dir, dir + 2, SEEK_SET) == dir + 2 &&
	       getdents64(dir, entries, sizeof(entries)) > 0 && pids_number(d->d_name, &first) &&
	       first == (uint32_t)dir;
}

void samefile_init(struct samefile *s, int proc, size_t wanted)
{
	*s = (struct samefile){ .proc = proc, .lock = PTHREAD_MUTEX_INITIALIZER };
	if (!wanted || wanted > SAMEFILE_MAX || !numbers_are_ours(proc))
		return;
	s->wanted = wanted;
	s->by_number = continues_by_number(proc);
}

/* ---- the references ---- */

static bool is_known(const struct samefile *s, uint64_t inode)
{
	for (size_t i = 0; i < s->nr; i++)
		if (s->refs[i].inode == inode)
			return true;
	return false;
}

/* Put it in its place. False: the kernel does not say where that is. */
static bool insert(struct samefile *s, struct samefile_ref ref)
{
	size_t i = s->nr;

	for (; i; i--) {
		long order = compare(ref.pid, ref.fd, &s->refs[i - 1]);

		if (order == AFTER)
			break;
		if (order != BEFORE)
			return false;
		s->refs[i] = s->refs[i - 1];
	}
	s->refs[i] = ref;
	s->nr++;
	return true;
}

void samefile_learn(struct samefile *s, uint64_t inode, uint32_t pid, uint32_t fd)
{
	pthread_mutex_lock(&s->lock);
	if (s->nr < s->wanted && !is_known(s, inode)) {
		if (!insert(s, (struct samefile_ref){ inode, pid, fd }))
			s->wanted = 0;
		else if (s->nr == s->wanted)
			atomic_store_explicit(&s->ready, true, memory_order_release);
	}
	pthread_mutex_unlock(&s->lock);
}

bool samefile_wants(struct samefile *s)
{
	bool wants;

	pthread_mutex_lock(&s->lock);
	wants = s->nr < s->wanted;
	pthread_mutex_unlock(&s->lock);
	return wants;
}

static bool is_still(const struct samefile *s, const struct samefile_ref *ref)
{
	char path[PIDS_PATH], link[64], expected[64];
	ssize_t len;

	snprintf(path, sizeof(path), "%u/fd/%u", ref->pid, ref->fd);
	len = snprintf(expected, sizeof(expected), "socket:[%llu]", (unsigned long long)ref->inode);
	return readlinkat(s->proc, path, link, sizeof(link)) == len &&
	       memcmp(link, expected, (size_t)len) == 0;
}

bool samefile_hold(struct samefile *s)
{
	if (!samefile_ready(s))
		return false;
	for (size_t i = 0; i < s->nr; i++) {
		if (is_still(s, &s->refs[i]))
			continue;
		pthread_mutex_lock(&s->lock);
		s->wanted = 0;
		pthread_mutex_unlock(&s->lock);
		atomic_store_explicit(&s->ready, false, memory_order_release);
		return false;
	}
	return true;
}

/* ---- the question ---- */

int samefile_ask(const struct samefile *s, uint32_t pid, uint32_t fd)
{
	size_t low = 0, high = s->nr;

	while (low < high) {
		size_t middle = (low + high) / 2;
		long order = compare(pid, fd, &s->refs[middle]);

		if (order < 0 && (errno == EBADF || errno == ESRCH))
			return -EBADF;
		if (order == BEFORE)
			high = middle;
		else if (order == AFTER)
			low = middle + 1;
		else
			return 1;
	}
	return 0;
}
