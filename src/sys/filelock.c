// SPDX-License-Identifier: GPL-2.0-or-later
#include "sys/filelock.h"

#include <errno.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/clock.h"

#define STEP_MS 5

int filelock(int fd, unsigned int patience_ms)
{
	uint64_t end = clock_monotonic_ns() + patience_ms * NSEC_PER_MSEC;
	const struct timespec step = { .tv_nsec = STEP_MS * 1000000 };

	while (flock(fd, LOCK_EX | LOCK_NB)) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -errno;
		if (clock_monotonic_ns() >= end)
			return -EWOULDBLOCK;
		nanosleep(&step, NULL);
	}
	return 0;
}

/* fs/locks.c, lock_get_status(): number, kind, mode, access, PID, device and inode. */
pid_t filelock_holder(int fd)
{
	_cleanup_fclose_ FILE *f = fopen("/proc/locks", "re");
	unsigned int device_major, device_minor;
	unsigned long inode;
	char line[256];
	struct stat st;
	int pid;

	if (!f || fstat(fd, &st))
		return 0;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "%*d: FLOCK %*s %*s %d %x:%x:%lu", &pid, &device_major,
			   &device_minor, &inode) == 4 &&
		    device_major == major(st.st_dev) && device_minor == minor(st.st_dev) &&
		    inode == st.st_ino)
			return pid > 0 ? pid : 0;
	return 0;
}
