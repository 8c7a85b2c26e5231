// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/sleep.h"

#include <errno.h>
#include <time.h>

#include "base/clock.h"

int sleep_until(struct pollfd *fds, size_t nr, uint64_t until_ns, const sigset_t *mask)
{
	uint64_t now = clock_boot_ns(), ns = until_ns > now ? until_ns - now : 0;
	struct timespec left = {
		.tv_sec = (time_t)(ns / NSEC_PER_SEC),
		.tv_nsec = (long)(ns % NSEC_PER_SEC),
	};
	int r = ppoll(fds, nr, until_ns == SLEEP_FOREVER ? NULL : &left, mask);

	if (r >= 0)
		return r;
	r = errno == EINTR ? 0 : -errno;
	for (size_t i = 0; i < nr; i++)
		fds[i].revents = 0;
	return r;
}

uint64_t sleep_in_ms(int ms)
{
	return ms < 0 ? SLEEP_FOREVER : clock_boot_ns() + (uint64_t)ms * NSEC_PER_MSEC;
}
