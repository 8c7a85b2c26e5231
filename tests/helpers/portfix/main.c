// SPDX-License-Identifier: GPL-2.0-or-later
/* portfix: open a port in every shape. See portfix.h for what it prints, options.c for the shapes.
 */

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "portfix.h"

int first_pid;
static volatile sig_atomic_t close_all, term_came;

void say(const char *format, ...)
{
	char line[65536];
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(line, sizeof(line) - 1, format, args);
	va_end(args);
	if (length < 0 || (size_t)length >= sizeof(line) - 1)
		errx(1, "a line is too long");
	line[length++] = '\n';
	if (write(STDOUT_FILENO, line, length) != length)
		err(1, "write");
}

/* An alarm is not inherited: every process sets its own. */
pid_t fork_process(const struct options *o)
{
	pid_t pid = fork();

	if (pid < 0)
		err(1, "fork");
	if (!pid)
		alarm(o->lifetime);
	return pid;
}

/* Until all others that have the end to write to have closed it: by exec, too, or by their end. */
void pipe_wait(int pipefd[2])
{
	ssize_t length;
	char byte;

	close(pipefd[1]);
	do
		length = read(pipefd[0], &byte, 1);
	while (length < 0 && errno == EINTR);
	if (length)
		err(1, "pipe");
	close(pipefd[0]);
}

static void on_usr1(int signal)
{
	(void)signal;
	close_all = 1;
}

static void on_term(int signal)
{
	(void)signal;
	term_came = 1;
}

/* Ways for a process to end with its socket */
static void end_with_trick(const struct options *o, int listener)
{
	term_came = 0;
	if (!strcmp(o->on_term, "stay"))
		return;
	if (!strcmp(o->on_term, "close")) {
		close_all = 1;
		return;
	}
	if (!strcmp(o->on_term, "give")) {
		pass_give(o->give_fd, listener);
	} else if (!fork_process(o)) {
		signal(SIGTERM, SIG_DFL);
		say("forked pid=%d", getpid());
		return;
	}
	exit(0);
}

/* How many connections were taken: none if another worker was faster. */
static int accept_one(const struct options *o, int listener)
{
	char peer[ADDRESS_TEXT];
	int fd = sock_accept(listener, peer);
	pid_t pid = getpid();

	if (fd < 0)
		return 0;
	if (o->accept_fork) {
		int pipefd[2];

		if (pipe2(pipefd, O_CLOEXEC))
			err(1, "pipe");
		pid = fork_process(o);
		if (!pid) {
			sock_close_kept();
			close(pipefd[1]);
			for (;;)
				pause();
		}
		close(fd);
		pipe_wait(pipefd);
	} else {
		sock_keep(fd);
	}
	say("accepted pid=%d peer=%s", pid, peer);
	return 1;
}

/* Stay, taking the connections asked for, until killed or told to end. */
void hold(const struct options *o, int listener)
{
	int to_accept = listener < 0 ? 0 : o->accept;

	if (to_accept)
		fcntl(listener, F_SETFL, O_NONBLOCK);
	for (;;) {
		struct pollfd fds[] = {
			{ .fd = to_accept ? listener : -1, .events = POLLIN },
			{ .fd = o->until_eof ? STDIN_FILENO : -1, .events = POLLIN },
		};
		char bytes[256];

		if (term_came)
			end_with_trick(o, listener);
		if (close_all) {
			close_all = 0;
			to_accept = 0;
			sock_close_kept();
			say("closed pid=%d", getpid());
			continue;
		}
		/* The time-out is for a signal that came just before. */
		if (poll(fds, 2, 100) < 0 && errno != EINTR)
			err(1, "poll");
		if (fds[0].revents)
			to_accept -= accept_one(o, listener);
		if (fds[1].revents && read(STDIN_FILENO, bytes, sizeof(bytes)) <= 0)
			exit(0);
	}
}

static void plain(const struct options *o)
{
	int fd = sock_open(o);
	char *ports = calloc(o->conns + 1, 8);
	size_t length = 0;

	if (!ports)
		err(1, "calloc");
	if (o->daemonize)
		shape_daemonize(o);
	length = sprintf(ports, "%d", sock_port(fd));
	for (int i = 1; i < o->conns; i++)
		length += sprintf(ports + length, ",%d", sock_port(sock_open(o)));
	say("ready port=%d pid=%d creator=%d ports=%s", sock_port(fd), getpid(), first_pid, ports);
	free(ports);
	hold(o, o->connect ? -1 : fd);
}

int main(int argc, char **argv)
{
	static struct options o;
	struct sigaction usr1 = { .sa_handler = on_usr1 };

	(void)argc;
	options_parse(&o, argv + 1);
	first_pid = getpid();
	alarm(o.lifetime);
	sigaction(SIGUSR1, &usr1, NULL);
	/* Children that end early are nobody's business here. */
	signal(SIGCHLD, SIG_IGN);
	if (o.ignore_term)
		signal(SIGTERM, SIG_IGN);
	if (o.on_term)
		signal(SIGTERM, on_term);
	if (o.comm)
		prctl(PR_SET_NAME, o.comm);

	if (o.state)
		state_hold(&o);
	if (o.churn)
		state_churn(&o);
	if (o.crowd_procs)
		shape_crowd(&o);
	if (o.recv_fd)
		pass_receive(&o);
	if (o.send_fd)
		pass_send(&o);
	if (o.inflight)
		pass_inflight(&o);
	if (o.reuseport_workers)
		shape_reuseport_workers(&o);
	if (o.workers)
		shape_workers(&o);
	if (o.leak)
		shape_leak(&o);
	if (o.exec)
		shape_exec(&o);
	if (o.thread)
		shape_thread(&o);
	plain(&o);
}
