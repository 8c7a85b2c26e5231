// SPDX-License-Identifier: GPL-2.0-or-later
#include "live/ends.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <string.h>
#include <sys/socket.h>

/* The attribute INET_DIAG_PROTOCOL; the head of the message has none (inet_diag_handler_get_info in
 * net/ipv4/inet_diag.c). 0: there is none. */
static uint8_t protocol_of(const char *p, size_t left)
{
	struct nlattr a;

	while (left >= sizeof(a)) {
		memcpy(&a, p, sizeof(a));
		if (a.nla_len < sizeof(a) || a.nla_len > left)
			return 0;
		if (a.nla_type == INET_DIAG_PROTOCOL && a.nla_len > sizeof(a))
			return p[sizeof(a)];
		if ((size_t)NLA_ALIGN(a.nla_len) >= left)
			return 0;
		p += NLA_ALIGN(a.nla_len);
		left -= NLA_ALIGN(a.nla_len);
	}
	return 0;
}

static int on_message(const struct nlmsghdr *h, ends_fn fn, void *arg)
{
	struct inet_diag_msg m;
	struct pw_sock s = {};
	size_t len;

	if (h->nlmsg_type != SOCK_DIAG_BY_FAMILY || h->nlmsg_len < NLMSG_LENGTH(sizeof(m)))
		return 0;
	memcpy(&m, NLMSG_DATA(h), sizeof(m));
	s.proto = protocol_of((const char *)NLMSG_DATA(h) + sizeof(m),
			      h->nlmsg_len - NLMSG_LENGTH(sizeof(m)));
	s.family = m.idiag_family;
	s.cookie = (uint64_t)m.id.idiag_cookie[1] << 32 | m.id.idiag_cookie[0];
	s.lport = ntohs(m.id.idiag_sport);
	s.rport = ntohs(m.id.idiag_dport);
	len = s.family == AF_INET6 ? 16 : 4;
	memcpy(&s.laddr, m.id.idiag_src, len);
	memcpy(&s.raddr, m.id.idiag_dst, len);
	if (!s.lport || (s.proto != PW_TCP && s.proto != PW_UDP))
		return 0;
	return fn(arg, &s);
}

int ends_read(int fd, ends_fn fn, void *arg)
{
	union {
		struct nlmsghdr head;
		char space[8192];
	} m;
	ssize_t n;
	int err;

	while ((n = recv(fd, &m, sizeof(m), MSG_DONTWAIT)) > 0) {
		if (!NLMSG_OK(&m.head, (size_t)n))
			continue;
		err = on_message(&m.head, fn, arg);
		if (err)
			return err;
	}
	return n < 0 && errno == ENOBUFS ? -ENOBUFS : 0;
}
