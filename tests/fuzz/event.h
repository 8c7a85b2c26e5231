/* SPDX-License-Identifier: GPL-2.0-or-later */
/* event: events as they come from a ring or a file, in every format that they are shown in. */
#ifndef FUZZ_EVENT_H
#define FUZZ_EVENT_H

#include "fuzz.h"
#include "json.h"
#include "print/sink.h"

/* Shows the events in a format and looks whether the output can be printed and read. */
fuzz_fn void event_check(const struct out_opts *opts, const struct pw_event *events, size_t nr)
{
	struct event_holder holder = { .state = PW_LISTEN };
	struct event_extra extra = { .holders = &holder, .nr_holders = 1, .holders_known = true };
	struct sink *sink;
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	FUZZ_CHECK(out && !sink_new_events(opts, out, &sink));
	for (size_t i = 0; i < nr; i++) {
		holder.actor = events[i].actor;
		FUZZ_CHECK(!sink_event(sink, &events[i], i & 1 ? &extra : NULL));
	}
	FUZZ_CHECK(!sink_end(sink, 1000000000));
	sink_free(sink);
	fclose(out);
	if (opts->json)
		FUZZ_CHECK(json_check_lines(text, len) == nr);
	else if (!opts->color)
		fuzz_check_clean(text, len);
	free(text);
}

/* In all of them */
fuzz_fn void event_check_all(const struct pw_event *events, size_t nr)
{
	static const struct out_opts formats[] = {
		{ .json = true, .boot_to_real = 1767268800000000000 },
		{ .header = true, .netns = 4026531840 },
		{ .header = true, .color = true, .width = 80 },
	};

	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++)
		event_check(&formats[i], events, nr);
}

#endif
