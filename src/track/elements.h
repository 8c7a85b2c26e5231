/* SPDX-License-Identifier: GPL-2.0-or-later */
/* elements: every element of a hash map, read in batches, or one by one where the kernel refuses
 * that. */
#ifndef TRACK_ELEMENTS_H
#define TRACK_ELEMENTS_H

#include "track/internal.h"

/* The first error of fn ends it. What is added or removed meanwhile may be missed; nothing that
 * stays is. */
int elements_each(struct tracker *t, enum map_id id, size_t key_size, size_t value_size,
		  int (*fn)(void *arg, const void *key, const void *value), void *arg);

#endif
