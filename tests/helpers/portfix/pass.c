// SPDX-License-Identifier: GPL-2.0-or-later
/* Sockets passed over AF_UNIX: to another process, or to nobody yet. */

#include <err.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "portfix.h"

union fd_message {
	struct cmsghdr header;
	char space[CMSG_SPACE(sizeof(int))];
};

static void send_descriptor(int via, int fd)
{
	union fd_message control = { 0 };
	struct iovec data = { .iov_base = "x", .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};

	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	if (sendmsg(via, &message, 0) < 0)
		err(1, "sendmsg");
}

static int receive_descriptor(int via)
{
	union fd_message control = { 0 };
	char byte;
	struct iovec data = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	int fd;

	if (recvmsg(via, &message, 0) <= 0 || control.header.cmsg_type != SCM_RIGHTS)
		err(1, "recvmsg");
	memcpy(&fd, CMSG_DATA(&control.header), sizeof(fd));
	return fd;
}

/* The only reference is a message that nobody reads: the port is busy, and no process has it. */
void pass_inflight(const struct options *o)
{
	int fd = sock_open(o), port = sock_port(fd), pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		err(1, "socketpair");
	send_descriptor(pair[0], fd);
	sock_close_kept();
	sock_keep(pair[0]);
	sock_keep(pair[1]);
	say("ready port=%d pid=%d", port, getpid());
	hold(o, -1);
}

static socklen_t unix_address(struct sockaddr_un *a, const char *path)
{
	*a = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(a->sun_path))
		errx(2, "path too long: %s", path);
	strcpy(a->sun_path, path);
	return sizeof(*a);
}

/* Either side may start first. */
void pass_give(const char *path, int fd)
{
	int via = socket(AF_UNIX, SOCK_STREAM, 0), tries = 500;
	struct sockaddr_un a;
	socklen_t length = unix_address(&a, path);

	while (connect(via, (struct sockaddr *)&a, length)) {
		if (!--tries)
			err(1, "connect %s", path);
		usleep(10000);
	}
	send_descriptor(via, fd);
	close(via);
}

void pass_send(const struct options *o)
{
	int fd = sock_open(o);

	say("ready port=%d pid=%d", sock_port(fd), getpid());
	pass_give(o->send_fd, fd);
	sock_close_kept();
	say("sent pid=%d", getpid());
	hold(o, -1);
}

void pass_receive(const struct options *o)
{
	int listener = socket(AF_UNIX, SOCK_STREAM, 0), via, fd;
	struct sockaddr_un a;
	socklen_t length = unix_address(&a, o->recv_fd);

	if (bind(listener, (struct sockaddr *)&a, length) || listen(listener, 1))
		err(1, "bind %s", o->recv_fd);
	via = accept(listener, NULL, NULL);
	if (via < 0)
		err(1, "accept");
	fd = sock_keep(receive_descriptor(via));
	close(via);
	close(listener);
	unlink(o->recv_fd);
	say("ready port=%d pid=%d", sock_port(fd), getpid());
	hold(o, fd);
}
