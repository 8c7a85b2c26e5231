// SPDX-License-Identifier: GPL-2.0-or-later
#include "live/sockets.h"

#include <errno.h>

#include "sys/netns.h"
#include "tables/diag.h"
#include "tables/procnet.h"

struct taker {
	uint32_t netns;
	rec_fn fn;
	void *arg;
};

static int on_socket(void *arg, const struct pw_rec *rec)
{
	const struct taker *t = arg;
	struct pw_rec copy = *rec;

	if (copy.timewait)
		copy.sock.state = PW_TIME_WAIT;
	copy.sock.netns = t->netns;
	return t->fn(t->arg, &copy);
}

int sockets_each(uint32_t states, rec_fn fn, void *arg)
{
	const struct question q = { .states = states };
	struct taker t = { .fn = fn, .arg = arg };
	int err;

	netns_self(&t.netns); /* stays 0, unknown */
	err = diag_sockets(&q, on_socket, &t);
	if (!err || err == -ENOMEM || err == -EAGAIN)
		return err;
	return procnet_sockets(0, &q, on_socket, &t);
}
