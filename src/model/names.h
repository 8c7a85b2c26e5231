/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * names: the words of the user's contract (portwatch.json(5)) for the numbers of
 * include/portwatch.h, and back. Output names never change. On input, case does
 * not matter, '-' is as good as '_', and ss's spellings are understood.
 *
 * Numbers to names never give NULL: an unknown number is "UNKNOWN" (states) or
 * "unknown". Names to numbers take len bytes without NUL; -EINVAL: no such name.
 */
#ifndef MODEL_NAMES_H
#define MODEL_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "model/answer.h"
#include "portwatch.h"

const char *names_state(uint8_t state);	     /* "LISTEN"; PW_NEW_SYN_RECV is "SYN_RECV" */
const char *names_event(uint8_t kind);	     /* "bind-failed" */
const char *names_call(uint8_t call);	     /* "listen": of a bind-failed */
const char *names_proto(uint8_t proto);	     /* "tcp" */
const char *names_family(uint8_t family);    /* "inet6" */
const char *names_why(enum why why);	     /* "other-netns" */
const char *names_resolved(enum resolved r); /* "verified"; NULL for RESOLVED_UNKNOWN */
const char *names_need(uint8_t need);	     /* "bind-failed": for status and doctor */
const char *names_need_text(uint8_t need);   /* "a bind is refused": what it tells, for people */
const char *names_variant(uint8_t variant);  /* "fentry" */

#define NAMES_ERRNO_LEN 24
/* "EADDRINUSE"; an error without a name is written into buf ("errno 4095"). */
const char *names_errno(int error, char buf[NAMES_ERRNO_LEN]);

/* A bit mask, because "SYN_RECV" is two states of ours. */
int names_parse_state(const char *s, size_t len, uint32_t *ret_mask);
int names_parse_event(const char *s, size_t len, uint8_t *ret);
int names_parse_proto(const char *s, size_t len, uint8_t *ret);

/* All names that are understood as such, NULL-terminated: for completion. */
extern const char *const names_state_words[];
extern const char *const names_event_words[];

/* The names for an error message: "BOUND, LISTEN, …". */
const char *names_all_states(void);
const char *names_all_events(void);

#endif
