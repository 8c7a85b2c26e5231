/* SPDX-License-Identifier: GPL-2.0-or-later */
/* show: what a sink prints for one event or one answer. */
#ifndef UNIT_SHOW_H
#define UNIT_SHOW_H

#include "print/sink.h"
#include "unit.h"

#define NEW_YEAR 1767225600000000000 /* 2026-01-01T00:00:00Z */
#define HOME 4026531840u

unit_fn void show_event(struct capture *c, const struct out_opts *opts, const struct pw_event *ev,
			const struct event_extra *x)
{
	struct sink *sink = NULL;

	capture_init(c);
	assert_int_equal(sink_new_events(opts, c->f, &sink), 0);
	assert_int_equal(sink_event(sink, ev, x), 0);
	assert_int_equal(sink_flush(sink), 0);
	assert_null(sink_free(sink));
	capture_text(c);
}

unit_fn void show_answer(struct capture *c, const struct out_opts *opts, const struct answer *a,
			 enum answer_view view)
{
	struct sink *sink;

	capture_init(c);
	assert_int_equal(sink_new_answer(opts, c->f, &sink), 0);
	assert_int_equal(sink_answer(sink, a, view), 0);
	sink_free(sink);
	capture_text(c);
}

unit_fn void assert_shown(const struct out_opts *opts, const struct answer *a,
			  enum answer_view view, const char *want)
{
	struct capture c;

	show_answer(&c, opts, a, view);
	assert_string_equal(c.text, want);
	capture_done(&c);
}

#endif
