// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/events.h"

#include <stddef.h>

int events_from_tracker(struct tracker *t, const struct reader_opts *opts, struct events *ret)
{
	struct events e = { .tracker = t };
	int err = reader_new(t, opts, &e.reader);

	if (!err)
		*ret = e;
	return err;
}

int events_without_tracker(const struct live_opts *opts, struct events *ret)
{
	struct events e = {};
	int err = live_new(opts, &e.live);

	if (!err)
		*ret = e;
	return err;
}

void events_done(struct events *e)
{
	reader_free(e->reader);
	live_free(e->live);
	*e = (struct events){};
}

const char *events_name(const struct events *e)
{
	return e->reader ? "tracker" : live_name(e->live);
}

const char *events_loss(const struct events *e)
{
	return e->reader ? NULL : live_loss(e->live);
}

int events_fd(const struct events *e)
{
	return e->reader ? reader_fd(e->reader) : live_fd(e->live);
}

int events_timeout(const struct events *e, int n)
{
	return e->reader ? reader_timeout(e->reader, n) : live_timeout(e->live);
}

int events_drain(struct events *e, int (*fn)(void *arg, const struct pw_event *ev), void *arg)
{
	return e->reader ? reader_drain(e->reader, fn, arg) : live_drain(e->live, fn, arg);
}

int events_tick(struct events *e)
{
	int err;

	if (!e->reader)
		return 0;
	err = reader_tick(e->reader);
	return err ?: tracker_still_there(e->tracker);
}
