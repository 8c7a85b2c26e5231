// SPDX-License-Identifier: GPL-2.0-or-later
#include "live/format.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/num.h"

#define MAX_RECORD 65536 /* no offset or size lies beyond */

/* The number behind KEY in one line ("offset:8;"). */
static int number_of(const char *line, size_t len, const char *key, uint64_t *ret)
{
	const char *p = memmem(line, len, key, strlen(key));
	size_t digits;

	if (!p)
		return -EINVAL;
	p += strlen(key);
	digits = strspn(p, "0123456789");
	return num_parse_span(p, digits, 0, MAX_RECORD, ret) ? -EINVAL : 0;
}

static bool is_name(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* "unsigned char saddr_v6[16]": the last word before the brackets is the name. */
static int parse_name(const char *decl, size_t len, struct format_field *f)
{
	const char *bracket = memchr(decl, '[', len);
	size_t end = len, start;

	/* "__data_loc char[] comm": these brackets belong to the type. */
	if (bracket && bracket[1] != ']')
		end = bracket - decl;
	while (end && !is_name(decl[end - 1]))
		end--;
	for (start = end; start && is_name(decl[start - 1]);)
		start--;
	if (start == end || end - start >= FORMAT_NAME_LEN)
		return -EINVAL;
	memcpy(f->name, decl + start, end - start);
	f->elsewhere = len > 10 && !memcmp(decl, "__data_loc", 10);
	return 0;
}

static int parse_field(const char *line, size_t len, struct format_field *ret)
{
	struct format_field f = {};
	const char *semicolon = memchr(line, ';', len);
	uint64_t offset, size, is_signed = 0;
	size_t skip = strspn(line, " ");

	if (!semicolon || parse_name(line + skip, semicolon - line - skip, &f) ||
	    number_of(line, len, "offset:", &offset) || number_of(line, len, "size:", &size))
		return -EINVAL;
	number_of(line, len, "signed:", &is_signed);
	f.offset = offset;
	f.size = size;
	f.is_signed = is_signed;
	*ret = f;
	return 0;
}

/* Parse a line. A line that is no field says nothing of interest. */
static int parse_line(const char *line, size_t len, struct format *f)
{
	static const char field[] = "field:", id[] = "ID: ";
	uint64_t number;

	while (len && (*line == '\t' || *line == ' ')) {
		line++;
		len--;
	}
	if (len > strlen(id) && !memcmp(line, id, strlen(id))) {
		if (num_parse_span(line + strlen(id), len - strlen(id), 1, UINT16_MAX, &number))
			return -EINVAL;
		f->id = number;
		return 0;
	}
	if (len < strlen(field) || memcmp(line, field, strlen(field)) != 0)
		return 0;
	if (f->nr_fields == FORMAT_MAX_FIELDS)
		return -EINVAL;
	if (parse_field(line + strlen(field), len - strlen(field), &f->fields[f->nr_fields]))
		return -EINVAL;
	f->nr_fields++;
	return 0;
}

int format_parse(const char *text, struct format *ret)
{
	struct format f = {};

	while (*text) {
		size_t len = strcspn(text, "\n");

		if (parse_line(text, len, &f))
			return -EINVAL;
		text += len + (text[len] == '\n');
	}
	if (!f.nr_fields)
		return -EINVAL;
	*ret = f;
	return 0;
}

const struct format_field *format_find(const struct format *f, const char *name)
{
	static const struct format_field none;

	for (size_t i = 0; i < f->nr_fields; i++)
		if (!strcmp(f->fields[i].name, name))
			return &f->fields[i];
	return &none;
}

static bool is_inside(const struct format_field *f, size_t len)
{
	return f->size && f->offset <= len && f->size <= len - f->offset;
}

uint64_t format_number(const struct format_field *f, const void *record, size_t len)
{
	const char *p = (const char *)record + f->offset;
	uint16_t u16;
	uint32_t u32;
	uint64_t u64;

	if (!is_inside(f, len))
		return 0;
	switch (f->size) {
	case 1:
		return f->is_signed ? (uint64_t)(int64_t) * (const int8_t *)p : *(const uint8_t *)p;
	case 2:
		memcpy(&u16, p, sizeof(u16));
		return f->is_signed ? (uint64_t)(int64_t)(int16_t)u16 : u16;
	case 4:
		memcpy(&u32, p, sizeof(u32));
		return f->is_signed ? (uint64_t)(int64_t)(int32_t)u32 : u32;
	case 8:
		memcpy(&u64, p, sizeof(u64));
		return u64;
	default:
		return 0;
	}
}

void format_bytes(const struct format_field *f, const void *record, size_t len, void *ret,
		  size_t size)
{
	memset(ret, 0, size);
	if (is_inside(f, len))
		memcpy(ret, (const char *)record + f->offset, f->size < size ? f->size : size);
}

void format_text(const struct format_field *f, const void *record, size_t len, char *ret,
		 size_t size)
{
	struct format_field text = *f;
	uint32_t loc;

	/* The low half is the offset from the record's beginning, the high half the length
	 * (__data_loc in include/trace/trace_events.h). */
	if (f->elsewhere) {
		loc = format_number(f, record, len);
		text.offset = loc & 0xffff;
		text.size = loc >> 16;
	}
	format_bytes(&text, record, len, ret, size - 1);
	ret[size - 1] = '\0';
}
