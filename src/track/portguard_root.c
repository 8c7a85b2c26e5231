// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/portguard_root.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "track/cgroup2.h"
#include "track/reason.h"

#define ROOT_INODE 1 /* the first that kernfs gives out, fs/kernfs/dir.c */

int portguard_root(void)
{
	_cleanup_close_ int fd = cgroup2_open();
	struct stat st;

	if (fd == -EPERM || fd == -EACCES)
		return failed(fd, "cgroup2 cannot be opened: %s", strerror(-fd));
	if (fd < 0)
		return failed(-EOPNOTSUPP, "this kernel cannot guard ports: it has no cgroup2");
	if (fstat(fd, &st))
		return failed(-errno, "cannot look at cgroup2: %s", strerror(errno));
	if (st.st_ino != ROOT_INODE)
		return failed(-EOPNOTSUPP,
			      "only a part of the tree of cgroups is visible here, and "
			      "others would not be refused: guard ports on the host");
	return TAKE_FD(fd);
}
