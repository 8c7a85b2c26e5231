// SPDX-License-Identifier: GPL-2.0-or-later
/* Files of /proc and /etc/passwd: whatever is opened has the input for its text (the Makefile
 * wraps the calls that open). The name of a process stands in its stat, where it may hold
 * anything. */
#include "fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <unistd.h>

#include "model/answer.h"
#include "sys/host.h"
#include "sys/nettcp.h"
#include "sys/proc.h"
#include "sys/user.h"

static const uint8_t *text;
static size_t text_len;
static bool ours; /* else libFuzzer opens something */

int __wrap_open(const char *path, int flags, ...);
int __wrap_openat(int dir, const char *path, int flags, ...);
FILE *__wrap_fopen(const char *path, const char *mode);
int __real_open(const char *path, int flags, ...);
int __real_openat(int dir, const char *path, int flags, ...);
FILE *__real_fopen(const char *path, const char *mode);

static int open_input(void)
{
	int fd = memfd_create("input", MFD_CLOEXEC);

	FUZZ_CHECK(fd >= 0 && write(fd, text, text_len) == (ssize_t)text_len);
	FUZZ_CHECK(!lseek(fd, 0, SEEK_SET));
	return fd;
}

int __wrap_open(const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list args;

	if (flags & O_CREAT) {
		va_start(args, flags);
		mode = va_arg(args, mode_t);
		va_end(args);
	}
	return ours && !(flags & O_DIRECTORY) ? open_input() : __real_open(path, flags, mode);
}

int __wrap_openat(int dir, const char *path, int flags, ...)
{
	if (ours && !(flags & O_DIRECTORY))
		return open_input();
	return __real_openat(dir, path, flags, 0);
}

FILE *__wrap_fopen(const char *path, const char *mode)
{
	return ours ? fdopen(open_input(), "r") : __real_fopen(path, mode);
}

static void describe(void)
{
	struct process p = { .pid = (uint32_t)getpid(), .id = { .start_ns = 10000000 } };

	/* The same text is its stat: only one that would do for both is described. */
	(void)proc_describe(&p, PROC_CMDLINE | PROC_CGROUP);
	FUZZ_CHECK(p.cmdline || !p.cmdline_len);
	free(p.cmdline);
	free(p.cgroup);
	free(p.unit);
	free(p.container);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	uint8_t which = fuzz_byte(&in) % 5;
	uint64_t map[1024] = {};
	struct nettcp tcp;
	uint16_t first = 1, last = 1;
	uid_t uid = 0;
	pid_t parent;
	char state;

	text = in.p;
	text_len = in.left;
	ours = true;
	if (which == 0)
		(void)proc_parent(1, &parent, &state);
	else if (which == 1)
		describe();
	else if (which == 2)
		nettcp_read(&tcp);
	else if (which == 3 && !host_reserved_ports(map))
		(void)host_local_range(&first, &last);
	else if (which == 4)
		(void)user_by_name("root", &uid);
	ours = false;
	return 0;
}
