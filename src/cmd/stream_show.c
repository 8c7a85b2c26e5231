// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/stream.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "cmd/fail.h"

#define BATCH_MAX 4096 /* events; a few milliseconds of work */

int stream_show_init(struct stream_show *s, const struct stream_args *args,
		     const struct filter *filter, const struct out_opts *out)
{
	static char buffer[1 << 16];

	s->filter = filter;
	if (args->record && args->common.quiet)
		return 0;
	/* A pipe gets its lines at the end of each batch, a terminal each when it is whole. */
	if (!isatty(STDOUT_FILENO))
		setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
	return sink_new_events(out, stdout, &s->sink);
}

void stream_show_done(struct stream_show *s)
{
	s->sink = sink_free(s->sink);
	s->recording = recording_free(s->recording);
	blame_done(&s->blame);
	descriptor_done(&s->descriptor);
}

static int stop(struct stream_show *s, int status)
{
	s->status = status;
	return -ECANCELED;
}

static int output_failed(struct stream_show *s, int err)
{
	return stop(s, fail_output(err));
}

static int recording_failed(struct stream_show *s, int err)
{
	return stop(s, fail(err, "cannot write %s", s->record_path));
}

static int show(struct stream_show *s, const struct pw_event *ev)
{
	struct event_extra extra = {};
	int err;

	if (!filter_match_event(s->filter, ev))
		return 0;
	if (s->self && ev->actor.tgid == s->self)
		return 0;
	if (s->recording) {
		err = recording_add(s->recording, ev);
		if (err)
			return recording_failed(s, err);
	}
	if (!s->sink)
		return 0;
	if (s->blame.tracker)
		blame_ask(&s->blame, ev, &extra);
	if (s->peer.tracker && s->sink->shows_more)
		peer_ask(&s->peer, ev, &extra);
	if (s->descriptor.tracker && s->sink->shows_more)
		descriptor_ask(&s->descriptor, ev, &extra);
	if (s->is_live)
		refusal_ask(&s->refusal, ev, &extra);
	err = sink_event(s->sink, ev, &extra);
	return err ? output_failed(s, err) : 0;
}

int stream_show_event(void *arg, const struct pw_event *ev)
{
	struct stream_show *s = arg;
	int err;

	if (s->until_ns && ev->time_ns > s->until_ns)
		return -ESHUTDOWN;
	err = show(s, ev);
	return err ? err : ++s->batch >= BATCH_MAX ? -EINTR : 0;
}

int stream_show_flush(struct stream_show *s)
{
	int err = s->recording ? recording_flush(s->recording) : 0;

	s->batch = 0;
	if (err)
		return recording_failed(s, err);
	err = s->sink ? sink_flush(s->sink) : 0;
	return err ? output_failed(s, err) : 0;
}

int stream_show_end(struct stream_show *s, uint64_t elapsed_ns)
{
	int err = stream_show_flush(s);

	/* A program at the other end of a pipe wants lines, not totals. */
	if (err || !s->sink || !isatty(STDOUT_FILENO))
		return err;
	err = sink_end(s->sink, elapsed_ns);
	return err ? output_failed(s, err) : 0;
}
