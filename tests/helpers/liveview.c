// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * liveview WAY: events by one way that needs no BPF ("tracefs", "polling", "" for the best), as
 * JSON, until SIGINT. Says "ready WAY" on standard error once it listens.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "live/live.h"
#include "print/sink.h"
#include "sys/signals.h"

static int show(void *arg, const struct pw_event *ev)
{
	return sink_event(arg, ev, &(struct event_extra){});
}

static int follow(struct live *live, struct sink *sink, int signal_fd)
{
	struct pollfd fds[] = {
		{ .fd = live_fd(live), .events = POLLIN },
		{ .fd = signal_fd, .events = POLLIN },
	};
	int n;

	for (;;) {
		int ended = signals_came();

		n = live_drain(live, show, sink);
		if (n < 0)
			return n;
		sink_flush(sink);
		if (ended)
			return 0;
		poll(fds, 2, live_timeout(live));
	}
}

int main(int argc, char **argv)
{
	struct live_opts opts = {};
	struct out_opts out = { .json = true, .boot_to_real = clock_real_offset_ns() };
	struct live *live = NULL;
	struct sink *sink = NULL;
	int err, signal_fd = signals_open();

	if (argc > 1 && argv[1][0])
		opts.way = argv[1];
	err = sink_new_events(&out, stdout, &sink);
	if (!err)
		err = live_new(&opts, &live);
	if (!err) {
		fprintf(stderr, "ready %s\n", live_name(live));
		err = follow(live, sink, signal_fd);
	}
	live_free(live);
	sink_free(sink);
	if (err)
		fprintf(stderr, "liveview: %s\n", strerror(-err));
	return err != 0;
}
