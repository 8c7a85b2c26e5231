// SPDX-License-Identifier: GPL-2.0-or-later
#include "tables/closing.h"

#include <errno.h>
#include <linux/tcp.h>
#include <string.h>

#include "base/cleanup.h"
#include "tables/diag_msg.h"
#include "tables/diag_request.h"
#include "tables/nldump.h"

#define TRIES 4

/* idiag_timer, inet_sk_diag_fill in net/ipv4/inet_diag.c */
#define TIMER_RETRANSMIT 1
#define TIMER_KEEPALIVE 2
#define TIMER_PROBE 4

struct dump {
	closing_fn fn;
	void *arg;
};

/* The kernel's struct tcp_info; what an older kernel does not have stays zero. */
static struct tcp_info info_of(const struct nlmsghdr *h)
{
	size_t at = NLMSG_LENGTH(sizeof(struct inet_diag_msg));
	struct tcp_info info = {};
	struct nlattr a;

	while (at + sizeof(a) <= h->nlmsg_len) {
		memcpy(&a, (const char *)h + at, sizeof(a));
		if (a.nla_len < sizeof(a) || a.nla_len > h->nlmsg_len - at)
			break;
		if (a.nla_type == INET_DIAG_INFO) {
			size_t len = a.nla_len - sizeof(a);

			memcpy(&info, (const char *)h + at + sizeof(a),
			       len < sizeof(info) ? len : sizeof(info));
		}
		at += NLA_ALIGN(a.nla_len);
	}
	return info;
}

static uint8_t waits_for(const struct inet_diag_msg *m)
{
	if (m->idiag_timer == TIMER_RETRANSMIT)
		return LASTS_ANSWER;
	if (m->idiag_timer == TIMER_PROBE)
		return LASTS_ROOM;
	/* That of FIN_WAIT2 is the keepalive timer; of other states it says nothing. */
	return m->idiag_timer == TIMER_KEEPALIVE && m->idiag_state == PW_FIN_WAIT2 ? LASTS_FIN :
										     LASTS_UNKNOWN;
}

static int on_message(void *arg, const struct nlmsghdr *h)
{
	const struct dump *d = arg;
	struct lasts_timer t = {};
	struct tcp_info info;
	struct diag_msg msg;
	struct pw_rec rec;

	if (diag_msg_parse(h, PW_TCP, &msg) || msg.m.idiag_inode)
		return 0;
	t.waits_for = waits_for(&msg.m);
	if (t.waits_for == LASTS_UNKNOWN)
		return 0;
	diag_msg_record(&msg, &rec);
	info = info_of(h);
	t.expires_ms = msg.m.idiag_expires;
	t.rto_ms = info.tcpi_rto / 1000;
	t.retransmits = t.waits_for == LASTS_ANSWER ? msg.m.idiag_retrans : 0;
	t.probes = t.waits_for == LASTS_ROOM ? msg.m.idiag_retrans : 0;
	t.backoff = info.tcpi_backoff;
	d->fn(d->arg, &rec.sock, &t);
	return 0;
}

int closing_timers(const uint64_t *ports, closing_fn fn, void *arg)
{
	static const uint8_t families[] = { PW_INET, PW_INET6 };
	const struct question q = { .ports = ports, .proto = PW_TCP, .states = CLOSING_STATES };
	struct dump d = { fn, arg };
	int err = 0;

	for (size_t i = 0; i < ARRAY_SIZE(families) && !err; i++) {
		struct diag_request request;

		diag_request(&request, families[i], PW_TCP, &q);
		request.v2.idiag_ext = 1 << (INET_DIAG_INFO - 1);
		err = -EAGAIN;
		for (int k = 0; k < TRIES && err == -EAGAIN; k++)
			err = nldump(&request.head, on_message, &d);
	}
	return err;
}
