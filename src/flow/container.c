// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/container.h"

#include <errno.h>
#include <fts.h>
#include <limits.h>
#include <string.h>

#include "base/cleanup.h"
#include "sys/cgroup_path.h"
#include "track/cgroup2.h"

DEFINE_CLEANUP(FTS *, fts_close);

/* Is this the cgroup of the container itself, and not of something that it has made inside? */
static bool is_of(const char *path, const char *id)
{
	size_t len = strlen(path), want = strlen(id);
	const char *slash = strrchr(path, '/');
	struct span s;

	return cgroup_path_container(path, len, &s) && s.len >= want && !memcmp(s.s, id, want) &&
	       slash && s.s > slash;
}

int container_cgroup(const char *id, char **ret_path)
{
	char mount[PATH_MAX], *roots[] = { mount, NULL };
	_cleanup_free_ char *found = NULL;
	FTSENT *e;
	size_t len;

	if (cgroup2_path(mount, sizeof(mount)))
		return -ENOENT;

	_cleanup_(fts_close_p) FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOSTAT, NULL);

	len = strlen(mount);
	while (tree && (e = fts_read(tree))) {
		if (e->fts_info != FTS_D || !is_of(e->fts_path, id))
			continue;
		if (found)
			return -EEXIST;
		found = strdup(e->fts_path + len);
		if (!found)
			return -ENOMEM;
	}
	if (!found)
		return -ENOENT;
	*ret_path = TAKE_PTR(found);
	return 0;
}
