/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * answer_text: the tables of `who` and `list`, and a sentence per port asked for. On a
 * terminal long runs of like connections are folded into a line that counts them; in a
 * pipe every socket has its line.
 * Made by sink_new_answer(); commands do not include this.
 */
#ifndef PRINT_ANSWER_TEXT_H
#define PRINT_ANSWER_TEXT_H

#include "print/sink.h"

int answer_text_new(const struct out_opts *opts, FILE *out, struct sink **ret);

#endif
