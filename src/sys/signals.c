// SPDX-License-Identifier: GPL-2.0-or-later
#include "sys/signals.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

static volatile sig_atomic_t came;
static int wake_fd = -1;
static void (*last)(int sig);

static void on_signal(int sig)
{
	uint64_t one = 1;
	struct sigaction act = { .sa_handler = last, .sa_flags = SA_RESETHAND | SA_NODEFER };
	int saved = errno;

	came = sig;
	if (last)
		sigaction(sig, &act, NULL);
	if (write(wake_fd, &one, sizeof(one)) < 0) {
		/* An eventfd counts to 2^64 - 2 and cannot be full. */
	}
	errno = saved;
}

void signals_ignore_pipe(void)
{
	signal(SIGPIPE, SIG_IGN);
}

void signals_last(void (*handler)(int sig))
{
	last = handler;
}

int signals_open(void)
{
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction act = { .sa_handler = on_signal, .sa_flags = SA_RESTART | SA_RESETHAND };
	struct sigaction old;

	wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (wake_fd < 0)
		return -errno;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		/* Leave a signal ignored that nohup or a shell's "&" ignores. */
		if (!sigaction(ends[i], NULL, &old) && old.sa_handler != SIG_IGN)
			sigaction(ends[i], &act, NULL);
	}
	return wake_fd;
}

int signals_came(void)
{
	return came;
}
