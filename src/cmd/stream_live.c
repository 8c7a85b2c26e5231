// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/stream.h"

#include <errno.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/sleep.h"
#include "cmd/fail.h"
#include "flow/events.h"
#include "flow/source.h"
#include "sys/signals.h"

#define TICK_NS NSEC_PER_SEC

static int start_recording(struct stream_show *show, const char *path, const struct out_opts *out)
{
	struct record_info info = {
		.abi = PW_ABI,
		.netns = out->netns,
		.boot_to_real = out->boot_to_real,
		.start_ns = clock_boot_ns(),
	};

	show->record_path = path;
	return recording_create(path, &info, &show->recording);
}

/* How long to sleep: as the source says, but not past its next tick, nor past the end. */
static uint64_t wake_ns(const struct events *events, int drained, uint64_t next_tick,
			const struct stream_show *show)
{
	uint64_t wanted = sleep_in_ms(events_timeout(events, drained));

	if (show->deadline_ns && show->deadline_ns < wanted)
		wanted = show->deadline_ns;
	return wanted < next_tick ? wanted : next_tick;
}

static bool is_over(const struct stream_show *show)
{
	return show->deadline_ns && clock_boot_ns() >= show->deadline_ns;
}

/* Until a signal or the deadline (0), or an error. -ECANCELED: an output failed, and that was told;
 * -ENODEV: the tracker is gone. */
static int follow(struct events *events, struct stream_show *show, int signal_fd)
{
	struct pollfd fds[] = {
		{ .fd = events_fd(events), .events = POLLIN },
		{ .fd = signal_fd, .events = POLLIN },
		/* Asked for nothing: only to hear at once that the other end is closed. */
		{ .fd = show->sink ? STDOUT_FILENO : -1 },
	};
	uint64_t now, next_tick = clock_boot_ns() + TICK_NS;
	int err, drained;

	for (;;) {
		/* Show what happened before the signal, and nothing after it. */
		if (!show->until_ns && (signals_came() || is_over(show)))
			show->until_ns = clock_boot_ns();
		drained = events_drain(events, stream_show_event, show);
		if (drained < 0 && drained != -EINTR && drained != -ESHUTDOWN)
			return drained;
		err = stream_show_flush(show);
		if (err || (show->until_ns && drained != -EINTR))
			return err;
		now = clock_boot_ns();
		if (now >= next_tick) {
			err = events_tick(events);
			if (err)
				return err;
			if (show->sink)
				sink_set_clock(show->sink, clock_real_offset_ns());
			next_tick = now + TICK_NS;
		}
		if (drained == -EINTR)
			continue;
		err = sleep_until(fds, ARRAY_SIZE(fds), wake_ns(events, drained, next_tick, show),
				  NULL);
		if (err < 0)
			return err;
		if (fds[2].revents & (POLLERR | POLLHUP))
			return -ECANCELED;
	}
}

/* The tracker's events; without one, and without the right or the means to run our own, what else
 * tells of sockets. */
static bool is_refusal(int err)
{
	int status = fail_status(err);

	return status == EXIT_PERMISSION || status == EXIT_KERNEL;
}

static int open_events(const struct stream_args *args, struct filter *filter,
		       struct tracker **ret_tracker, struct events *ret)
{
	_cleanup_(tracker_free_p) struct tracker *tracker = NULL;
	struct pw_filter wanted;
	struct reader_opts opts = { .filter = &wanted };
	int err = common_open(&args->common, TRACKER_LIVE, &tracker);

	if (!err)
		err = source_filter(tracker, filter);
	filter_to_kernel(filter, &wanted);
	if (!err)
		err = events_from_tracker(tracker, &opts, ret);
	if (!err && reader_is_deaf(ret->reader))
		log_warn("%s", tracker_reason());
	if (!err) {
		*ret_tracker = TAKE_PTR(tracker);
		return 0;
	}
	/* A tracker that is loaded, but has no room for us or is of another version, is an error
	 * and no reason to see less. */
	if (tracker || !is_refusal(err) ||
	    events_without_tracker(&(struct live_opts){ .filter = &wanted }, ret))
		return err;
	log_verbose("no tracker: %s", tracker_reason());
	log_warn("events by %s: %s", events_name(ret), events_loss(ret));
	return 0;
}

/* Ask the system, as it is now, for what an event does not say itself. */
static void ask_present(struct stream_show *s, const struct stream_args *args,
			struct tracker *tracker)
{
	s->blame.tracker = s->peer.tracker = s->refusal.tracker = tracker;
	s->descriptor.tracker = tracker;
	s->refusal.pin_dir = args->common.pin_dir;
	s->is_live = true;
	/* Asking for names makes sockets of our own, and these more questions. */
	s->self = args->common.resolve ? getpid() : 0;
}

int stream_live(const struct stream_args *args, struct filter *filter)
{
	_cleanup_(tracker_free_p) struct tracker *tracker = NULL;
	_cleanup_(events_done) struct events events = {};
	_cleanup_(stream_show_done) struct stream_show show = {};
	struct out_opts out = common_out(&args->common);
	uint64_t start;
	int err, ended, signal_fd;

	/* First of all, so that a signal in the middle of loading ends us in good order. */
	signal_fd = signals_open();
	if (signal_fd < 0)
		return fail(signal_fd, "cannot wait for signals");
	err = stream_show_init(&show, args, filter, &out);
	if (err)
		return fail(err, "cannot print");
	/* Before the tracker, because a wrong file name is quicker told than a tracker loaded. */
	if (args->record) {
		err = start_recording(&show, args->record, &out);
		if (err)
			return fail(err, "cannot write %s", args->record);
	}

	err = open_events(args, filter, &tracker, &events);
	if (err)
		return fail_tracker(err);
	ask_present(&show, args, tracker);
	start = clock_boot_ns();
	if (args->seconds > 0)
		show.deadline_ns = start + (uint64_t)(args->seconds * NSEC_PER_SEC);
	err = follow(&events, &show, signal_fd);
	ended = err && err != -ENODEV ? 0 : stream_show_end(&show, clock_boot_ns() - start);
	if (ended)
		err = ended;
	if (err == -ECANCELED)
		return show.status;
	return err ? fail_tracker(err) : EXIT_YES;
}
