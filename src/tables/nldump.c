// SPDX-License-Identifier: GPL-2.0-or-later
#include "tables/nldump.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "base/cleanup.h"

/* The kernel fills at most as much at once (netlink_recvmsg in net/netlink/af_netlink.c). */
#define ANSWER_SIZE 32768

struct answer {
	union {
		struct nlmsghdr head;
		char space[ANSWER_SIZE];
	};
	nldump_fn fn;
	void *arg;
	bool disturbed; /* the table has changed in between */
};

static int open_to_kernel(void)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	_cleanup_close_ int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);

	if (fd < 0 || connect(fd, (struct sockaddr *)&kernel, sizeof(kernel)))
		return -errno;
	return TAKE_FD(fd);
}

/* The error in a message that ends the dump. */
static int error_of(const struct nlmsghdr *h)
{
	int err = 0;

	if (h->nlmsg_len >= NLMSG_LENGTH(sizeof(err)))
		err = *(const int *)NLMSG_DATA(h);
	else if (h->nlmsg_type == NLMSG_ERROR)
		err = -EIO;
	return err > 0 ? -EIO : err;
}

/* 1: go on, 0: the dump is over. */
static int on_message(struct answer *a, const struct nlmsghdr *h)
{
	a->disturbed |= h->nlmsg_flags & NLM_F_DUMP_INTR;
	/* A dump that fails half-way, or whose protocol is not there, ends with its error. */
	if (h->nlmsg_type == NLMSG_DONE)
		return error_of(h) ?: a->disturbed ? -EAGAIN : 0;
	if (h->nlmsg_type == NLMSG_ERROR)
		return error_of(h) ?: -EIO; /* an acknowledgement that nobody asked for */
	if (h->nlmsg_type == NLMSG_OVERRUN)
		return -EAGAIN;
	if (h->nlmsg_type == NLMSG_NOOP)
		return 1;
	return a->fn(a->arg, h) ?: 1;
}

static int on_answer(struct answer *a, size_t len)
{
	size_t at = 0;
	int more = 1;

	/* Not NLMSG_NEXT: it counts below zero if the last one's padding has not come. */
	while (more > 0 && at < len) {
		const struct nlmsghdr *h = (const void *)(a->space + at);

		if (!NLMSG_OK(h, len - at))
			return -EIO;
		more = on_message(a, h);
		at += NLMSG_ALIGN(h->nlmsg_len);
	}
	return more;
}

static int receive(int fd, struct answer *a)
{
	ssize_t n;

	do {
		n = recv(fd, a->space, sizeof(a->space), MSG_TRUNC);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == ENOBUFS ? -EAGAIN : -errno;
	/* With MSG_TRUNC, the length that it would have had. */
	if (!n || (size_t)n > sizeof(a->space))
		return -EIO;
	return on_answer(a, n);
}

int nldump(const struct nlmsghdr *request, nldump_fn fn, void *arg)
{
	_cleanup_close_ int fd = open_to_kernel();
	struct answer a;
	int more = 1;

	if (fd < 0)
		return fd == -EPROTONOSUPPORT || fd == -EAFNOSUPPORT ? -EOPNOTSUPP : fd;
	if (sendto(fd, request, request->nlmsg_len, 0, NULL, 0) < 0)
		return -errno;
	a.fn = fn;
	a.arg = arg;
	a.disturbed = false;
	while (more > 0)
		more = receive(fd, &a);
	return more == -ENOENT ? -EOPNOTSUPP : more;
}
