// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * killat: kills a command at its Nth stop at a system call, before or behind it.
 *
 *	killat N COMMAND...
 *
 * Exit status 137, or the command's own if it has ended before.
 */
#include <err.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	unsigned long at = argc > 2 ? strtoul(argv[1], NULL, 10) : 0, n = 0;
	pid_t child;
	int status;

	if (!at)
		errx(2, "killat N COMMAND...");
	child = fork();
	if (!child) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		execv(argv[2], argv + 2);
		err(2, "%s", argv[2]);
	}
	while (waitpid(child, &status, 0) == child) {
		if (WIFEXITED(status))
			return WEXITSTATUS(status);
		if (WIFSIGNALED(status))
			return 128 + WTERMSIG(status);
		if (++n == at)
			kill(child, SIGKILL);
		else
			ptrace(PTRACE_SYSCALL, child, NULL, NULL);
	}
	return 2;
}
