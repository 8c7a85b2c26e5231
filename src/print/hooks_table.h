/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hooks_table: what a tracker has to be told of, and through which hook it is: what `status -v` has
 * and what `doctor -v` would take.
 */
#ifndef PRINT_HOOKS_TABLE_H
#define PRINT_HOOKS_TABLE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "print/sink.h"

struct hook_row {
	uint8_t need;	 /* enum pw_need */
	uint8_t variant; /* enum pw_variant */
	bool lesser;	 /* something is lost by it */
};

/* 0, -ENOMEM or the FILE's error. */
int hooks_table_print(const struct hook_row *rows, size_t nr, FILE *out,
		      const struct out_opts *opts);

#endif
