/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * free_intent: what `free` says of a process before anything is done to it: who it is, what is lost
 * with it, and what follows. Not escaped: for log_info(), which does.
 */
#ifndef PRINT_FREE_INTENT_H
#define PRINT_FREE_INTENT_H

#include "model/free_job.h"
#include "base/strbuf.h"
#include "model/target.h"

/* Add the condition of the process, after text that began at start, if it bears on this signal. */
void free_intent_condition(struct strbuf *out, size_t start, const struct target *t, int sig);

/* Add what is lost with the process. */
void free_intent_losses(struct strbuf *out, const struct target *t, const struct free_job *job);

/* Add the line of a process that is going to be ended. */
void free_intent(struct strbuf *out, const struct target *t, const struct free_job *job);

/* Add the line of a process before the user is asked about it: nothing has been decided yet. */
void free_intent_question(struct strbuf *out, const struct target *t, const struct free_job *job);

#endif
