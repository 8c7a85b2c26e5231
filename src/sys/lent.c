// SPDX-License-Identifier: GPL-2.0-or-later
#include "sys/lent.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

/* The saved group keeps it. */
void lent_start(void)
{
	if (getegid() != getgid() && setegid(getgid()))
		_exit(EXIT_FAILURE);
}

/* Files are opened with this group. If it is refused, so is the opening that follows. */
void lent_use(void)
{
	gid_t real, effective, saved;

	if (!getresgid(&real, &effective, &saved) && saved != effective)
		setfsgid(saved);
}

void lent_rest(void)
{
	setfsgid(getegid());
}

bool lent_any(void)
{
	return geteuid() != 0 && getauxval(AT_SECURE);
}

int lent_group(gid_t *ret)
{
	struct stat st;

	if (stat("/proc/self/exe", &st))
		return -errno;
	if (!(st.st_mode & S_ISGID) || st.st_mode & S_IWOTH || st.st_uid || !st.st_gid)
		return -ENOENT;
	*ret = st.st_gid;
	return 0;
}
