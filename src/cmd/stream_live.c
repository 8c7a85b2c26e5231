// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/stream.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "cmd/fail.h"
#include "cmd/source.h"
#include "sys/netns.h"
#include "sys/signals.h"
#include "track/reader.h"

#define TICK_NS 1000000000ull
#define NSEC_PER_MSEC 1000000ull

DEFINE_CLEANUP(struct reader *, reader_free);

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

/* How long poll() may sleep: as the reader says, but not past its next tick. */
static int sleep_ms(const struct reader *reader, int drained, uint64_t now, uint64_t next_tick)
{
	int until_tick = now >= next_tick ? 0 : (next_tick - now) / NSEC_PER_MSEC + 1;
	int timeout = reader_timeout(reader, drained);

	return timeout < 0 || timeout > until_tick ? until_tick : timeout;
}

/* Until a signal (0), or an error. -ECANCELED: an output failed, and that was told; -ENODEV: the
 * tracker is gone. */
static int follow(struct tracker *tracker, struct reader *reader, struct stream_show *show,
		  int signal_fd)
{
	struct pollfd fds[] = {
		{ .fd = reader_fd(reader), .events = POLLIN },
		{ .fd = signal_fd, .events = POLLIN },
		/* Asked for nothing: only to hear at once that the other end is closed. */
		{ .fd = show->sink ? STDOUT_FILENO : -1 },
	};
	uint64_t now, next_tick = clock_boot_ns() + TICK_NS;
	int err, drained;

	for (;;) {
		/* What happened before the signal is still shown, and nothing after it. */
		if (!show->until_ns && signals_came())
			show->until_ns = clock_boot_ns();
		drained = reader_drain(reader, stream_show_event, show);
		if (drained < 0 && drained != -EINTR && drained != -ESHUTDOWN)
			return drained;
		err = stream_show_flush(show);
		if (err || (show->until_ns && drained != -EINTR))
			return err;
		now = clock_boot_ns();
		if (now >= next_tick) {
			err = reader_tick(reader);
			if (!err)
				err = tracker_still_there(tracker);
			if (err)
				return err;
			if (show->sink)
				sink_set_clock(show->sink, clock_real_offset_ns());
			next_tick = now + TICK_NS;
		}
		if (drained == -EINTR)
			continue;
		poll(fds, ARRAY_SIZE(fds), sleep_ms(reader, drained, now, next_tick));
		if (fds[2].revents & (POLLERR | POLLHUP))
			return -ECANCELED;
	}
}

int stream_live(const struct stream_args *args, struct filter *filter)
{
	_cleanup_(tracker_free_p) struct tracker *tracker = NULL;
	_cleanup_(reader_free_p) struct reader *reader = NULL;
	_cleanup_(stream_show_done) struct stream_show show = {};
	struct out_opts out = common_out(&args->common);
	struct pw_filter wanted;
	struct reader_opts opts = { .filter = &wanted };
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

	err = source_open(&args->common, TRACKER_LIVE, &tracker);
	if (!err)
		err = source_filter(tracker, filter);
	if (err)
		return fail_tracker(err);
	filter_to_kernel(filter, &wanted);
	err = reader_new(tracker, &opts, &reader);
	if (err)
		return fail_tracker(err);
	if (reader_is_deaf(reader))
		log_warn("%s", tracker_why());
	show.blame.tracker = tracker;
	/* Asking for names makes sockets of our own, and these more questions. */
	show.self = args->common.resolve ? getpid() : 0;

	start = clock_boot_ns();
	err = follow(tracker, reader, &show, signal_fd);
	ended = err && err != -ENODEV ? 0 : stream_show_end(&show, clock_boot_ns() - start);
	if (ended)
		err = ended;
	if (err == -ECANCELED)
		return show.status;
	return err ? fail_tracker(err) : EXIT_YES;
}
