// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/hmap.h"

#include <stdlib.h>
#include <string.h>

/* Two multiplications a word: keys differ in a few bits anywhere. */
uint64_t hmap_hash(const void *key, size_t size)
{
	uint64_t h = 0x9E3779B97F4A7C15ull, word;

	for (size_t i = 0; i < size; i += sizeof(word)) {
		memcpy(&word, (const char *)key + i, sizeof(word));
		h = (h ^ word) * 0xFF51AFD7ED558CCDull;
		h ^= h >> 32;
	}
	return h * 0xC4CEB9FE1A85EC53ull;
}

void hmap_done(struct hmap *m)
{
	free(m->rows);
	free(m->slots);
	*m = (struct hmap){ .row_size = m->row_size, .key_size = m->key_size };
}

/* Give memory back that was needed only once, because readers live for months. */
#define CAP_KEPT 1024

void hmap_clear(struct hmap *m)
{
	if (m->cap > CAP_KEPT && m->nr < m->cap / 8) {
		hmap_done(m);
		return;
	}
	m->nr = 0;
	if (m->slots)
		memset(m->slots, 0, m->nr_slots * sizeof(*m->slots));
}

/* The slot that has this key, or where it would go. */
static uint32_t *place(const struct hmap *m, const void *key)
{
	size_t i = hmap_hash(key, m->key_size) >> 20 & (m->nr_slots - 1);

	while (m->slots[i] && memcmp(hmap_row(m, m->slots[i] - 1), key, m->key_size) != 0)
		i = (i + 1) & (m->nr_slots - 1);
	return &m->slots[i];
}

void *hmap_get(const struct hmap *m, const void *key)
{
	uint32_t *slot = m->nr ? place(m, key) : NULL;

	return slot && *slot ? hmap_row(m, *slot - 1) : NULL;
}

static int grow(struct hmap *m)
{
	size_t cap = m->cap ? m->cap * 2 : 64;
	uint32_t *slots;
	char *rows;

	rows = reallocarray(m->rows, cap, m->row_size);
	if (!rows)
		return -1;
	m->rows = rows;
	slots = calloc(cap * 2, sizeof(*slots));
	if (!slots)
		return -1;
	free(m->slots);
	m->slots = slots;
	m->nr_slots = cap * 2;
	m->cap = cap;
	for (size_t i = 0; i < m->nr; i++)
		*place(m, hmap_row(m, i)) = i + 1;
	return 0;
}

void *hmap_put(struct hmap *m, const void *key)
{
	void *row = hmap_get(m, key);

	if (row)
		return row;
	if (m->nr == m->cap && grow(m))
		return NULL;
	row = hmap_row(m, m->nr);
	memset(row, 0, m->row_size);
	memcpy(row, key, m->key_size);
	*place(m, key) = ++m->nr;
	return row;
}
