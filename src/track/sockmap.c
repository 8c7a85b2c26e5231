// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/sockmap.h"

#include <errno.h>
#include <stdlib.h>

/* Fibonacci hashing: addresses differ in their middle bits. */
static size_t place(const struct sockmap *m, uint64_t sk)
{
	size_t i = (sk * 0x9E3779B97F4A7C15ull) >> 20 & (m->size - 1);

	while (m->slots[i].sk && m->slots[i].sk != sk)
		i = (i + 1) & (m->size - 1);
	return i;
}

void sockmap_done(struct sockmap *m)
{
	free(m->slots);
	*m = (struct sockmap){};
}

size_t sockmap_get(const struct sockmap *m, uint64_t sk)
{
	size_t i;

	if (!m->size || !sk)
		return SIZE_MAX;
	i = place(m, sk);
	return m->slots[i].sk ? m->slots[i].index : SIZE_MAX;
}

static int grow(struct sockmap *m)
{
	struct sockmap bigger = { .size = m->size ? m->size * 2 : 64 };

	bigger.slots = calloc(bigger.size, sizeof(*bigger.slots));
	if (!bigger.slots)
		return -ENOMEM;
	for (size_t i = 0; i < m->size; i++)
		if (m->slots[i].sk)
			bigger.slots[place(&bigger, m->slots[i].sk)] = m->slots[i];
	bigger.nr = m->nr;
	free(m->slots);
	*m = bigger;
	return 0;
}

int sockmap_put(struct sockmap *m, uint64_t sk, size_t index)
{
	size_t i;

	if ((m->nr + 1) * 2 > m->size && grow(m))
		return -ENOMEM;
	i = place(m, sk);
	if (m->slots[i].sk)
		return 0;
	m->slots[i].sk = sk;
	m->slots[i].index = index;
	m->nr++;
	return 0;
}
