// SPDX-License-Identifier: GPL-2.0-or-later
#include "live/page.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

/* The upper bits of `commit` (kernel/trace/ring_buffer.c). */
#define RB_MISSED_EVENTS (1u << 31)
#define RB_MISSED_STORED (1u << 30)
#define COMMIT_MASK ((1u << 27) - 1) /* as libtraceevent takes it */

/* enum ring_buffer_type, include/linux/ring_buffer.h. */
enum { TYPE_PADDING = 29, TYPE_TIME_EXTEND = 30, TYPE_TIME_STAMP = 31 };

#define DELTA_BITS 27

/* struct ring_buffer_event. The bit fields lie as the compiler of this machine's kernel laid them.
 */
struct head {
	uint32_t type_len : 5, time_delta : 27;
};

int page_layout_parse(const char *text, struct page_layout *ret)
{
	struct format f;
	struct page_layout l;

	if (format_parse(text, &f))
		return -EINVAL;
	l.timestamp = *format_find(&f, "timestamp");
	l.commit = *format_find(&f, "commit");
	l.data = *format_find(&f, "data");
	if (!l.timestamp.size || !l.commit.size || !l.data.size)
		return -EINVAL;
	*ret = l;
	return 0;
}

/* The count stands behind the records, where there was room for it. */
static uint64_t lost_before(const struct format_field *commit, uint32_t flags, const char *end,
			    size_t room)
{
	struct format_field count = { .size = commit->size };
	uint64_t lost;

	if (!(flags & RB_MISSED_EVENTS))
		return 0;
	lost = flags & RB_MISSED_STORED ? format_number(&count, end, room) : 0;
	return lost ?: 1;
}

/* The bytes of a record behind its head, and how many stand before the data. -EBADMSG: broken. */
static int record_len(const struct head *h, uint32_t first, size_t *ret_skip, size_t *ret_len)
{
	*ret_skip = sizeof(*h);
	*ret_len = h->type_len * 4u;
	if (h->type_len == TYPE_PADDING) {
		*ret_len = first;
	} else if (!h->type_len) {
		/* The length counts itself. */
		if (first < sizeof(first))
			return -EBADMSG;
		*ret_len = first - sizeof(first);
		*ret_skip += sizeof(first);
	}
	return 0;
}

static int walk(const char *p, const char *end, uint64_t time, page_fn fn, void *arg)
{
	struct head h;
	uint32_t first;
	int err;

	while (end - p >= (ptrdiff_t)(sizeof(h) + sizeof(first))) {
		size_t len, skip;

		memcpy(&h, p, sizeof(h));
		memcpy(&first, p + sizeof(h), sizeof(first));
		if (h.type_len == TYPE_TIME_EXTEND) {
			time += ((uint64_t)first << DELTA_BITS) + h.time_delta;
			p += 8;
			continue;
		}
		if (h.type_len == TYPE_TIME_STAMP) {
			/* Take the upper five bits from the page (TS_MSB). */
			time = (time & 0xf8ull << 56) | ((uint64_t)first << DELTA_BITS) |
			       h.time_delta;
			p += 8;
			continue;
		}
		if (h.type_len == TYPE_PADDING && !h.time_delta)
			return 0;
		time += h.time_delta;
		err = record_len(&h, first, &skip, &len);
		if (err)
			return err;
		if (len > (size_t)(end - p) - skip)
			return -EBADMSG;
		err = h.type_len == TYPE_PADDING ? 0 : fn(arg, time, p + skip, len);
		if (err)
			return err;
		p += skip + ((len + 3) & ~(size_t)3);
	}
	return 0;
}

int page_walk(const struct page_layout *l, const void *page, size_t len, page_fn fn, void *arg,
	      uint64_t *ret_lost)
{
	const char *data = (const char *)page + l->data.offset;
	uint32_t commit = format_number(&l->commit, page, len);
	uint32_t size = commit & COMMIT_MASK;

	if (len < l->data.offset || size > len - l->data.offset)
		return -EBADMSG;
	*ret_lost = lost_before(&l->commit, commit, data + size, len - l->data.offset - size);
	return walk(data, data + size, format_number(&l->timestamp, page, len), fn, arg);
}
