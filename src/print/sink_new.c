// SPDX-License-Identifier: GPL-2.0-or-later
/* Text or JSON, as the options say. */
#include "print/answer_json.h"
#include "print/answer_text.h"
#include "print/event_json.h"
#include "print/event_text.h"

int sink_new_events(const struct out_opts *opts, FILE *out, struct sink **ret)
{
	return opts->json ? event_json_new(opts, out, ret) : event_text_new(opts, out, ret);
}

int sink_new_answer(const struct out_opts *opts, FILE *out, struct sink **ret)
{
	return opts->json ? answer_json_new(opts, out, ret) : answer_text_new(opts, out, ret);
}
