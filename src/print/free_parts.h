/* SPDX-License-Identifier: GPL-2.0-or-later */
/* free_parts: what the sentences of free are made of: times, counts, processes, ports. */
#ifndef PRINT_FREE_PARTS_H
#define PRINT_FREE_PARTS_H

#include "base/strbuf.h"
#include "model/target.h"

/* Add a time that was given in seconds. */
void free_parts_seconds(struct strbuf *out, uint64_t ns);

/* Add a measured time. */
void free_parts_ms(struct strbuf *out, uint64_t ns);

/* Add "1 port" or "2 ports". */
void free_parts_count(struct strbuf *out, size_t n, const char *one, const char *many);

/* Add name and PID, as text_parts_process() does. */
void free_parts_process(struct strbuf *out, const struct process *p);

/* Add the ports of this target, each once. */
void free_parts_ports(struct strbuf *out, const struct target *t);

/* Add the command line, cut, between these words; nothing if it is unknown. */
void free_parts_cmdline(struct strbuf *out, const struct process *p, const char *before,
			const char *after);

#endif
