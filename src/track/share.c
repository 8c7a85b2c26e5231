// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/share.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sys/lent.h"
#include "track/register.h"
#include "track/reason.h"

/* The group that the maps are given to. */
static int maps_group(gid_t members, gid_t *ret)
{
	int err = lent_group(ret);

	if (err || *ret == members)
		return failed(-EINVAL,
			      "this program file does not let a group ask: run setup-group, "
			      "see portwatch-load(1)");
	return 0;
}

int share_possible(gid_t members)
{
	gid_t maps;

	return maps_group(members, &maps);
}

/*
 * systemd mounts bpffs for root alone. Whoever may pass its root sees no name there, and what
 * others have pinned keeps its own mode.
 */
static int let_pass(const struct pins *pins)
{
	_cleanup_close_ int fd = openat(pins->dir, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct statfs fs;
	struct stat st;
	ino_t last = 0;

	/* The root of the whole tree is its own parent. */
	while (fd >= 0 && !fstatfs(fd, &fs) && (unsigned int)fs.f_type == BPF_FS_MAGIC &&
	       !fstat(fd, &st) && st.st_ino != last) {
		if (!(st.st_mode & S_IXOTH) && fchmod(fd, (st.st_mode & 07777) | S_IXOTH))
			return failed(-errno, "cannot let others pass the directories above %s: %s",
				      pins->path, strerror(errno));
		last = st.st_ino;
		close(fd);
		fd = openat(fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	return 0;
}

static int give(int folder, const char *name, gid_t group, mode_t mode)
{
	if (fchownat(folder, name, (uid_t)-1, group, AT_SYMLINK_NOFOLLOW) ||
	    fchmodat(folder, name, mode, 0))
		return failed(-errno, "cannot give %s to the group: %s", name, strerror(errno));
	return 0;
}

int share_with(const struct pins *pins, gid_t members)
{
	gid_t maps;
	int err = maps_group(members, &maps);

	/* To be passed, not read: who can open a directory can lock it, and a lock stops root. */
	if (!err)
		err = give(pins->folder[PIN_MAPS], ".", maps, 0710);
	for (size_t i = 0; !err && i < MAP_MAX; i++)
		if (map_rows[i].shared)
			err = give(pins->folder[PIN_MAPS], map_rows[i].name, maps, 0640);
	if (!err)
		err = give(pins->dir, ".", members, 0710);
	return err ? err : let_pass(pins);
}
