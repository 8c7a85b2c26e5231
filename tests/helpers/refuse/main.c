// SPDX-License-Identifier: GPL-2.0-or-later
/* refuse: start the command and answer its calls until it ends. See refuse.h. */

#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "refuse.h"

/* From 6.6 on, linux/seccomp.h: the call goes on at once on the processor that answered it. */
#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP (1UL << 0)
#endif

enum status { UNHIT = 120, FAILED = 125, NOT_RUN = 126, NOT_FOUND = 127 };

static struct {
	bool unhit_ok;
	const char *hits;
	char **command;
} options;

static const int passed_on[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2 };

/* Receive a descriptor in a message: unix(7), SCM_RIGHTS. */
union control {
	struct cmsghdr head;
	char room[CMSG_SPACE(sizeof(int))];
};

static void fd_give(int socket, int fd)
{
	union control control = {};
	struct iovec byte = { "", 1 };
	struct msghdr m = { .msg_iov = &byte,
			    .msg_iovlen = 1,
			    .msg_control = &control,
			    .msg_controllen = sizeof(control) };

	control.head = (struct cmsghdr){ .cmsg_level = SOL_SOCKET,
					 .cmsg_type = SCM_RIGHTS,
					 .cmsg_len = CMSG_LEN(sizeof(fd)) };
	memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
	if (sendmsg(socket, &m, 0) != 1)
		err(FAILED, "sendmsg");
}

/* The descriptor; ends with the child's status if that did not get so far. */
static int fd_take(int socket, pid_t child)
{
	union control control = {};
	char byte;
	struct iovec room = { &byte, 1 };
	struct msghdr m = { .msg_iov = &room,
			    .msg_iovlen = 1,
			    .msg_control = &control,
			    .msg_controllen = sizeof(control) };
	int fd;

	if (recvmsg(socket, &m, MSG_CMSG_CLOEXEC) != 1 || control.head.cmsg_type != SCM_RIGHTS) {
		waitpid(child, NULL, 0);
		exit(FAILED);
	}
	memcpy(&fd, CMSG_DATA(&control.head), sizeof(fd));
	return fd;
}

/* In the child. The filter is there from here on, so what is called after it may have to be
 * answered. */
static void run_command(int socket, const sigset_t *mask) __attribute__((noreturn));
static void run_command(int socket, const sigset_t *mask)
{
	int listener;

	/* Without us it would wait for answers, or get ENOSYS. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	listener = filter_install(rules_about());
	if (listener < 0)
		err(FAILED, "seccomp");
	fd_give(socket, listener);
	close(listener);
	close(socket);
	sigprocmask(SIG_SETMASK, mask, NULL);
	execvp(options.command[0], options.command);
	warn("%s", options.command[0]);
	_exit(errno == ENOENT ? NOT_FOUND : NOT_RUN);
}

static void answer(int listener)
{
	struct seccomp_notif n = {};
	struct seccomp_notif_resp r = {};
	int error;

	/* The process that asked may have been killed meanwhile: then there is nothing to receive,
	 * or to answer. */
	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &n))
		return;
	error = decide(&n);
	r.id = n.id;
	r.error = -error;
	r.flags = error ? 0 : SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &r);
}

/* Whether the command has ended, and with which status. */
static bool on_signal(int signals, pid_t command, int *ret_status)
{
	struct signalfd_siginfo s;
	int status;

	if (read(signals, &s, sizeof(s)) != sizeof(s))
		return false;
	/* The terminal sends its signals to the command as well. */
	if (s.ssi_signo != SIGCHLD) {
		if (s.ssi_code != SI_KERNEL)
			kill(command, (int)s.ssi_signo);
		return false;
	}
	if (waitpid(command, &status, WNOHANG) != command)
		return false;
	*ret_status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	return true;
}

static int serve(int listener, int signals, pid_t command)
{
	struct pollfd fds[] = {
		{ .fd = listener, .events = POLLIN },
		{ .fd = signals, .events = POLLIN },
	};
	int status;

	for (;;) {
		if (poll(fds, 2, -1) < 0)
			err(FAILED, "poll");
		if (fds[0].revents & POLLIN)
			answer(listener);
		else if (fds[0].revents) /* all processes are gone, the last one's end is still to
					    come */
			fds[0].fd = -1;
		if (fds[1].revents && on_signal(signals, command, &status))
			return status;
	}
}

static int run(void)
{
	sigset_t mask, old;
	pid_t command;
	int pair[2], signals, listener;

	sigemptyset(&mask);
	sigaddset(&mask, SIGCHLD);
	for (size_t i = 0; i < sizeof(passed_on) / sizeof(passed_on[0]); i++)
		sigaddset(&mask, passed_on[i]);
	sigprocmask(SIG_BLOCK, &mask, &old);
	signals = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signals < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		err(FAILED, "socketpair");
	command = fork();
	if (command < 0)
		err(FAILED, "fork");
	if (!command)
		run_command(pair[1], &old);
	close(pair[1]);
	listener = fd_take(pair[0], command);
	ioctl(listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);
	return serve(listener, signals, command);
}

static void usage(void) __attribute__((noreturn));
static void usage(void)
{
	errx(FAILED, "refuse [-v] [--hits FILE] [--unhit-ok] RULE[,RULE...] -- COMMAND [ARG...]");
}

static void parse(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "hits", required_argument, NULL, 'h' },
		{ "unhit-ok", no_argument, NULL, 'u' },
		{ "verbose", no_argument, NULL, 'v' },
		{},
	};
	int c;

	while ((c = getopt_long(argc, argv, "+v", longs, NULL)) != -1) {
		if (c == 'h')
			options.hits = optarg;
		else if (c == 'u')
			options.unhit_ok = true;
		else if (c == 'v')
			rules_verbose = true;
		else
			usage();
	}
	if (argc - optind < 3 || strcmp(argv[optind + 1], "--"))
		usage();
	rules_parse(argv[optind]);
	options.command = argv + optind + 2;
}

int main(int argc, char **argv)
{
	FILE *hits = NULL;
	int status;

	parse(argc, argv);
	if (options.hits && !(hits = fopen(options.hits, "we")))
		err(FAILED, "%s", options.hits);
	status = run();
	if (hits) {
		rules_write(hits);
		if (fclose(hits))
			err(FAILED, "%s", options.hits);
	}
	return options.unhit_ok || rules_all_hit() ? status : UNHIT;
}
