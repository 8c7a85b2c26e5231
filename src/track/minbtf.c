// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Three steps: find the kernel's types by name, walk each beside the object's type of that name to
 * note the members that the object names, write what was noted. The rules are those by which
 * libbpf resolves a relocation (its relo_core.c).
 */
#include "track/minbtf.h"

#include <bpf/btf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/hmap.h"
#include "base/vec.h"
#include "track/btfnames.h"

/* A member of a kernel type. */
struct member {
	struct member_key {
		uint32_t type, index;
	} key;
};

struct maker {
	const struct btf *kernel;
	struct btf *out;
	struct btfnames wanted; /* the types of the objects */
	VEC(uint32_t) roots;	/* kernel types with a wanted name */
	struct hmap members;	/* struct member: those to be written */
	uint32_t *written;	/* by id in the kernel: id in out; 0: not yet */
	int void_ptr;		/* id in out; 0: not yet */
};

static void maker_done(struct maker *m)
{
	btf__free(m->out);
	btfnames_done(&m->wanted);
	free(m->roots.v);
	hmap_done(&m->members);
	free(m->written);
}

static const char *kernel_name(const struct maker *m, uint32_t offset)
{
	return btf__name_by_offset(m->kernel, offset);
}

static uint32_t resolve(const struct btf *btf, uint32_t id)
{
	const struct btf_type *t = btf__type_by_id(btf, id);

	while (btf_is_mod(t) || btf_is_typedef(t)) {
		id = t->type;
		t = btf__type_by_id(btf, id);
	}
	return id;
}

/* ---- note what the objects name ---- */

static int note(struct maker *m, uint32_t type, uint32_t index)
{
	return hmap_put(&m->members, &(struct member_key){ type, index }) ? 0 : -ENOMEM;
}

static bool is_noted(const struct maker *m, uint32_t type, uint32_t index)
{
	return hmap_get(&m->members, &(struct member_key){ type, index }) != NULL;
}

/* An array of no elements is a flexible one only at the end: its successor comes along. */
static int note_member(struct maker *m, uint32_t type, uint32_t index)
{
	const struct btf_type *t = btf__type_by_id(m->kernel, type);
	const struct btf_type *member =
		btf__type_by_id(m->kernel, resolve(m->kernel, btf_members(t)[index].type));
	int err = note(m, type, index);

	if (err || !btf_is_array(member) || btf_array(member)->nelems || index + 1u == btf_vlen(t))
		return err;
	return note(m, type, index + 1);
}

static int note_type(struct maker *m, const struct btf *btf, uint32_t local, uint32_t kernel);

/* 1: found, 0: the type has no such member. Members of anonymous members are the type's own. */
static int note_named(struct maker *m, const struct btf *btf, const struct btf_member *local,
		      uint32_t kernel)
{
	const struct btf_type *t = btf__type_by_id(m->kernel, kernel);
	const char *wanted = btf__name_by_offset(btf, local->name_off);
	int found = 0, err;

	for (uint32_t i = 0; btf_is_composite(t) && i < btf_vlen(t); i++) {
		const struct btf_member *member = &btf_members(t)[i];

		if (!member->name_off)
			found = note_named(m, btf, local, resolve(m->kernel, member->type));
		else if (!strcmp(kernel_name(m, member->name_off), wanted))
			found = note_type(m, btf, local->type, member->type) ?: 1;
		if (!found)
			continue;
		err = found < 0 ? found : note_member(m, kernel, i);
		return err ? err : 1;
	}
	return 0;
}

static int note_members(struct maker *m, const struct btf *btf, const struct btf_type *local,
			uint32_t kernel)
{
	for (uint32_t i = 0; i < btf_vlen(local); i++) {
		const struct btf_member *member = &btf_members(local)[i];
		const struct btf_type *t = btf__type_by_id(btf, resolve(btf, member->type));
		int err = 0;

		if (member->name_off)
			err = note_named(m, btf, member, kernel);
		else if (btf_is_composite(t))
			err = note_members(m, btf, t, kernel);
		if (err < 0)
			return err;
	}
	return 0;
}

static int note_type(struct maker *m, const struct btf *btf, uint32_t local, uint32_t kernel)
{
	const struct btf_type *lt, *kt;

	for (;;) {
		local = resolve(btf, local);
		kernel = resolve(m->kernel, kernel);
		lt = btf__type_by_id(btf, local);
		kt = btf__type_by_id(m->kernel, kernel);
		if (!btf_is_array(lt) || !btf_is_array(kt))
			break;
		local = btf_array(lt)->type;
		kernel = btf_array(kt)->type;
	}
	if (!btf_is_composite(lt) || !btf_is_composite(kt))
		return 0;
	return note_members(m, btf, lt, kernel);
}

static int note_root(struct maker *m, uint32_t id)
{
	const struct btfname *w = NULL;
	uint32_t *root = NULL;
	int err;

	while ((w = btfnames_next(&m->wanted, m->kernel, id, w))) {
		root = root ?: VEC_ADD(&m->roots);
		if (!root)
			return -ENOMEM;
		*root = id;
		err = note_type(m, w->btf, w->id, id);
		if (err)
			return err;
	}
	return 0;
}

/* ---- write ---- */

static int write_type(struct maker *m, uint32_t id);

static int write_members(struct maker *m, uint32_t id)
{
	const struct btf_type *t = btf__type_by_id(m->kernel, id);
	int err = 0;

	for (uint32_t i = 0; !err && i < btf_vlen(t); i++) {
		const struct btf_member *member = &btf_members(t)[i];

		if (is_noted(m, id, i))
			err = btf__add_field(m->out, kernel_name(m, member->name_off),
					     write_type(m, member->type),
					     btf_member_bit_offset(t, i),
					     btf_member_bitfield_size(t, i));
	}
	return err;
}

/* The members' types go first: fields can only be added to the last type. */
static int write_composite(struct maker *m, uint32_t id)
{
	const struct btf_type *t = btf__type_by_id(m->kernel, id);
	const char *name = kernel_name(m, t->name_off);
	int new, err;

	for (uint32_t i = 0; i < btf_vlen(t); i++) {
		err = is_noted(m, id, i) ? write_type(m, btf_members(t)[i].type) : 0;
		if (err < 0)
			return err;
	}
	new = btf_is_union(t) ? btf__add_union(m->out, name, t->size) :
				btf__add_struct(m->out, name, t->size);
	err = new < 0 ? new : write_members(m, id);
	return err ? err : new;
}

static int write_array(struct maker *m, const struct btf_array *a)
{
	int index = write_type(m, a->index_type), element = write_type(m, a->type);

	if (index < 0 || element < 0)
		return index < 0 ? index : element;
	return btf__add_array(m->out, index, element, a->nelems);
}

static int write_new(struct maker *m, uint32_t id)
{
	const struct btf_type *t = btf__type_by_id(m->kernel, id);

	switch (btf_kind(t)) {
	case BTF_KIND_INT:
	case BTF_KIND_FLOAT:
	case BTF_KIND_FWD:
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64: /* they refer to no other type */
		return btf__add_type(m->out, m->kernel, t);
	case BTF_KIND_PTR:
		m->void_ptr = m->void_ptr ?: btf__add_ptr(m->out, 0);
		return m->void_ptr;
	case BTF_KIND_ARRAY:
		return write_array(m, btf_array(t));
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return write_composite(m, id);
	case BTF_KIND_FUNC_PROTO: /* of a typedef */
		return 0;
	default:
		return -EOPNOTSUPP;
	}
}

/* The id in the new BTF; 0 is void. Types of members lose typedefs and qualifiers. */
static int write_type(struct maker *m, uint32_t id)
{
	int new;

	id = resolve(m->kernel, id);
	if (!id || m->written[id])
		return id ? (int)m->written[id] : 0;
	new = write_new(m, id);
	if (new > 0)
		m->written[id] = new;
	return new;
}

static int write_root(struct maker *m, uint32_t id)
{
	const struct btf_type *t = btf__type_by_id(m->kernel, id);
	int new = write_type(m, id);

	if (new >= 0 && btf_is_typedef(t))
		new = btf__add_typedef(m->out, kernel_name(m, t->name_off), new);
	return new < 0 ? new : 0;
}

static int make(struct maker *m, const struct btf *const objects[], size_t nr)
{
	int err = 0;

	for (size_t i = 0; !err && i < nr; i++)
		err = btfnames_add(&m->wanted, objects[i]);
	btfnames_sort(&m->wanted);
	for (uint32_t id = 1; !err && id < btf__type_cnt(m->kernel); id++)
		err = note_root(m, id);
	for (size_t i = 0; !err && i < m->roots.nr; i++)
		err = write_root(m, m->roots.v[i]);
	return err;
}

int minbtf_make(const struct btf *kernel, const struct btf *const objects[], size_t nr,
		struct btf **ret)
{
	_cleanup_(maker_done) struct maker m = { .kernel = kernel,
						 .members = HMAP(struct member, key) };
	int err;

	m.out = btf__new_empty();
	m.written = calloc(btf__type_cnt(kernel), sizeof(*m.written));
	if (!m.out || !m.written)
		return -ENOMEM;
	err = make(&m, objects, nr);
	if (err)
		return err;
	*ret = TAKE_PTR(m.out);
	return 0;
}
