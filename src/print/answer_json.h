/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * answer_json: the document of `who` and `list` (portwatch.json(5)), schema 1.
 * Made by sink_new_answer(); commands do not include this.
 */
#ifndef PRINT_ANSWER_JSON_H
#define PRINT_ANSWER_JSON_H

#include "print/sink.h"

int answer_json_new(const struct out_opts *opts, FILE *out, struct sink **ret);

#endif
