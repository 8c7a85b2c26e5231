// SPDX-License-Identifier: GPL-2.0-or-later
/* Operations of a process on its sockets. Most of it fails, as it may: ports are in use, sockets in
 * the wrong state. */
#include "chaos.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* All sockets are TCP or UDP, IPv4 or IPv6; loopback or any address. */
union address {
	struct sockaddr sa;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static int fds[MAX_FDS];
static size_t nr_fds;

static void count(enum op op)
{
	atomic_fetch_add(&shared->ops[op], 1);
}

static void keep(int fd)
{
	if (fd < 0)
		return;
	if (fd > FD_LAST || nr_fds == MAX_FDS)
		close(fd);
	else
		fds[nr_fds++] = fd;
}

static int any(size_t *ret_index)
{
	if (!nr_fds)
		return -1;
	*ret_index = dice(nr_fds);
	return fds[*ret_index];
}

static void drop(size_t index)
{
	fds[index] = fds[--nr_fds];
}

void ops_forget(void)
{
	size_t kept = 0;

	for (size_t i = 0; i < nr_fds; i++)
		if (fcntl(fds[i], F_GETFD) >= 0)
			fds[kept++] = fds[i];
	nr_fds = kept;
}

static int family_of(int fd)
{
	socklen_t len = sizeof(int);
	int family = 0;

	getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &len);
	return family;
}

static socklen_t address(union address *a, int family, uint16_t port)
{
	bool wild = !dice(4);

	memset(a, 0, sizeof(*a));
	a->sa.sa_family = family;
	if (family == AF_INET6) {
		a->v6.sin6_port = htons(port);
		a->v6.sin6_addr = wild ? in6addr_any : in6addr_loopback;
		return sizeof(a->v6);
	}
	a->v4.sin_port = htons(port);
	a->v4.sin_addr.s_addr = htonl(wild ? INADDR_ANY : INADDR_LOOPBACK + dice(3));
	return sizeof(a->v4);
}

static void remember_port(int fd)
{
	union address a;
	socklen_t len = sizeof(a);

	if (!getsockname(fd, &a.sa, &len))
		shared->ports[dice(MAX_PORTS)] = ntohs(a.v4.sin_port);
}

void op_socket_random(void)
{
	int type = dice(3) ? SOCK_STREAM : SOCK_DGRAM, one = 1;
	int fd = socket(dice(2) ? AF_INET : AF_INET6,
			type | SOCK_NONBLOCK | (dice(2) ? SOCK_CLOEXEC : 0), 0);

	count(OP_SOCKET);
	if (fd < 0)
		return;
	if (!dice(3))
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (!dice(4))
		setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));
	if (!dice(4))
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){ .l_onoff = 1 },
			   sizeof(struct linger));
	keep(fd);
}

/* A few ports that everybody wants, or one of the kernel's choice. */
static void op_bind(int fd)
{
	union address a;
	socklen_t len = address(&a, family_of(fd), dice(2) ? 0 : 30000 + dice(40));

	count(OP_BIND);
	(void)!bind(fd, &a.sa, len);
}

static void op_listen(int fd)
{
	count(OP_LISTEN);
	if (!listen(fd, dice(8)))
		remember_port(fd);
}

static void op_connect(int fd)
{
	union address a;
	socklen_t len = address(&a, family_of(fd), shared->ports[dice(MAX_PORTS)]);

	count(OP_CONNECT);
	(void)!connect(fd, &a.sa, len);
}

static void op_disconnect(int fd)
{
	struct sockaddr nothing = { .sa_family = AF_UNSPEC };

	count(OP_DISCONNECT);
	(void)!connect(fd, &nothing, sizeof(nothing));
}

static void op_accept(int fd)
{
	count(OP_ACCEPT);
	keep(accept4(fd, NULL, NULL, SOCK_NONBLOCK | (dice(2) ? SOCK_CLOEXEC : 0)));
}

static void op_send(int fd)
{
	union address a;
	char byte[64];
	socklen_t len = sizeof(a);

	count(OP_SEND);
	if (dice(2)) {
		recv(fd, byte, sizeof(byte), MSG_DONTWAIT);
		return;
	}
	/* Without a peer, or to port 0, it fails, but first gives a UDP socket a port, which no
	 * tracepoint or cgroup hook sees: such calls are left out. */
	if (dice(2) && !getpeername(fd, &a.sa, &len)) {
		send(fd, "x", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
		return;
	}
	len = address(&a, family_of(fd), shared->ports[dice(MAX_PORTS)] ?: 30000);
	sendto(fd, "x", 1, MSG_DONTWAIT | MSG_NOSIGNAL, &a.sa, len);
}

static void op_close(size_t index)
{
	count(OP_CLOSE);
	close(fds[index]);
	drop(index);
}

static void op_dup(int fd, size_t index)
{
	size_t other = dice(nr_fds);

	count(OP_DUP);
	if (dice(2)) {
		keep(dup(fd));
	} else if (other != index) { /* over another one, which is closed by that */
		dup3(fd, fds[other], dice(2) ? O_CLOEXEC : 0);
	}
}

static void op_close_range(void)
{
	unsigned int first = FD_FIRST + dice(60);

	count(OP_CLOSE_RANGE);
	syscall(SYS_close_range, first, first + dice(12),
		dice(4) ? 0 : 4 /* CLOSE_RANGE_CLOEXEC */);
	ops_forget();
}

union fd_message {
	struct cmsghdr header;
	char space[CMSG_SPACE(sizeof(int))];
};

static void op_pass(int fd)
{
	union fd_message control = { 0 };
	struct iovec data = { .iov_base = "x", .iov_len = 1 };
	struct msghdr message = { .msg_iov = &data,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };

	count(OP_PASS);
	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	sendmsg(FD_SEND, &message, MSG_DONTWAIT);
}

static void op_take(void)
{
	union fd_message control = { 0 };
	char byte;
	struct iovec data = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = { .msg_iov = &data,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	int fd;

	count(OP_TAKE);
	if (recvmsg(FD_RECEIVE, &message, MSG_DONTWAIT) <= 0 ||
	    control.header.cmsg_type != SCM_RIGHTS)
		return;
	memcpy(&fd, CMSG_DATA(&control.header), sizeof(fd));
	keep(fd);
}

bool op_random(void)
{
	size_t index = 0;
	int fd = any(&index);
	uint32_t what = dice(22);

	if (fd < 0 || what < 4 + (nr_fds < 6)) {
		if (what == 0)
			op_take();
		else
			op_socket_random();
		return true;
	}
	switch (what) {
	case 5:
	case 6:
	case 7:
		op_bind(fd);
		break;
	case 8:
	case 9:
		op_listen(fd);
		break;
	case 10:
	case 11:
		op_connect(fd);
		break;
	case 12:
		op_disconnect(fd);
		break;
	case 13:
	case 14:
		op_accept(fd);
		break;
	case 15:
		op_send(fd);
		break;
	case 16:
		count(OP_SHUTDOWN);
		shutdown(fd, dice(3));
		break;
	case 17:
		op_dup(fd, index);
		break;
	case 18:
		op_pass(fd);
		break;
	case 19:
		if (!dice(8))
			op_close_range();
		break;
	default:
		op_close(index);
	}
	return true;
}
