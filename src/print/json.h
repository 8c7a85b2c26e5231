/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * json: the only writer of JSON. Streaming, no tree: begin and end objects and
 * arrays, commas come by themselves. Compact, on one line.
 *
 * Strings may be anything: control characters are escaped, bytes that are not UTF-8
 * become U+FFFD. Keys are our own literals and written as they are. A key is NULL
 * inside arrays and at the top. A string that is NULL is left out altogether (portwatch.json(5):
 * absent when unknown).
 *
 * Errors of memory and of the FILE are latched; json_flush() tells.
 *
 *	struct json j;
 *	json_init(&j, stdout);
 *	json_object(&j, NULL);
 *	json_u64(&j, "port", 8000);
 *	json_array(&j, "fds"); json_u64(&j, NULL, 3); json_end(&j);
 *	json_end(&j);
 *	json_line(&j);
 *	r = json_flush(&j);
 *	json_done(&j);
 */
#ifndef PRINT_JSON_H
#define PRINT_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/strbuf.h"

#define JSON_MAX_DEPTH 32

struct json {
	struct strbuf buf;
	FILE *out; /* NULL: everything stays in buf */
	int error;
	unsigned int depth;
	uint32_t array; /* bit per depth: an array, not an object */
	bool comma;	/* the next value at this depth needs one */
};

void json_init(struct json *j, FILE *out);
void json_done(struct json *j);

void json_object(struct json *j, const char *key);
void json_array(struct json *j, const char *key);
void json_end(struct json *j); /* of the innermost object or array */

void json_str(struct json *j, const char *key, const char *s);
void json_strn(struct json *j, const char *key, const char *s, size_t len);
/* The name of a process that is known: at most 16 bytes, ends at its NUL. A process may have an
 * empty name. */
void json_comm(struct json *j, const char *key, const char *comm);
void json_u64(struct json *j, const char *key, uint64_t v);
void json_i64(struct json *j, const char *key, int64_t v);
/* thousandths / 1000 with up to three decimals: 93210500 is 93210.5 */
void json_milli(struct json *j, const char *key, uint64_t thousandths);
/* NaN and infinities are written as null. */
void json_double(struct json *j, const char *key, double v, int decimals);
void json_bool(struct json *j, const char *key, bool v);
void json_null(struct json *j, const char *key);

/* The end of a document: a newline, and the whole goes to the FILE's buffer. */
void json_line(struct json *j);

/* Flushes the FILE. 0, or the first error since json_init() (-EPIPE, -ENOSPC, -ENOMEM). */
int json_flush(struct json *j);

#endif
