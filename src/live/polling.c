// SPDX-License-Identifier: GPL-2.0-or-later
/* The way that always works: looking again and again. */
#include "live/poller.h"
#include "live/sockets.h"
#include "live/way.h"

static int take(void *arg, uint32_t states, rec_fn fn, void *fn_arg)
{
	(void)arg;
	return sockets_each(states, fn, fn_arg);
}

static int start(const struct live_opts *opts, void **ret)
{
	struct poller_opts polled = {
		.sockets = take,
		.states = poller_states(opts->filter),
		.interval_ms = POLLER_INTERVAL_MS,
		.hears_ends = true,
		.tells_ends = true,
		.who_states = ~0u,
	};
	struct poller *p;
	int err;

	if (opts->wake_ms) {
		polled.states = opts->wake_states;
		polled.interval_ms = opts->wake_ms;
		polled.who_states = 0;
	}
	err = poller_new(&polled, &p);
	if (!err)
		*ret = p;
	return err;
}

static void stop(void *way)
{
	poller_free(way);
}

static int fd(const void *way)
{
	return poller_fd(way);
}

static int timeout(const void *way)
{
	return poller_timeout(way);
}

static int drain(void *way, live_event_fn fn, void *arg)
{
	return poller_drain(way, fn, arg);
}

const struct live_way live_polling = {
	.name = "polling",
	.loss = "compares the sockets of this network namespace every 200 ms: what comes and goes in "
		"between is told by its end alone, and failed binds are not seen",
	.start = start,
	.stop = stop,
	.fd = fd,
	.timeout = timeout,
	.drain = drain,
};
