/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * answer_table: the sockets of an answer as rows. A pipe gets each socket and each holder; on a
 * terminal, unless more detail is asked for, the IPv4 and the IPv6 socket of one server are one
 * row, its workers one name, and connections that differ by the peer alone are counted.
 */
#ifndef PRINT_ANSWER_TABLE_H
#define PRINT_ANSWER_TABLE_H

#include "print/sink.h"

/* Names of the columns for --columns, NULL-terminated; a column is an index into them. */
extern const char *const answer_columns[];

/* Prints the table, nothing if there are no sockets. 0, -ENOMEM or the FILE's error. */
int answer_table_print(const struct answer *a, enum answer_view view, const struct out_opts *opts,
		       FILE *out);

#endif
