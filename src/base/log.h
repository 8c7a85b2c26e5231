/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * log: the one-line messages on standard error, `portwatch: …`. Only cmd/ and main
 * print; every layer below returns an error and its reason.
 *
 * Whatever the arguments contain, one call prints one line: control characters
 * are escaped. The verbosity is the only state; it is set once, from -q and -v.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

/* -q is -1, each -v adds one, 0 is the default. */
void log_set_verbosity(int verbosity);
int log_verbosity(void);

/* Always: why the program ends with an error. */
void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Unless -q: something is not as it should be, the work goes on. */
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Unless -q: what was done ("loaded"); no prefix. */
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* With -v. */
void log_verbose(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
