// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/lockdown.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "track/reason.h"

/* The word in brackets: "none [integrity] confidentiality". */
void lockdown_read(char *ret, size_t size)
{
	_cleanup_fclose_ FILE *f = fopen("/sys/kernel/security/lockdown", "re");
	char line[128], *from, *to;

	if (!f || !fgets(line, sizeof(line), f))
		return;
	from = strchr(line, '[');
	to = from ? strchr(from, ']') : NULL;
	if (to)
		snprintf(ret, size, "%.*s", (int)(to - from - 1), from + 1);
}

/* The kernel's own answer is EINVAL: to a program that may not read memory, the helper that does
 * so is not there. */
int lockdown_blamed(int err)
{
	char level[32] = "";

	lockdown_read(level, sizeof(level));
	if (err && !strcmp(level, "confidentiality"))
		return failed(-EOPNOTSUPP,
			      "kernel lockdown is at confidentiality, which lets no BPF program "
			      "read kernel memory: boot with lockdown=integrity or none");
	return err;
}
