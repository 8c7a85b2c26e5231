// SPDX-License-Identifier: GPL-2.0-or-later
#include "sys/preempt.h"

#include <fcntl.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sys/fsroot.h"

/* "none (voluntary) full": the mode that is in force stands between parentheses. */
static bool is_mode(const char *modes, const char *mode)
{
	const char *at = strchr(modes, '(');

	return at && !strncmp(at + 1, mode, strlen(mode)) && at[1 + strlen(mode)] == ')';
}

bool preempt_is_possible(void)
{
	_cleanup_close_ int root = fsroot_open("debugfs");
	_cleanup_close_ int fd =
		root < 0 ? -1 : openat(root, "sched/preempt", O_RDONLY | O_CLOEXEC);
	struct utsname uts;
	char modes[64];
	ssize_t n = fd < 0 ? -1 : read(fd, modes, sizeof(modes) - 1);

	if (n > 0) {
		modes[n] = '\0';
		return !is_mode(modes, "none") && !is_mode(modes, "voluntary");
	}
	/* A kernel that chooses at boot says PREEMPT_DYNAMIC: then it is not known (init/Makefile).
	 */
	return uname(&uts) || strstr(uts.version, "PREEMPT");
}
