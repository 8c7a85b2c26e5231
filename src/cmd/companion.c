// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/companion.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/fail.h"

static const char *const places[] = { "", "../libexec/portwatch/" };

/* The folder this program lies in, with a slash at its end. */
static int own_folder(char *ret, size_t size)
{
	ssize_t len = readlink("/proc/self/exe", ret, size - 1);

	if (len < 0)
		return -errno;
	ret[len] = '\0';
	*(strrchr(ret, '/') + 1) = '\0';
	return 0;
}

int companion_exec(const struct companion *c, char **argv)
{
	char folder[PATH_MAX], path[PATH_MAX + 64];
	int r = own_folder(folder, sizeof(folder));

	for (size_t i = 0; !r && i < sizeof(places) / sizeof(*places); i++) {
		snprintf(path, sizeof(path), "%s%sportwatch-%s", folder, places[i], c->name);
		argv[0] = path;
		execv(path, argv);
		if (errno != ENOENT)
			return fail(-errno, "cannot start %s", path);
	}
	return fail(r ? r : -ENOENT, "the program of '%s', portwatch-%s, is not installed", c->name,
		    c->name);
}
