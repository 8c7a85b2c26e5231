/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * event_text: one aligned line per event, for people. Columns grow with what they have
 * shown, so that lines below each other stay aligned; nothing is ever cut.
 *
 *	12:00:00.000000  listen       tcp   0.0.0.0:8000  -  tracd[1479]  backlog 128
 * Made by sink_new_events(); commands do not include this.
 */
#ifndef PRINT_EVENT_TEXT_H
#define PRINT_EVENT_TEXT_H

#include "print/sink.h"

int event_text_new(const struct out_opts *opts, FILE *out, struct sink **ret);

#endif
