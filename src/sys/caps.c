// SPDX-License-Identifier: GPL-2.0-or-later
#include "sys/caps.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* include/linux/proc_ns.h: PROC_USER_INIT_INO */
#define INIT_USERNS 0xEFFFFFFDu

static const struct {
	int cap;
	const char *name;
} needed[] = {
	{ CAP_BPF, "CAP_BPF" },		    /* maps and programs */
	{ CAP_PERFMON, "CAP_PERFMON" },	    /* tracing programs read kernel memory */
	{ CAP_NET_ADMIN, "CAP_NET_ADMIN" }, /* cgroup/sock programs */
};

static uint64_t effective(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { { 0 } };

	/* The system call itself: libcap is a library more to load for one number. */
	if (syscall(SYS_capget, &head, data))
		return 0;
	return (uint64_t)data[1].effective << 32 | data[0].effective;
}

bool caps_have(int cap)
{
	return effective() >> cap & 1;
}

/* In a container's, root has all capabilities, and none that BPF asks for. */
static bool in_own_userns(void)
{
	struct stat st;

	return !stat("/proc/self/ns/user", &st) && st.st_ino != INIT_USERNS;
}

void caps_missing(char *ret, size_t size)
{
	const char *missing[ARRAY_SIZE(needed)];
	bool inside = in_own_userns();
	uint64_t have = inside ? 0 : effective();
	size_t nr = 0, used = 0;

	ret[0] = '\0';
	/* CAP_SYS_ADMIN still stands for all three, but never for itself alone. */
	if (have >> CAP_SYS_ADMIN & 1)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(needed); i++)
		if (!(have >> needed[i].cap & 1))
			missing[nr++] = needed[i].name;
	for (size_t i = 0; i < nr && used < size; i++)
		used += snprintf(ret + used, size - used, "%s%s",
				 !i	     ? "" :
				 i + 1 == nr ? " and " :
					       ", ",
				 missing[i]);
	if (inside && used < size)
		snprintf(ret + used, size - used, " outside of this user namespace");
}
