// SPDX-License-Identifier: GPL-2.0-or-later
#include "live/tracebuf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

#define BUFFERS_KB 16384 /* of all CPUs together */
#define MIN_BUFFER_KB 256
#define MAX_BUFFER_KB 4096
#define PAGE_MAX 65536
#define BATCH 32768 /* records that are sorted at a time */

static const struct trace_format *format_of(const struct tracebuf *b, const void *record,
					    size_t len)
{
	uint32_t id = trace_id(&b->formats[0], record, len);

	for (size_t i = 0; i < b->nr_formats; i++)
		if (b->formats[i].id == id)
			return &b->formats[i];
	return NULL;
}

static int on_record(void *arg, uint64_t time_ns, const void *record, size_t len)
{
	struct tracebuf *b = arg;
	const struct trace_format *format = format_of(b, record, len);
	struct trace *t;

	if (!format)
		return 0;
	t = VEC_ADD(&b->records);
	if (!t)
		return -ENOMEM;
	trace_decode(format, time_ns, record, len, t);
	t->time_ns -= clock_timens_offset_ns();
	t->seq = b->read++;
	return 0;
}

/* Read what a CPU has. Return 1 if there is more. */
static int read_cpu(struct tracebuf *b, int fd)
{
	static char page[PAGE_MAX];
	uint64_t lost = 0;
	ssize_t n;
	int err;

	while ((n = read(fd, page, sizeof(page))) > 0) {
		err = page_walk(&b->layout, page, (size_t)n, on_record, b, &lost);
		if (err == -EBADMSG)
			lost++;
		else if (err)
			return err;
		b->lost += lost;
		if (b->records.nr >= BATCH)
			return 1;
	}
	return n < 0 && errno != EAGAIN && errno != EINTR ? -errno : 0;
}

static int by_time(const void *a, const void *b)
{
	const struct trace *x = a, *y = b;

	if (x->time_ns != y->time_ns)
		return x->time_ns < y->time_ns ? -1 : 1;
	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

int tracebuf_read(struct tracebuf *b, uint64_t *ret_until)
{
	uint64_t until = clock_boot_ns();
	int err;

	for (size_t i = 0; i < b->instance.nr_cpus; i++) {
		err = read_cpu(b, b->instance.cpus[i]);
		if (err < 0)
			return err;
		if (err == 1 && b->records.v[b->records.nr - 1].time_ns < until)
			until = b->records.v[b->records.nr - 1].time_ns;
	}
	*ret_until = until;
	return 0;
}

int tracebuf_tell(struct tracebuf *b, uint64_t until, int (*fn)(void *arg, const struct trace *t),
		  void *arg)
{
	size_t told = 0;
	int err = 0;

	VEC_SORT(&b->records, by_time);
	while (!err && told < b->records.nr && b->records.v[told].time_ns <= until)
		err = fn(arg, &b->records.v[told++]);
	b->records.nr -= told;
	if (b->records.nr)
		memmove(b->records.v, b->records.v + told, b->records.nr * sizeof(*b->records.v));
	return err;
}

static int read_formats(struct tracebuf *b)
{
	char text[INSTANCE_TEXT_MAX], path[128];
	int err = instance_read(&b->instance, "events/header_page", text, sizeof(text));

	if (err || page_layout_parse(text, &b->layout))
		return err ?: -EOPNOTSUPP;
	b->formats = calloc(trace_nr_events, sizeof(*b->formats));
	if (!b->formats)
		return -ENOMEM;
	for (size_t i = 0; i < trace_nr_events; i++) {
		const struct trace_event *e = &trace_events[i];

		snprintf(path, sizeof(path), "events/%s/format", e->name);
		err = instance_read(&b->instance, path, text, sizeof(text));
		if (!err && trace_format_parse(e, text, &b->formats[b->nr_formats]))
			err = -EOPNOTSUPP;
		if (!err)
			b->nr_formats++;
		else if (e->kind != TRACE_RESET)
			return err;
	}
	return 0;
}

static int enable(const struct tracebuf *b)
{
	for (size_t i = 0; i < b->nr_formats; i++) {
		int err = instance_enable(&b->instance, b->formats[i].event->name);

		if (err)
			return err;
	}
	return 0;
}

static uint32_t buffer_kb(void)
{
	uint32_t kb = BUFFERS_KB / instance_count_cpus();

	return kb < MIN_BUFFER_KB ? MIN_BUFFER_KB : kb > MAX_BUFFER_KB ? MAX_BUFFER_KB : kb;
}

int tracebuf_open(struct tracebuf *b)
{
	int err = instance_open(&b->instance, buffer_kb());

	if (err)
		return err;
	err = read_formats(b);
	return err ?: enable(b);
}

void tracebuf_close(struct tracebuf *b)
{
	if (b->instance.name[0])
		instance_close(&b->instance);
	free(b->formats);
	free(b->records.v);
}
