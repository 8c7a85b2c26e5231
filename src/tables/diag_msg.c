// SPDX-License-Identifier: GPL-2.0-or-later
#include "tables/diag_msg.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/sock_diag.h>
#include <string.h>
#include <sys/socket.h>

#define TIMER_TIMEWAIT 3 /* idiag_timer, inet_twsk_diag_fill in net/ipv4/inet_diag.c */

static void read_attributes(const char *p, size_t left, struct diag_msg *d)
{
	struct nlattr a;

	while (left >= sizeof(a)) {
		memcpy(&a, p, sizeof(a));
		if (a.nla_len < sizeof(a) || a.nla_len > left)
			return;
		if (a.nla_type == INET_DIAG_SKV6ONLY && a.nla_len > sizeof(a)) {
			d->says_v6only = true;
			d->v6only = p[sizeof(a)];
		}
		if (a.nla_type == INET_DIAG_SKMEMINFO &&
		    a.nla_len >= sizeof(a) + (SK_MEMINFO_DROPS + 1) * sizeof(d->drops)) {
			d->has_drops = true;
			memcpy(&d->drops, p + sizeof(a) + SK_MEMINFO_DROPS * sizeof(d->drops),
			       sizeof(d->drops));
		}
		if ((size_t)NLA_ALIGN(a.nla_len) >= left)
			return;
		p += NLA_ALIGN(a.nla_len);
		left -= NLA_ALIGN(a.nla_len);
	}
}

int diag_msg_parse(const struct nlmsghdr *h, uint8_t proto, struct diag_msg *ret)
{
	struct diag_msg d = { .proto = proto };

	if (h->nlmsg_type != SOCK_DIAG_BY_FAMILY && h->nlmsg_type != TCPDIAG_GETSOCK)
		return -EINVAL;
	if (h->nlmsg_len < NLMSG_LENGTH(sizeof(d.m)))
		return -EINVAL;
	memcpy(&d.m, NLMSG_DATA(h), sizeof(d.m));
	if (d.m.idiag_family != AF_INET && d.m.idiag_family != AF_INET6)
		return -EINVAL;
	read_attributes((const char *)NLMSG_DATA(h) + sizeof(d.m),
			h->nlmsg_len - NLMSG_LENGTH(sizeof(d.m)), &d);
	*ret = d;
	return 0;
}

/* TIME-WAIT in its first half is shown as FIN_WAIT2. */
static bool is_timewait(const struct inet_diag_msg *m)
{
	return m->idiag_timer == TIMER_TIMEWAIT && !m->idiag_inode;
}

static uint8_t state_of(const struct diag_msg *d)
{
	if (d->m.idiag_state == PW_NEW_SYN_RECV)
		return PW_SYN_RECV;
	if (d->m.idiag_state != PW_CLOSE)
		return d->m.idiag_state;
	return d->proto == PW_UDP ? PW_UNCONN : PW_BOUND;
}

static void set_addresses(const struct inet_diag_msg *m, struct pw_sock *s)
{
	size_t len = m->idiag_family == AF_INET6 ? 16 : 4;

	s->lport = ntohs(m->id.idiag_sport);
	memcpy(&s->laddr, m->id.idiag_src, len);
	/* Without a connection the peer is a leftover. */
	if (s->state == PW_LISTEN || s->state == PW_BOUND || s->state == PW_UNCONN)
		return;
	s->rport = ntohs(m->id.idiag_dport);
	memcpy(&s->raddr, m->id.idiag_dst, len);
}

static uint64_t cookie_of(const struct inet_diag_msg *m)
{
	return (uint64_t)m->id.idiag_cookie[1] << 32 | m->id.idiag_cookie[0];
}

void diag_msg_record(const struct diag_msg *d, struct pw_rec *ret)
{
	const struct inet_diag_msg *m = &d->m;
	struct pw_rec rec = {
		.kind = d->proto == PW_UDP ? PW_REC_UDP : PW_REC_TCP,
		.timewait = is_timewait(m),
		.lacks = d->says_v6only ? 0 : PW_LACKS_V6ONLY,
		.inode = m->idiag_inode,
		.has_socket = m->idiag_inode != 0,
		/* Before 6.17 the user of what has no inode any more is shown as 0. */
		.has_uid = m->idiag_inode != 0,
		.has_drops = d->has_drops,
		.drops = d->drops,
		.bind.uid = m->idiag_inode ? m->idiag_uid : 0,
		.sock = {
			.cookie = cookie_of(m),
			.family = m->idiag_family,
			.proto = d->proto,
			.state = state_of(d),
			.ifindex = m->id.idiag_if,
			.flags = d->v6only ? PW_F_V6ONLY : 0,
		},
	};

	set_addresses(m, &rec.sock);
	if (rec.sock.state == PW_LISTEN) {
		rec.sock.backlog = m->idiag_wqueue;
		rec.waiting = m->idiag_rqueue;
	}
	if (rec.timewait) {
		rec.hz = 1000;
		rec.expires = m->idiag_expires;
	} else if (!rec.has_socket && rec.sock.state != PW_SYN_RECV) {
		rec.sock.flags |= PW_F_RELEASED; /* an orphan, or nobody has accepted it yet */
	}
	*ret = rec;
}
