/* SPDX-License-Identifier: GPL-2.0-or-later */
/* answer_sums: how many sockets of an answer are in each state. */
#ifndef PRINT_ANSWER_SUMS_H
#define PRINT_ANSWER_SUMS_H

#include "model/answer.h"
#include "print/json.h"

/* Adds "12 sockets: 8 LISTEN, 4 TIME_WAIT" and a line end. */
void answer_sums_text(struct strbuf *out, const struct answer *a);

/* Adds "states":{"LISTEN":8,"TIME_WAIT":4}. */
void answer_sums_json(struct json *j, const struct answer *a);

#endif
