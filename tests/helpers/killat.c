// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * killat: kills a command at its Nth stop at a system call that may change something outside of it,
 * before or behind the call.
 *
 *	killat N COMMAND...
 *
 * Exit status 137, or the command's own if it has ended before. The calls are bpf(), write(),
 * mkdirat() and unlinkat(): to be killed at another is to be killed behind the last of these.
 */
#include <err.h>
#include <linux/ptrace.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

/* sys/ptrace.h and linux/ptrace.h do not go together. */
extern long ptrace(int request, ...);

static bool changes(__u64 nr)
{
	return nr == SYS_bpf || nr == SYS_write || nr == SYS_mkdirat || nr == SYS_unlinkat;
}

/* At the stop behind a call the kernel does not tell which it was. */
static bool counts(pid_t child)
{
	static bool entered;
	struct ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, child, sizeof(info), &info) <= 0)
		return false;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
		entered = changes(info.entry.nr);
	return info.op != PTRACE_SYSCALL_INFO_NONE && entered;
}

int main(int argc, char **argv)
{
	unsigned long at = argc > 2 ? strtoul(argv[1], NULL, 10) : 0, n = 0;
	pid_t child;
	int status;

	if (!at)
		errx(2, "killat N COMMAND...");
	child = fork();
	if (!child) {
		ptrace(PTRACE_TRACEME, 0, (void *)0, (void *)0);
		execv(argv[2], argv + 2);
		err(2, "%s", argv[2]);
	}
	for (bool begun = false; waitpid(child, &status, 0) == child; begun = true) {
		if (WIFEXITED(status))
			return WEXITSTATUS(status);
		if (WIFSIGNALED(status))
			return 128 + WTERMSIG(status);
		/* Without it the kernel does not tell what a stop is. */
		if (!begun)
			ptrace(PTRACE_SETOPTIONS, child, (void *)0, PTRACE_O_TRACESYSGOOD);
		if (counts(child) && ++n == at)
			kill(child, SIGKILL);
		else
			ptrace(PTRACE_SYSCALL, child, (void *)0, (void *)0);
	}
	return 2;
}
