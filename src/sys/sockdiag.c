// SPDX-License-Identifier: GPL-2.0-or-later
#include "sys/sockdiag.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"

/* sock_diag takes any state for a look-up; TIME-WAIT is answered with its sub-state. */
#define ALL_STATES 0xffffffffu

struct request {
	struct nlmsghdr head;
	struct inet_diag_req_v2 body;
};

static int open_netlink(uint32_t groups)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK, .nl_groups = groups };
	_cleanup_close_ int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);

	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)))
		return -errno;
	return TAKE_FD(fd);
}

int sockdiag_open(void)
{
	return open_netlink(0);
}

int sockdiag_watch(void)
{
	return open_netlink(
		1u << (SKNLGRP_INET_TCP_DESTROY - 1) | 1u << (SKNLGRP_INET_UDP_DESTROY - 1) |
		1u << (SKNLGRP_INET6_TCP_DESTROY - 1) | 1u << (SKNLGRP_INET6_UDP_DESTROY - 1));
}

void sockdiag_drain(int fd)
{
	char buf[8192];

	/* ENOBUFS: more than fitted, which is news as well. */
	while (recv(fd, buf, sizeof(buf), MSG_DONTWAIT) > 0 || errno == ENOBUFS)
		;
}

static struct request request_for(const struct pw_sock *s, uint16_t type)
{
	struct request r = {
		.head = {
			.nlmsg_len = sizeof(r),
			.nlmsg_type = type,
			.nlmsg_flags = NLM_F_REQUEST | (type == SOCK_DESTROY ? NLM_F_ACK : 0),
		},
		.body = {
			.sdiag_family = s->family,
			.sdiag_protocol = s->proto,
			.idiag_states = ALL_STATES,
			.id = {
				.idiag_sport = htons(s->lport),
				.idiag_dport = htons(s->rport),
				.idiag_cookie = { INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE },
			},
		},
	};

	memcpy(r.body.id.idiag_src, &s->laddr, sizeof(r.body.id.idiag_src));
	memcpy(r.body.id.idiag_dst, &s->raddr, sizeof(r.body.id.idiag_dst));
	return r;
}

/* A look-up for UDP takes the two ends in exchange, "for historical reasons" (udp_dump_one in
 * net/ipv4/udp_diag.c); destroying does not. */
static struct request look_up_request(const struct pw_sock *s)
{
	struct pw_sock swapped = *s;

	if (s->proto == PW_UDP) {
		swapped.laddr = s->raddr;
		swapped.raddr = s->laddr;
		swapped.lport = s->rport;
		swapped.rport = s->lport;
	}
	return request_for(&swapped, SOCK_DIAG_BY_FAMILY);
}

/* Asks and waits for the one answer: an error (0: done), or a socket (1). */
static int transact(int fd, const struct request *r, struct inet_diag_msg *ret)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	union {
		struct nlmsghdr head;
		char space[8192];
	} answer;
	ssize_t n;

	if (sendto(fd, r, sizeof(*r), 0, (struct sockaddr *)&kernel, sizeof(kernel)) < 0)
		return -errno;
	do {
		n = recv(fd, &answer, sizeof(answer), 0);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if (!NLMSG_OK(&answer.head, (size_t)n))
		return -EIO;
	if (answer.head.nlmsg_type == NLMSG_ERROR) {
		const struct nlmsgerr *e = NLMSG_DATA(&answer.head);

		return answer.head.nlmsg_len < NLMSG_LENGTH(sizeof(*e)) || e->error > 0 ? -EIO :
											  e->error;
	}
	if (answer.head.nlmsg_type != SOCK_DIAG_BY_FAMILY ||
	    answer.head.nlmsg_len < NLMSG_LENGTH(sizeof(*ret)))
		return -EIO;
	memcpy(ret, NLMSG_DATA(&answer.head), sizeof(*ret));
	return 1;
}

static bool is_timewait(const struct inet_diag_msg *m)
{
	return !m->idiag_inode &&
	       (m->idiag_state == PW_TIME_WAIT || m->idiag_state == PW_FIN_WAIT2);
}

int sockdiag_find(int fd, const struct pw_sock *s, struct inet_diag_msg *ret)
{
	struct request r = look_up_request(s);
	int err = transact(fd, &r, ret);

	return err == 1 ? 0 : err ?: -ENOENT;
}

int sockdiag_destroy(int fd, const struct pw_sock *s, uint64_t inode)
{
	struct inet_diag_msg found;
	struct request r;
	int err = sockdiag_find(fd, s, &found);

	if (err)
		return err;
	/* The number of its inode in sockfs tells open sockets apart, the lack of one the closed.
	 */
	if (inode ? found.idiag_inode != (uint32_t)inode : !is_timewait(&found))
		return -ENOENT;
	if (found.id.idiag_sport != htons(s->lport))
		return -ENOENT;
	r = request_for(s, SOCK_DESTROY);
	r.body.id = found.id;
	err = transact(fd, &r, &found);
	/* Another by now (the cookie differs), or gone. */
	return err == -ESTALE ? -ENOENT : err == 1 ? -EIO : err;
}
