/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * signame: signals as people write them (TERM, SIGTERM, term, 15, RTMIN+1) and their
 * numbers on this machine's architecture. Pure tables.
 */
#ifndef MODEL_SIGNAME_H
#define MODEL_SIGNAME_H

#include <stdbool.h>

#include "base/strbuf.h"

#define SIGNAME_LEN 16

/* The number of the len bytes at s, in any case, with or without SIG; or -EINVAL. 0, which
 * would end nothing, is not one. */
int signame_parse(const char *s, size_t len);

/* The name that somebody may have meant, NULL: none is near. */
const char *signame_nearest(const char *s);

/* "TERM", "RTMIN+1"; a number that has no name as it is. Writes into buf and returns it. */
const char *signame(int sig, char buf[SIGNAME_LEN]);

/* Does it ask a process to end: TERM, INT or QUIT? HUP, USR1 and the like mean something else to
 * many, and STOP only stops. */
bool signame_ends(int sig);

/* All of them, as `fuser -l` prints them: names in the order of their numbers, in lines
 * of at most 78 columns. */
void signame_list(struct strbuf *out);

#endif
