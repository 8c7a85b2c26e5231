// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/stream.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "cmd/fail.h"
#include "sys/netns.h"

/* `--netns self` was ours when the arguments were read; now it is the recorder's. */
static void adopt_netns(struct filter *filter, uint32_t recorded)
{
	uint32_t self;

	if (netns_self(&self))
		return;
	for (size_t i = 0; i < filter->nr_netns; i++)
		if (filter->netns[i] == self)
			filter->netns[i] = recorded;
}

static int fail_open(const char *path, int err)
{
	switch (err) {
	case -EBADMSG:
		log_error("%s is not a recording: make one with portwatch stream --record FILE",
			  path);
		return EXIT_FAILED;
	case -ESTALE:
		log_error("%s was recorded by another version of portwatch: replay it with that",
			  path);
		return EXIT_FAILED;
	case -EILSEQ:
		log_error("%s was recorded on a machine of the other byte order: replay it there",
			  path);
		return EXIT_FAILED;
	default:
		return fail(err, "cannot read %s", path);
	}
}

static int fail_next(const char *path, const struct recording *r, int err)
{
	if (err != -EBADMSG)
		return fail(err, "cannot read %s", path);
	log_error("%s is damaged or cut short after event %" PRIu64 ": what was whole is shown",
		  path, recording_count(r));
	return EXIT_FAILED;
}

int stream_replay(const struct stream_args *args, struct filter *filter)
{
	_cleanup_(recording_free_p) struct recording *recording = NULL;
	_cleanup_(stream_show_done) struct stream_show show = {};
	struct out_opts out = common_out(&args->common);
	struct record_info info;
	struct pw_event ev = {};
	int err, next = 0, status = EXIT_YES;

	/* The numbers are those of the machine, and the time, of the recording. */
	out.netns_name = NULL;
	out.device_name = NULL;

	err = recording_open(args->replay, &info, &recording);
	if (err)
		return fail_open(args->replay, err);
	adopt_netns(filter, info.netns);
	out.boot_to_real = info.boot_to_real;
	out.netns = info.netns;
	err = stream_show_init(&show, args, filter, &out);
	if (err)
		return fail(err, "cannot print");
	if (args->record) {
		show.record_path = args->record;
		err = recording_create(args->record, &info, &show.recording);
		if (err)
			return fail(err, "cannot write %s", args->record);
	}

	while (!err && (next = recording_next(recording, &ev)) > 0) {
		err = stream_show_event(&show, &ev);
		if (err == -EINTR)
			err = stream_show_flush(&show);
	}
	if (!err)
		err = stream_show_end(&show,
				      ev.time_ns > info.start_ns ? ev.time_ns - info.start_ns : 0);
	if (err)
		return show.status;
	if (next < 0)
		status = fail_next(args->replay, recording, next);
	return status;
}
