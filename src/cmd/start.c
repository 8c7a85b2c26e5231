// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/start.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "cmd/fail.h"
#include "sys/lent.h"
#include "sys/signals.h"

/* Of COMMAND, as env(1) and timeout(1) have them. */
enum { EXIT_NOT_RUN = 126, EXIT_NOT_FOUND = 127 };

/* Opened read-only, so that writing to it still fails, as it should. */
static void occupy_standard_fds(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
			open("/dev/null", O_RDONLY);
}

int start_command(char **command, const char *reached)
{
	int err;

	/* An ignored signal stays ignored across exec. */
	signal(SIGPIPE, SIG_DFL);
	execvp(command[0], command);
	err = errno;
	fail(-err, "%s, but %s cannot be run", reached, command[0]);
	return err == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_RUN;
}

void start_program(void)
{
	lent_start();
	occupy_standard_fds();
	signals_ignore_pipe();
}
