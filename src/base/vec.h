/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vec: arrays that grow. */
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include <stddef.h>

/* A zeroed new element at the end of an array, NULL when out of memory. */
void *vec_grow(void **array, size_t *nr, size_t *cap, size_t size);

#define VEC(type)                                                                                  \
	struct {                                                                                   \
		type *v;                                                                           \
		size_t nr, cap;                                                                    \
	}

/* Good until the next one is added. */
#define VEC_ADD(vec)                                                                               \
	({                                                                                         \
		void *array_ = (vec)->v;                                                           \
		void *new_ = vec_grow(&array_, &(vec)->nr, &(vec)->cap, sizeof(*(vec)->v));        \
		(vec)->v = array_;                                                                 \
		(__typeof__((vec)->v))new_;                                                        \
	})

#define VEC_SORT(vec, compare)                                                                     \
	do {                                                                                       \
		if ((vec)->nr)                                                                     \
			qsort((vec)->v, (vec)->nr, sizeof(*(vec)->v), compare);                    \
	} while (0)

#endif
