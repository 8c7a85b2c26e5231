// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/btfnames.h"

#include <bpf/btf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/fnv.h"

void btfnames_done(struct btfnames *names)
{
	free(names->list.v);
	*names = (struct btfnames){};
}

/* Without the flavour: up to the last "___" that has other characters around it. */
static size_t plain_len(const char *name)
{
	size_t len = strlen(name);

	for (size_t i = len >= 5 ? len - 4 : 0; i-- > 0;)
		if (!memcmp(name + i + 1, "___", 3) && name[i] != '_' && name[i + 4] != '_')
			return i + 1;
	return len;
}

static const char *name_of(const struct btf *btf, const struct btf_type *t)
{
	return btf__name_by_offset(btf, t->name_off);
}

static bool is_named(const struct btf_type *t)
{
	return t->name_off && (btf_is_composite(t) || btf_is_any_enum(t) || btf_is_typedef(t));
}

int btfnames_add(struct btfnames *names, const struct btf *btf)
{
	for (uint32_t id = 1; id < btf__type_cnt(btf); id++) {
		const struct btf_type *t = btf__type_by_id(btf, id);
		const char *name = name_of(btf, t);
		struct btfname *new;

		if (!is_named(t))
			continue;
		new = VEC_ADD(&names->list);
		if (!new)
			return -ENOMEM;
		*new = (struct btfname){ fnv_add(FNV_START, name, plain_len(name)), btf, id };
	}
	return 0;
}

static int by_hash(const void *a, const void *b)
{
	const struct btfname *x = a, *y = b;

	return x->hash < y->hash ? -1 : x->hash > y->hash;
}

void btfnames_sort(struct btfnames *names)
{
	VEC_SORT(&names->list, by_hash);
}

static size_t first_with(const struct btfnames *names, uint64_t hash)
{
	size_t from = 0, to = names->list.nr;

	while (from < to) {
		size_t middle = (from + to) / 2;

		if (names->list.v[middle].hash < hash)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

static bool matches(const struct btfname *n, const char *name, size_t len, const struct btf_type *t)
{
	const struct btf_type *other = btf__type_by_id(n->btf, n->id);
	const char *other_name = name_of(n->btf, other);

	return btf_kind_core_compat(t, other) && plain_len(other_name) == len &&
	       !memcmp(other_name, name, len);
}

const struct btfname *btfnames_next(const struct btfnames *names, const struct btf *btf,
				    uint32_t id, const struct btfname *previous)
{
	const struct btf_type *t = btf__type_by_id(btf, id);
	const char *name = name_of(btf, t);
	size_t len, i;
	uint64_t hash;

	if (!is_named(t))
		return NULL;
	len = plain_len(name);
	hash = fnv_add(FNV_START, name, len);
	i = previous ? (size_t)(previous - names->list.v) + 1 : first_with(names, hash);
	for (; i < names->list.nr && names->list.v[i].hash == hash; i++)
		if (matches(&names->list.v[i], name, len, t))
			return &names->list.v[i];
	return NULL;
}
