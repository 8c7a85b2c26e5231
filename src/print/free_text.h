/* SPDX-License-Identifier: GPL-2.0-or-later */
/* free_text: the lines of free_report, without line end, not escaped. */
#ifndef PRINT_FREE_TEXT_H
#define PRINT_FREE_TEXT_H

#include "print/free_report.h"

void free_text_target(struct strbuf *out, const struct free_job *job, const struct target *t);
void free_text_port(struct strbuf *out, const struct free_job *job, const struct plan_port *port);

/* Is there anything to say about this port? UDP that nobody used or asked for is not news. */
bool free_text_has_line(const struct plan *p, const struct plan_port *port);

#endif
