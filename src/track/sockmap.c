// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/sockmap.h"

#include <errno.h>
#include <stdlib.h>

/* Kernel addresses have the uppermost bit; cookies and inode numbers leave it and the two below
 * free. */
#define COOKIE (1ull << 62)
#define INODE (1ull << 61)

/* Fibonacci hashing: addresses differ in their middle bits. */
static size_t bucket_of(const struct sockmap *m, uint64_t key)
{
	size_t i = (key * 0x9E3779B97F4A7C15ull) >> 20 & (m->size - 1);

	while (m->buckets[i].key && m->buckets[i].key != key)
		i = (i + 1) & (m->size - 1);
	return i;
}

void sockmap_done(struct sockmap *m)
{
	free(m->buckets);
	*m = (struct sockmap){};
}

static size_t get(const struct sockmap *m, uint64_t key)
{
	size_t i = bucket_of(m, key);

	return m->buckets[i].key ? m->buckets[i].index : SIZE_MAX;
}

size_t sockmap_get(const struct sockmap *m, const struct identity *id)
{
	size_t i = SIZE_MAX;

	if (!m->size)
		return i;
	if (id->cookie)
		i = get(m, id->cookie | COOKIE);
	if (i == SIZE_MAX && id->inode)
		i = get(m, id->inode | INODE);
	if (i == SIZE_MAX && id->sk)
		i = get(m, id->sk);
	return i;
}

static int grow(struct sockmap *m)
{
	struct sockmap bigger = { .size = m->size ? m->size * 2 : 64 };

	bigger.buckets = calloc(bigger.size, sizeof(*bigger.buckets));
	if (!bigger.buckets)
		return -ENOMEM;
	for (size_t i = 0; i < m->size; i++)
		if (m->buckets[i].key)
			bigger.buckets[bucket_of(&bigger, m->buckets[i].key)] = m->buckets[i];
	bigger.nr = m->nr;
	free(m->buckets);
	*m = bigger;
	return 0;
}

static int put(struct sockmap *m, uint64_t key, size_t index)
{
	size_t i;

	if ((m->nr + 1) * 2 > m->size && grow(m))
		return -ENOMEM;
	i = bucket_of(m, key);
	if (m->buckets[i].key && m->buckets[i].index != SIZE_MAX)
		return 0;
	m->nr += !m->buckets[i].key;
	m->buckets[i].key = key;
	m->buckets[i].index = index;
	return 0;
}

int sockmap_put(struct sockmap *m, const struct identity *id, size_t index)
{
	int err = id->sk ? put(m, id->sk, index) : 0;

	if (!err && id->cookie)
		err = put(m, id->cookie | COOKIE, index);
	if (!err && id->inode)
		err = put(m, id->inode | INODE, index);
	return err;
}

void sockmap_renumber(struct sockmap *m, const size_t *to)
{
	for (size_t i = 0; i < m->size; i++)
		if (m->buckets[i].key && m->buckets[i].index != SIZE_MAX)
			m->buckets[i].index = to[m->buckets[i].index];
}
