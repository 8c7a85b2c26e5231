// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/elements.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

#define BATCH 4096

/* ---- one by one ---- */

/* Elements with their keys, some of them twice. */
struct collection {
	size_t key_size, size; /* of a key; of a key and its value */
	char *rows;
	size_t nr, cap;
};

static void collection_done(struct collection *c)
{
	free(c->rows);
}

static char *add_row(struct collection *c)
{
	size_t cap = c->nr < c->cap ? c->cap : c->cap * 2 + BATCH;
	char *rows = cap == c->cap ? c->rows : reallocarray(c->rows, cap, c->size);

	if (!rows)
		return NULL;
	c->rows = rows;
	c->cap = cap;
	return rows + c->nr * c->size;
}

static int by_key(const void *a, const void *b, void *arg)
{
	const struct collection *c = arg;

	return memcmp(a, b, c->key_size);
}

/* The kernel begins anew after a key that was removed meanwhile: what is met again then counts
 * once. -EAGAIN: so much was added and removed that the map has no end. */
static int collect(int fd, size_t most, struct collection *c)
{
	char *row, *last = NULL;

	while (c->nr < most) {
		row = add_row(c);
		if (!row)
			return -ENOMEM;
		last = c->nr ? row - c->size : NULL;
		if (bpf_map_get_next_key(fd, last, row))
			return errno == ENOENT ? 0 : -errno;
		if (!bpf_map_lookup_elem(fd, row, row + c->key_size))
			c->nr++;
		else if (errno != ENOENT)
			return -errno;
	}
	return -EAGAIN;
}

static int each_of(struct collection *c, int (*fn)(void *arg, const void *key, const void *value),
		   void *arg)
{
	int err = 0;

	if (c->nr)
		qsort_r(c->rows, c->nr, c->size, by_key, c);
	for (size_t i = 0; i < c->nr && !err; i++) {
		const char *row = c->rows + i * c->size;

		if (!i || by_key(row - c->size, row, c) != 0)
			err = fn(arg, row, row + c->key_size);
	}
	return err;
}

static int cannot_read(enum map_id id, int err)
{
	return failed(err, "cannot read the map %s: %s", map_rows[id].name, strerror(-err));
}

/* Read the map without batches, in ten times the time. c: empty, with its sizes. */
static int one_by_one(int fd, enum map_id id, struct collection *c,
		      int (*fn)(void *arg, const void *key, const void *value), void *arg)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);
	int err = bpf_obj_get_info_by_fd(fd, &info, &len) ? -errno : 0;

	if (!err)
		err = collect(fd, info.max_entries * 4ul, c);
	return err ? cannot_read(id, err) : each_of(c, fn, arg);
}

/* ---- in batches ---- */

int elements_each(struct tracker *t, enum map_id id, size_t key_size, size_t value_size,
		  int (*fn)(void *arg, const void *key, const void *value), void *arg)
{
	_cleanup_(collection_done) struct collection singly = { .key_size = key_size,
								.size = key_size + value_size };
	_cleanup_free_ char *keys = NULL, *values = NULL;
	__u32 bucket, room = BATCH / 2, *from = NULL, nr;
	int fd = tracker_map(t, id), err = 0, r = -ENOSPC;

	if (fd < 0)
		return fd;
	while (!err && r != -ENOENT) { /* which means: these were the last */
		if (r == -ENOSPC) {    /* a bucket holds more than a batch */
			free(keys);
			free(values);
			room *= 2;
			keys = calloc(room, key_size);
			values = calloc(room, value_size);
			if (!keys || !values)
				return failed(-ENOMEM, "out of memory");
		}
		nr = room;
		r = bpf_map_lookup_batch(fd, from, &bucket, keys, values, &nr, NULL) ? -errno : 0;
		if (r == -ENOSPC)
			continue;
		if (r && r != -ENOENT)
			return from ? cannot_read(id, r) : one_by_one(fd, id, &singly, fn, arg);
		for (__u32 i = 0; i < nr && !err; i++)
			err = fn(arg, keys + i * key_size, values + i * value_size);
		from = &bucket;
	}
	return err;
}
