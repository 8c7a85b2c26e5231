// SPDX-License-Identifier: GPL-2.0-or-later
#include "sys/privileges.h"

#include <cap-ng.h>
#include <errno.h>
#include <stdbool.h>
#include <sys/prctl.h>

int privileges_keep(const unsigned int *caps, size_t nr)
{
	capng_select_t what = CAPNG_SELECT_CAPS;
	unsigned long long kept = 0;

	if (capng_get_caps_process())
		return -EPERM;
	for (size_t i = 0; i < nr; i++)
		if (capng_have_capability(CAPNG_EFFECTIVE, caps[i]))
			kept |= 1ull << caps[i];
	/* Dropping from the bounding set is a privilege of its own. */
	if (capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP))
		what = CAPNG_SELECT_ALL;
	capng_clear(what);
	for (size_t i = 0; i < nr; i++)
		if (kept >> caps[i] & 1 &&
		    capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, caps[i]))
			return -EPERM;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	return capng_apply(what) ? -EPERM : 0;
}
