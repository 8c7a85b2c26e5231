/* SPDX-License-Identifier: GPL-2.0-or-later */
/* portguard_print: guards as a table, or as one JSON document (portwatch.json(5), GUARDS). */
#ifndef PRINT_PORTGUARD_PRINT_H
#define PRINT_PORTGUARD_PRINT_H

#include <stdio.h>

#include "model/portguard.h"
#include "print/sink.h"

/* Print and flush. now_ns is CLOCK_BOOTTIME. 0, -ENOMEM or the FILE's error. */
int portguard_text(const struct portguard_list *l, uint64_t now_ns, const struct out_opts *opts,
		   FILE *out);
int portguard_json(const struct portguard_list *l, bool attached, uint64_t now_ns,
		   const struct out_opts *opts, FILE *out);

#endif
