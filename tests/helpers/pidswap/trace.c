// SPDX-License-Identifier: GPL-2.0-or-later
/* The process under test, stopped at every system call until the moment has come. */

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pidswap.h"

#define TOO_LONG 60 /* seconds */

static pid_t tracee;

static void on_alarm(int sig)
{
	(void)sig;
	kill(tracee, SIGKILL); /* ours, and not reaped yet */
}

static pid_t start(char **command, int out)
{
	pid_t pid = fork();

	if (pid < 0)
		err(1, "fork");
	if (pid)
		return pid;
	dup2(out, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	if (ptrace(PTRACE_TRACEME, 0, 0, 0))
		err(1, "ptrace");
	raise(SIGSTOP);
	execvp(command[0], command);
	err(1, "%s", command[0]);
}

/* Tell which part of its work the program has come to by this stop. */
static enum anchor advance(enum anchor now, pid_t pid)
{
	struct __ptrace_syscall_info info = { .op = PTRACE_SYSCALL_INFO_NONE };
	static uint64_t entered;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) < 0)
		err(1, "PTRACE_GET_SYSCALL_INFO");
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
		entered = info.entry.nr;
		if (entered == SYS_pidfd_open && now < AT_OPEN)
			return AT_OPEN;
		if (entered == SYS_pidfd_send_signal && now < AT_SIGNAL)
			return AT_SIGNAL;
	} else if (entered == SYS_pidfd_send_signal && now == AT_SIGNAL) {
		return AT_SIGNAL_DONE;
	}
	return now;
}

static int wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, __WALL) < 0)
		if (errno != EINTR)
			err(1, "waitpid");
	return status;
}

static void read_output(struct run *r, int fd)
{
	size_t len = 0;
	ssize_t n;

	while (len < sizeof(r->output) - 1 &&
	       (n = read(fd, r->output + len, sizeof(r->output) - 1 - len)) > 0)
		len += (size_t)n;
	r->output[len] = '\0';
	close(fd);
}

void run_traced(struct run *r, char **command, enum anchor anchor, int offset,
		void (*act)(void *arg), void *arg)
{
	const int options = PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL | PTRACE_O_TRACEEXEC;
	struct sigaction alarm_action = { .sa_handler = on_alarm };
	enum anchor at = AT_START;
	bool running = false;
	int ends[2], status, sig;

	*r = (struct run){ .status = -1 };
	if (pipe2(ends, O_CLOEXEC))
		err(1, "pipe");
	tracee = start(command, ends[1]);
	close(ends[1]);
	sigaction(SIGALRM, &alarm_action, NULL);
	alarm(TOO_LONG);
	status = wait_for(tracee);
	if (!WIFSTOPPED(status) || ptrace(PTRACE_SETOPTIONS, tracee, 0, options))
		err(1, "ptrace");
	for (sig = 0;;) {
		/* Once it has happened, what it does next need not be followed. */
		ptrace(r->acted ? PTRACE_CONT : PTRACE_SYSCALL, tracee, 0, sig);
		status = wait_for(tracee);
		if (!WIFSTOPPED(status))
			break;
		sig = 0;
		if (status >> 8 == (SIGTRAP | PTRACE_EVENT_EXEC << 8)) {
			running = true;
		} else if (WSTOPSIG(status) != (SIGTRAP | 0x80)) {
			sig = WSTOPSIG(status);
		} else if (running) {
			enum anchor now = advance(at, tracee);

			r->stops[now] += now == at;
			at = now;
			if (at == anchor && r->stops[at] == offset && !r->acted) {
				r->acted = true;
				act(arg);
			}
		}
	}
	alarm(0);
	if (WIFEXITED(status))
		r->status = WEXITSTATUS(status);
	read_output(r, ends[0]);
}
