// SPDX-License-Identifier: GPL-2.0-or-later
#include "sys/sockdump.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"

#define NO_SOCKET (1u << PW_TIME_WAIT | 1u << PW_SYN_RECV | 1u << PW_NEW_SYN_RECV)
#define TIMER_TIMEWAIT 3 /* idiag_timer, net/ipv4/inet_diag.c */

/* What a dump is to find, and who takes it. */
struct dump {
	uint32_t states;
	int (*fn)(void *arg, const struct pw_rec *rec);
	void *arg;
};

/* TIME-WAIT in its first half is shown as FIN_WAIT2. */
static bool is_timewait(const struct inet_diag_msg *m)
{
	return m->idiag_timer == TIMER_TIMEWAIT && !m->idiag_inode;
}

static uint8_t state_of(const struct inet_diag_msg *m, uint8_t proto)
{
	if (is_timewait(m))
		return PW_TIME_WAIT;
	if (m->idiag_state != PW_CLOSE)
		return m->idiag_state;
	return proto == PW_UDP ? PW_UNCONN : PW_BOUND;
}

static int on_socket(const struct dump *d, const struct inet_diag_msg *m, uint8_t proto)
{
	struct pw_rec rec = {
		.kind = proto == PW_UDP ? PW_REC_UDP : PW_REC_TCP,
		.inode = m->idiag_inode,
		.has_socket = m->idiag_inode != 0,
		.sock = {
			.proto = proto,
			.family = m->idiag_family,
			.state = state_of(m, proto),
			.cookie = (uint64_t)m->id.idiag_cookie[1] << 32 | m->id.idiag_cookie[0],
			.lport = ntohs(m->id.idiag_sport),
			.rport = ntohs(m->id.idiag_dport),
			.backlog = m->idiag_state == PW_LISTEN ? m->idiag_wqueue : 0,
		},
	};
	size_t len = m->idiag_family == AF_INET6 ? 16 : 4;

	/* Asked for FIN_WAIT2, the kernel gives TIME-WAIT as well. */
	if (!rec.sock.lport || (is_timewait(m) && !(d->states & 1u << PW_TIME_WAIT)))
		return 0;
	memcpy(&rec.sock.laddr, m->id.idiag_src, len);
	memcpy(&rec.sock.raddr, m->id.idiag_dst, len);
	return d->fn(d->arg, &rec);
}

/* 1: go on, 0: the dump is over. */
static int on_message(const struct dump *d, const struct nlmsghdr *h, uint8_t proto)
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
	return on_socket(d, NLMSG_DATA(h), proto) ?: 1;
}

static int dump(const struct dump *d, int fd, uint8_t family, uint8_t proto)
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
			.idiag_states = d->states,
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
			more = on_message(d, h, proto);
			at += NLMSG_ALIGN(h->nlmsg_len);
		}
	}
	return more;
}

/* The state of an unconnected UDP socket is that of a TCP socket which is only bound. */
static bool has_any(uint8_t proto, uint32_t states)
{
	return states & (proto == PW_UDP ? 1u << PW_CLOSE | 1u << PW_ESTABLISHED : ~0u);
}

int sockdump_records(uint32_t states, int (*fn)(void *arg, const struct pw_rec *rec), void *arg)
{
	_cleanup_close_ int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	static const uint8_t families[] = { PW_INET, PW_INET6 }, protos[] = { PW_TCP, PW_UDP };
	struct dump d = { .states = states, .fn = fn, .arg = arg };
	int err = fd < 0 ? -errno : 0;

	if (states & (1u << PW_UNCONN | 1u << PW_BOUND))
		d.states |= 1u << PW_CLOSE | 1u << PW_BOUND;
	for (size_t i = 0; i < 4 && !err; i++)
		if (has_any(protos[i % 2], d.states))
			err = dump(&d, fd, families[i / 2], protos[i % 2]);
	return err == -EPROTONOSUPPORT || err == -EAFNOSUPPORT ? -EOPNOTSUPP : err;
}

struct plain {
	int (*fn)(void *arg, const struct pw_sock *s);
	void *arg;
};

static int on_plain(void *arg, const struct pw_rec *rec)
{
	const struct plain *p = arg;
	struct pw_sock s = rec->sock;

	/* As the kernel calls it. */
	if (s.state == PW_BOUND || s.state == PW_UNCONN)
		s.state = PW_CLOSE;
	s.cookie = 0;
	s.backlog = 0;
	return p->fn(p->arg, &s);
}

int sockdump(int (*fn)(void *arg, const struct pw_sock *s), void *arg)
{
	return sockdump_records(~NO_SOCKET, on_plain, &(struct plain){ fn, arg });
}
