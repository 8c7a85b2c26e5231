/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * btfnames: types of one or several BTFs by name, as libbpf matches the types of an object with
 * those of the kernel: what follows "___" in a name does not count. Only structs, unions, enums and
 * typedefs are found.
 *
 *	_cleanup_(btfnames_done) struct btfnames names = {};
 *	err = btfnames_add(&names, btf);			as often as needed
 *	btfnames_sort(&names);
 *	while ((n = btfnames_next(&names, kernel, id, n)))	all that match one type
 */
#ifndef TRACK_BTFNAMES_H
#define TRACK_BTFNAMES_H

#include <stdint.h>

#include "base/vec.h"

struct btf;

struct btfname {
	uint64_t hash;
	const struct btf *btf;
	uint32_t id;
};

struct btfnames {
	VEC(struct btfname) list;
};

void btfnames_done(struct btfnames *names);

/* Add the named types of a BTF, which must outlive names. 0 or -ENOMEM. */
int btfnames_add(struct btfnames *names, const struct btf *btf);
void btfnames_sort(struct btfnames *names);

/* Return the next after previous (NULL: the first) that has the name and kind of this type. */
const struct btfname *btfnames_next(const struct btfnames *names, const struct btf *btf,
				    uint32_t id, const struct btfname *previous);

#endif
