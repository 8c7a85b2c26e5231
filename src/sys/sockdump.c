// SPDX-License-Identifier: GPL-2.0-or-later
#include "sys/sockdump.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"

#define WANTED ~(1u << PW_TIME_WAIT | 1u << PW_SYN_RECV | 1u << PW_NEW_SYN_RECV)
#define TIMER_TIMEWAIT 3 /* idiag_timer, net/ipv4/inet_diag.c */

static int on_socket(const struct inet_diag_msg *m, uint8_t proto,
		     int (*fn)(void *arg, const struct pw_sock *s), void *arg)
{
	struct pw_sock s = {
		.proto = proto,
		.family = m->idiag_family,
		.state = m->idiag_state,
		.lport = ntohs(m->id.idiag_sport),
		.rport = ntohs(m->id.idiag_dport),
	};
	size_t len = m->idiag_family == AF_INET6 ? 16 : 4;

	/* TIME-WAIT in its first half is shown as FIN_WAIT2. */
	if (!s.lport || (m->idiag_timer == TIMER_TIMEWAIT && !m->idiag_inode))
		return 0;
	memcpy(&s.laddr, m->id.idiag_src, len);
	memcpy(&s.raddr, m->id.idiag_dst, len);
	return fn(arg, &s);
}

/* 1: go on, 0: the dump is over. */
static int on_message(const struct nlmsghdr *h, uint8_t proto,
		      int (*fn)(void *arg, const struct pw_sock *s), void *arg)
{
	int err;

	/* A dump that fails half-way, or whose protocol is not there, ends with its error. */
	if (h->nlmsg_type == NLMSG_DONE) {
		err = h->nlmsg_len < NLMSG_LENGTH(sizeof(int)) ? 0 : *(const int *)NLMSG_DATA(h);
		return err == -ENOENT ? -EOPNOTSUPP : err < 0 ? err : 0;
	}
	if (h->nlmsg_type == NLMSG_ERROR) {
		if (h->nlmsg_len < NLMSG_LENGTH(sizeof(struct nlmsgerr)))
			return -EIO;
		err = ((const struct nlmsgerr *)NLMSG_DATA(h))->error;
		if (err > 0)
			return -EIO;
		return err == -ENOENT ? -EOPNOTSUPP : err;
	}
	if (h->nlmsg_type != SOCK_DIAG_BY_FAMILY ||
	    h->nlmsg_len < NLMSG_LENGTH(sizeof(struct inet_diag_msg)))
		return 1;
	return on_socket(NLMSG_DATA(h), proto, fn, arg) ?: 1;
}

static int dump(int fd, uint8_t family, uint8_t proto,
		int (*fn)(void *arg, const struct pw_sock *s), void *arg)
{
	struct {
		struct nlmsghdr head;
		struct inet_diag_req_v2 body;
	} request = {
		.head = {
			.nlmsg_len = sizeof(request),
			.nlmsg_type = SOCK_DIAG_BY_FAMILY,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
		},
		.body = {
			.sdiag_family = family,
			.sdiag_protocol = proto,
			.idiag_states = WANTED,
		},
	};
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	union {
		struct nlmsghdr head;
		char space[32768];
	} answer;
	int more = 1;

	if (sendto(fd, &request, sizeof(request), 0, (struct sockaddr *)&kernel, sizeof(kernel)) <
	    0)
		return -errno;
	while (more > 0) {
		ssize_t n = recv(fd, &answer, sizeof(answer), 0);
		unsigned int end = n, at = 0;

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		/* Not NLMSG_NEXT: it counts below zero if the last one's padding has not come. */
		while (more > 0 && at < end) {
			const struct nlmsghdr *h = (const void *)(answer.space + at);

			if (!NLMSG_OK(h, end - at))
				break;
			more = on_message(h, proto, fn, arg);
			at += NLMSG_ALIGN(h->nlmsg_len);
		}
	}
	return more;
}

int sockdump(int (*fn)(void *arg, const struct pw_sock *s), void *arg)
{
	_cleanup_close_ int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	static const uint8_t families[] = { PW_INET, PW_INET6 }, protos[] = { PW_TCP, PW_UDP };
	int err = fd < 0 ? -errno : 0;

	for (size_t i = 0; i < 4 && !err; i++)
		err = dump(fd, families[i / 2], protos[i % 2], fn, arg);
	return err == -EPROTONOSUPPORT || err == -EAFNOSUPPORT ? -EOPNOTSUPP : err;
}
