/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stream: what the two sources of events, the kernel (stream_live.c) and a recording
 * (stream_replay.c), have in common: stream_show.c passes every event through the filter, to
 * the output and the recording.
 */
#ifndef CMD_STREAM_H
#define CMD_STREAM_H

#include "cmd/common.h"
#include "flow/blame.h"
#include "flow/descriptor.h"
#include "flow/peer.h"
#include "flow/recording.h"
#include "flow/refusal.h"
#include "model/filter.h"
#include "print/sink.h"

struct stream_args {
	struct common common;
	const char *record, *replay; /* file names, NULL: none */
	double seconds;		     /* end by itself; 0: does not */
	bool all;
};

/* Where events go. A zeroed struct goes nowhere. */
struct stream_show {
	const struct filter *filter;
	struct sink *sink;	     /* NULL: nothing is printed (-q with --record) */
	struct recording *recording; /* NULL: none */
	const char *record_path;
	struct blame blame;	      /* without a tracker nobody is blamed */
	struct peer peer;	      /* likewise */
	struct descriptor descriptor; /* likewise */
	struct refusal refusal;
	bool is_live;	      /* what the system is like now says why a call has failed */
	uint64_t until_ns;    /* show nothing younger; 0: no end */
	uint64_t deadline_ns; /* when to end by itself; 0: never */
	size_t batch;	      /* events since the last flush */
	uint32_t self;	      /* this process, when its own sockets are not to be shown */
	int status;	      /* exit status of the failure that has been printed */
};

/* Makes the sink. 0 or a negative errno. */
int stream_show_init(struct stream_show *s, const struct stream_args *args,
		     const struct filter *filter, const struct out_opts *out);
void stream_show_done(struct stream_show *s);

/* For reader_drain(). -ECANCELED: an output failed, and s->status is what to end with;
 * a closed pipe is a quiet EXIT_YES. -EINTR: the event was taken, but enough for now:
 * flush, for when events come as fast as we print them a drain has no end. -ESHUTDOWN:
 * the event is younger than until_ns, and so will be all that follow. */
int stream_show_event(void *s, const struct pw_event *ev);
/* After each batch: nobody waits for a block to fill. */
int stream_show_flush(struct stream_show *s);
/* Flushes, and shows the totals on a terminal. */
int stream_show_end(struct stream_show *s, uint64_t elapsed_ns);

/* Show live events, or those of a recording. Both return the exit status. */
int stream_live(const struct stream_args *args, struct filter *filter);
int stream_replay(const struct stream_args *args, struct filter *filter);

#endif
