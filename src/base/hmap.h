/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hmap: rows found by a key of fixed size, with which each row begins. The rows lie one behind
 * the other in the order they were added, so walking them is walking an array; none is
 * ever removed but all at once.
 *
 *	struct hmap m = HMAP(struct cell, key);
 *	struct cell *c = hmap_put(&m, &key);		NULL: out of memory
 *	for (size_t i = 0; i < m.nr; i++)
 *		use(hmap_row(&m, i));
 *	hmap_done(&m);
 *
 * A key is compared byte by byte: zero its padding. Its size is a multiple of 8.
 * A pointer to a row is good until the next row is added.
 */
#ifndef BASE_HMAP_H
#define BASE_HMAP_H

#include <stddef.h>
#include <stdint.h>

struct hmap {
	size_t row_size, key_size;
	size_t nr, cap;
	char *rows;
	uint32_t *slots; /* row number + 1; 0: free */
	size_t nr_slots; /* a power of two */
};

#define HMAP(type, key)                                                                            \
	{                                                                                          \
		.row_size = sizeof(type),                                                          \
		.key_size = sizeof(((type *)0)->key) +                                             \
			    0 * sizeof(char[offsetof(type, key) == 0 &&                            \
							    sizeof(((type *)0)->key) % 8 == 0 ?    \
						    1 :                                            \
						    -1])                                           \
	}

void hmap_done(struct hmap *m);
/* Removes all rows; keeps the memory, unless it is far more than they needed. */
void hmap_clear(struct hmap *m);

/* NULL: there is none. */
void *hmap_get(const struct hmap *m, const void *key);
/* The row, zeroed but for its key if it is new. NULL: out of memory. */
void *hmap_put(struct hmap *m, const void *key);

/* Of any key whose size is a multiple of 8. */
uint64_t hmap_hash(const void *key, size_t size);

static inline void *hmap_row(const struct hmap *m, size_t i)
{
	return m->rows + i * m->row_size;
}

#endif
