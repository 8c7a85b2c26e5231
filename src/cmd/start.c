// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/start.h"

#include <errno.h>
#include <fcntl.h>

#include "sys/lent.h"
#include "sys/signals.h"

/* Opened read-only, so that writing to it still fails, as it should. */
static void occupy_standard_fds(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
			open("/dev/null", O_RDONLY);
}

void start_program(void)
{
	lent_start();
	occupy_standard_fds();
	signals_ignore_pipe();
}
