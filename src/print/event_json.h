/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * event_json: one JSON object per event and line (portwatch.json(5), EVENTS). The hot path of
 * a stream: no stdio formatting, no allocation once the buffer has grown.
 * Made by sink_new_events(); commands do not include this.
 */
#ifndef PRINT_EVENT_JSON_H
#define PRINT_EVENT_JSON_H

#include "print/sink.h"

int event_json_new(const struct out_opts *opts, FILE *out, struct sink **ret);

#endif
