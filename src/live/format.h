/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * format: where a trace event's record has which field, read from the file `format` that tracefs
 * has for each event. Offsets and sizes differ from kernel to kernel, so none is written down here.
 * Pure.
 */
#ifndef LIVE_FORMAT_H
#define LIVE_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FORMAT_NAME_LEN 32
#define FORMAT_MAX_FIELDS 32

struct format_field {
	char name[FORMAT_NAME_LEN];
	uint32_t offset;
	uint32_t size; /* 0: there is no such field */
	bool is_signed;
	bool elsewhere; /* __data_loc: what stands here is offset and length of the text */
};

struct format {
	uint32_t id; /* in the record's common_type; 0: the text has none (header_page) */
	struct format_field fields[FORMAT_MAX_FIELDS];
	size_t nr_fields;
};

/* 0, or -EINVAL: the text is no format, or a field is described in a way not known here. */
int format_parse(const char *text, struct format *ret);

/* The field, or one of size 0. */
const struct format_field *format_find(const struct format *f, const char *name);

/* A field's number out of a record of len bytes; 0 if it has none, or the record is too short. */
uint64_t format_number(const struct format_field *f, const void *record, size_t len);

/* Copies an array of numbers (an address); what is missing is zero. */
void format_bytes(const struct format_field *f, const void *record, size_t len, void *ret,
		  size_t size);

/* A text, in the record itself or behind it, cut to size - 1 bytes; "" if there is none. */
void format_text(const struct format_field *f, const void *record, size_t len, char *ret,
		 size_t size);

#endif
