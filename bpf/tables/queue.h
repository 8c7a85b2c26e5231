/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Read how many packets or connections wait at a socket, and how many it had no room for. */
#ifndef QUEUE_H
#define QUEUE_H

#include "sock.h"

static __always_inline void queue_read(struct sock *sk, struct pw_rec *rec)
{
	rec->drops = sock_drops(sk);
	rec->has_drops = 1;
	if (rec->sock.state != PW_LISTEN)
		return;
	rec->waiting = BPF_CORE_READ(sk, sk_ack_backlog);
	rec->qlen =
		BPF_CORE_READ((struct inet_connection_sock *)sk, icsk_accept_queue.qlen.counter);
}

#endif
