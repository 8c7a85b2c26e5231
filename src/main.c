// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of commands. */
#include <errno.h>
#include <fcntl.h>

#include "cmd/dispatch.h"
#include "sys/signals.h"

static const struct command *const commands[] = {
	&cmd_stream, &cmd_who,	  &cmd_list,   &cmd_free,  &cmd_wait,	&cmd_timewait,
	&cmd_load,   &cmd_unload, &cmd_status, &cmd_check, &cmd_doctor, NULL,
};

/* To come; each moves into the table above when it is there. */
static const char *const planned[] = {
	"top",
	"export",
	NULL,
};

/* A closed standard fd would be the next file we open, and our messages its content.
 * Read-only, so that writing to it still fails, as it should. */
static void occupy_standard_fds(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
			open("/dev/null", O_RDONLY);
}

int main(int argc, char **argv)
{
	static const struct dispatch dispatch = { commands, planned };

	occupy_standard_fds();
	signals_ignore_pipe();
	return dispatch_run(&dispatch, argc, argv);
}
