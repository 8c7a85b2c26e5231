// SPDX-License-Identifier: GPL-2.0-or-later
/* Processes that do what they are told over a socket, and remember who signalled them. */

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <linux/sched.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pidswap.h"

/* A child with a number of our choice; flags as for clone3(). */
static pid_t clone_as(uint64_t flags, pid_t number)
{
	struct clone_args args = {
		.flags = flags,
		.exit_signal = flags & CLONE_PARENT ? 0 : SIGCHLD,
		.set_tid = number ? (uintptr_t)&number : 0,
		.set_tid_size = number ? 1 : 0,
	};

	return (pid_t)syscall(SYS_clone3, &args, sizeof(args));
}

static int listen_on(int port)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in a = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};

	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) || listen(fd, 8)) {
		close(fd);
		return -1;
	}
	return fd;
}

struct message {
	int what; /* a letter, see live(); 0: the other side is gone */
	int number;
};

union fd_space {
	struct cmsghdr head;
	char space[CMSG_SPACE(sizeof(int))];
};

/* fd -1: none goes with it. */
static bool say(int via, int what, int number, int fd)
{
	struct message m = { what, number };
	union fd_space control = { .head = { CMSG_LEN(sizeof(fd)), SOL_SOCKET, SCM_RIGHTS } };
	struct iovec data = { &m, sizeof(m) };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1 };

	if (fd >= 0) {
		memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
		message.msg_control = &control;
		message.msg_controllen = sizeof(control);
	}
	return sendmsg(via, &message, MSG_NOSIGNAL) == sizeof(m);
}

static struct message hear(int via, int *ret_fd)
{
	struct message m = { 0, 0 };
	union fd_space control = { .head = { .cmsg_len = 0 } };
	struct iovec data = { &m, sizeof(m) };
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};

	*ret_fd = -1;
	if (recvmsg(via, &message, 0) != sizeof(m))
		return (struct message){ 0, 0 };
	if (message.msg_controllen >= CMSG_LEN(sizeof(int)) && control.head.cmsg_type == SCM_RIGHTS)
		memcpy(ret_fd, CMSG_DATA(&control.head), sizeof(int));
	return m;
}

static void block_signals(bool block)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(block ? SIG_BLOCK : SIG_UNBLOCK, &all, NULL);
}

/* The first signal that waits for us, since all are blocked. */
static int pending_signal(void)
{
	sigset_t set;

	sigpending(&set);
	for (int sig = 1; sig < 64; sig++)
		if (sigismember(&set, sig))
			return sig;
	return 0;
}

static void live(int talk, int fd, int port) __attribute__((noreturn));

/* A child of our parent, which lives by the socket `talk`. Returns its number. */
static pid_t fork_child(bool keeps, int talk, int fd, int port)
{
	pid_t pid;

	/* Blocked before it exists, so that it misses none. */
	block_signals(true);
	pid = clone_as(CLONE_PARENT, 0);
	if (pid < 0)
		err(1, "clone3");
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_NAME, keeps ? "accomplice" : "innocent");
		if (keeps) {
			block_signals(false);
		} else {
			close(fd);
			fd = -1;
		}
		/* Only now may the others believe that it has let go. */
		say(talk, 'r', 0, -1);
		live(talk, fd, port);
	}
	block_signals(false);
	return pid;
}

static void live(int talk, int fd, int port)
{
	struct message m;
	int got, number;

	for (;;) {
		m = hear(talk, &got);
		number = 0;
		switch (m.what) {
		case 'l': /* listen */
			fd = listen_on(port);
			number = fd >= 0;
			break;
		case 'f': /* fork: the child keeps the socket, or not */
			number = fork_child(m.number, got, fd, port);
			close(got);
			break;
		case 'p': /* pass it on */
			say(talk, 'p', 0, fd);
			close(fd);
			fd = -1;
			continue;
		case 't': /* take it */
			fd = got;
			break;
		default:
			_exit(pending_signal());
		}
		if (!say(talk, m.what, number, -1))
			_exit(pending_signal());
	}
}

/* The number that it answers; 0 also when it is gone. */
static int tell(struct person *p, int what, int number, int fd)
{
	int none;

	if (!say(p->talk, what, number, fd))
		return 0;
	return hear(p->talk, &none).number;
}

int person_start(struct person *p, enum role role, pid_t number, int port)
{
	static const char *const names[] = { "holder", "stubborn", "bystander", "newcomer" };
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		err(1, "socketpair");
	/* Blocked before it exists, so that it misses none. */
	block_signals(true);
	pid_t pid = clone_as(0, number);

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_NAME, names[role]);
		close(ends[0]);
		if (role == STUBBORN)
			signal(SIGTERM, SIG_IGN);
		if (role != BYSTANDER && role != NEWCOMER)
			block_signals(false);
		live(ends[1], -1, port);
	}
	block_signals(false);
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return -errno;
	}
	*p = (struct person){ pid, ends[0] };
	if (role == BYSTANDER)
		return 0;
	/* Sockets of the last round that were in flight go in the kernel's own time. */
	for (int tries = 200; !tell(p, 'l', 0, -1) && role != NEWCOMER; tries--) {
		if (!tries)
			errx(1, "cannot listen on port %d", port);
		usleep(10000);
	}
	return 0;
}

void person_fork(struct person *holder, struct person *child, bool keeps)
{
	int ends[2], none;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		err(1, "socketpair");
	/* The process may be gone by now: then there is no child. */
	*child = (struct person){ tell(holder, 'f', keeps, ends[1]), ends[0] };
	close(ends[1]);
	if (child->pid)
		hear(ends[0], &none);
	else
		close(ends[0]);
}

void person_pass(struct person *holder, struct person *to)
{
	int fd = -1;

	if (!say(holder->talk, 'p', 0, -1))
		return;
	hear(holder->talk, &fd);
	if (fd < 0)
		return;
	tell(to, 't', 0, fd);
	close(fd);
}

void person_end(struct person *p)
{
	if (!p->pid)
		return;
	close(p->talk);
	kill(p->pid, SIGKILL);
	waitpid(p->pid, NULL, 0);
	*p = (struct person){ 0, -1 };
}

int person_harm(struct person *p)
{
	int status = 0;

	say(p->talk, 'q', 0, -1);
	close(p->talk);
	if (waitpid(p->pid, &status, 0) != p->pid)
		err(1, "waitpid %d", p->pid);
	*p = (struct person){ 0, -1 };
	return WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
}
