// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/vec.h"

#include <stdlib.h>
#include <string.h>

void *vec_grow(void **array, size_t *nr, size_t *cap, size_t size)
{
	char *element;

	if (*nr == *cap) {
		size_t want = *cap ? *cap * 2 : 16;
		void *bigger = reallocarray(*array, want, size);

		if (!bigger)
			return NULL;
		*array = bigger;
		*cap = want;
	}
	element = (char *)*array + *nr * size;
	memset(element, 0, size);
	++*nr;
	return element;
}
