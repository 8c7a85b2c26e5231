// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/minbtf.h"

#include <bpf/btf.h>
#include <errno.h>

#include "unit.h"

DEFINE_CLEANUP(struct btf *, btf__free);

static struct btf *empty(void)
{
	struct btf *btf = btf__new_empty();

	assert_non_null(btf);
	return btf;
}

static int integer(struct btf *btf)
{
	int id = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);

	assert_true(id > 0);
	return id;
}

static void field(struct btf *btf, const char *name, int type, unsigned int byte)
{
	assert_int_equal(btf__add_field(btf, name, type, byte * 8, 0), 0);
}

/* A struct of ints, one behind the other. */
static int ints(struct btf *btf, const char *name, unsigned int size, const char *const *fields)
{
	int type = integer(btf), id = btf__add_struct(btf, name, size);

	assert_true(id > 0);
	for (unsigned int i = 0; fields[i]; i++)
		field(btf, fields[i], type, 4 * i);
	return id;
}

#define INTS(btf, name, size, ...) ints(btf, name, size, (const char *const[]){ __VA_ARGS__, NULL })

/* "name/size{member@bit member@bit:bits{...}}", "enum name/size=2", "" for what is not there. */
static void show_type(struct strbuf *sb, const struct btf *btf, int id)
{
	const struct btf_type *t = btf__type_by_id(btf, id);
	const char *name = btf__name_by_offset(btf, t->name_off);

	if (btf_is_typedef(t)) {
		strbuf_addf(sb, "typedef %s ", name);
		show_type(sb, btf, t->type);
	} else if (btf_is_array(t)) {
		strbuf_addf(sb, "[%u]", btf_array(t)->nelems);
		show_type(sb, btf, btf_array(t)->type);
	} else if (btf_is_ptr(t)) {
		strbuf_addf(sb, "*%u", t->type);
	} else if (btf_is_any_enum(t)) {
		strbuf_addf(sb, "enum %s/%u=%u%s", name, t->size, btf_vlen(t),
			    btf_kflag(t) ? " signed" : "");
	} else {
		strbuf_addf(sb, "%s/%u", name, t->size);
	}
	if (!btf_is_composite(t))
		return;
	strbuf_addc(sb, '{');
	for (uint32_t i = 0; i < btf_vlen(t); i++) {
		strbuf_addf(sb, "%s%s@%u", i ? " " : "",
			    btf__name_by_offset(btf, btf_members(t)[i].name_off),
			    btf_member_bit_offset(t, i));
		if (btf_member_bitfield_size(t, i))
			strbuf_addf(sb, ":%u", btf_member_bitfield_size(t, i));
		if (!btf_is_int(btf__type_by_id(btf, btf_members(t)[i].type)))
			show_type(sb, btf, btf_members(t)[i].type);
	}
	strbuf_addc(sb, '}');
}

/* Every type of the name, one a line. */
static void assert_types(const struct btf *btf, const char *name, const char *expected)
{
	_cleanup_(strbuf_done) struct strbuf sb = {};

	for (uint32_t id = 1; id < btf__type_cnt(btf); id++) {
		const struct btf_type *t = btf__type_by_id(btf, id);

		if (strcmp(btf__name_by_offset(btf, t->name_off), name))
			continue;
		if (sb.len)
			strbuf_addc(&sb, '\n');
		show_type(&sb, btf, id);
	}
	assert_string_equal(strbuf_str(&sb), expected);
}

static struct btf *minimise(const struct btf *kernel, const struct btf *local)
{
	struct btf *min = NULL;

	assert_int_equal(minbtf_make(kernel, &local, 1, &min), 0);
	return min;
}

static void only_named_members_are_kept(void **state)
{
	_cleanup_(btf__free_p) struct btf *kernel = empty(), *local = empty(), *min = NULL;

	(void)state;
	INTS(kernel, "task", 64, "a", "b", "c", "d");
	INTS(kernel, "other", 8, "a", "b");
	INTS(local, "task", 8, "d", "b", "gone");
	INTS(local, "missing", 4, "a");
	min = minimise(kernel, local);
	assert_types(min, "task", "task/64{b@32 d@96}");
	assert_types(min, "other", "");
	assert_types(min, "missing", "");
}

static void flavours_of_several_objects_add_up(void **state)
{
	_cleanup_(btf__free_p) struct btf *kernel = empty(), *one = empty(), *two = empty();
	_cleanup_(btf__free_p) struct btf *min = NULL;

	(void)state;
	INTS(kernel, "file", 40, "a", "b", "c", "d");
	INTS(kernel, "file_", 4, "a");
	INTS(kernel, "file____b", 4, "a");
	INTS(kernel, "file___kernel", 20, "b", "d");
	INTS(one, "file___old", 4, "a");
	INTS(one, "file___new", 4, "d");
	INTS(two, "file", 4, "b");
	assert_int_equal(minbtf_make(kernel, (const struct btf *const[]){ one, two }, 2, &min), 0);
	assert_types(min, "file", "file/40{a@0 b@32 d@96}");
	/* libbpf looks at flavours of the kernel's, too, and at each of several types. */
	assert_types(min, "file___kernel", "file___kernel/20{b@0 d@32}");
	assert_types(min, "file_", "");
	assert_types(min, "file____b", "");
}

static void members_of_anonymous_members_are_found(void **state)
{
	_cleanup_(btf__free_p) struct btf *kernel = empty(), *local = empty(), *min = NULL;
	int inner, outer, type;

	(void)state;
	inner = INTS(kernel, NULL, 12, "x", "y", "z");
	outer = btf__add_union(kernel, NULL, 12);
	field(kernel, NULL, inner, 0);
	type = integer(kernel);
	btf__add_struct(kernel, "sock", 100);
	field(kernel, "a", type, 0);
	field(kernel, NULL, outer, 8);
	field(kernel, "b", type, 20);
	/* The object has another nesting. */
	inner = INTS(local, NULL, 8, "b", "y");
	btf__add_struct(local, "sock", 8);
	field(local, NULL, inner, 0);
	min = minimise(kernel, local);
	assert_types(min, "sock", "sock/100{@64/12{@0/12{y@32}} b@160}");
}

static void embedded_structs_arrays_and_pointers(void **state)
{
	_cleanup_(btf__free_p) struct btf *kernel = empty(), *local = empty(), *min = NULL;
	int type = integer(kernel), upid = INTS(kernel, "upid", 16, "nr", "ns"), array, ptr;

	(void)state;
	array = btf__add_const(kernel, btf__add_array(kernel, type, upid, 4));
	ptr = btf__add_ptr(kernel, upid);
	btf__add_struct(kernel, "pid", 200);
	field(kernel, "numbers", array, 8);
	field(kernel, "next", ptr, 80);
	field(kernel, "embedded", upid, 88);
	/* By another name: CO-RE does not compare those of embedded types. */
	type = integer(local);
	upid = INTS(local, "upid_of_ours", 4, "nr");
	array = btf__add_array(local, type, upid, 1);
	ptr = btf__add_ptr(local, upid);
	btf__add_struct(local, "pid", 200);
	field(local, "numbers", array, 0);
	field(local, "next", ptr, 16);
	min = minimise(kernel, local);
	assert_types(min, "pid", "pid/200{numbers@64[4]upid/16{nr@0} next@640*0}");
}

static void array_of_none_is_flexible_only_at_the_end(void **state)
{
	_cleanup_(btf__free_p) struct btf *kernel = empty(), *local = empty(), *min = NULL;
	int type = integer(kernel), array = btf__add_array(kernel, type, type, 0);

	(void)state;
	btf__add_struct(kernel, "last", 8);
	field(kernel, "a", type, 0);
	field(kernel, "list", array, 8);
	btf__add_struct(kernel, "middle", 8);
	field(kernel, "list", array, 0);
	field(kernel, "behind", type, 0);
	field(kernel, "more", type, 4);
	INTS(local, "last", 4, "list");
	INTS(local, "middle", 4, "list");
	min = minimise(kernel, local);
	assert_types(min, "last", "last/8{list@64[0]int/4}");
	assert_types(min, "middle", "middle/8{list@0[0]int/4 behind@0}");
}

static void bit_fields_keep_their_place(void **state)
{
	_cleanup_(btf__free_p) struct btf *kernel = empty(), *local = empty(), *min = NULL;
	int type = integer(kernel);

	(void)state;
	btf__add_struct(kernel, "flags", 8);
	assert_int_equal(btf__add_field(kernel, "a", type, 0, 3), 0);
	assert_int_equal(btf__add_field(kernel, "b", type, 3, 7), 0);
	assert_int_equal(btf__add_field(kernel, "c", type, 32, 0), 0);
	INTS(local, "flags", 8, "b", "c");
	min = minimise(kernel, local);
	assert_types(min, "flags", "flags/8{b@3:7 c@32}");
}

static void enums_and_typedefs_are_copied(void **state)
{
	_cleanup_(btf__free_p) struct btf *kernel = empty(), *local = empty(), *min = NULL;
	int inner, kind;

	(void)state;
	kind = btf__add_enum(kernel, "state", 4);
	assert_int_equal(btf__add_enum_value(kernel, "ONE", 1), 0);
	assert_int_equal(btf__add_enum_value(kernel, "LESS", -1), 0);
	assert_true(btf__add_enum64(kernel, "wide", 8, false) > 0);
	assert_int_equal(btf__add_enum64_value(kernel, "WIDE", 1ull << 40), 0);
	inner = btf__add_struct(kernel, NULL, 8);
	field(kernel, "state", kind, 0);
	assert_true(btf__add_typedef(kernel, "state_t", inner) > 0);
	assert_true(btf__add_enum(local, "state___ours", 4) > 0);
	assert_int_equal(btf__add_enum_value(local, "ONE", 1), 0);
	/* Both kinds of enums go together. */
	assert_true(btf__add_enum(local, "wide", 4) > 0);
	inner = INTS(local, NULL, 4, "state");
	assert_true(btf__add_typedef(local, "state_t", inner) > 0);
	min = minimise(kernel, local);
	assert_types(min, "state", "enum state/4=2 signed");
	assert_types(min, "wide", "enum wide/8=1");
	assert_types(min, "state_t", "typedef state_t /8{state@0enum state/4=2 signed}");
}

static void kind_has_to_agree(void **state)
{
	_cleanup_(btf__free_p) struct btf *kernel = empty(), *local = empty(), *min = NULL;
	int type;

	(void)state;
	type = integer(kernel);
	assert_true(btf__add_union(kernel, "thing", 4) > 0);
	field(kernel, "a", type, 0);
	INTS(local, "thing", 4, "a");
	min = minimise(kernel, local);
	assert_int_equal(btf__type_cnt(min), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_named_members_are_kept),
		cmocka_unit_test(flavours_of_several_objects_add_up),
		cmocka_unit_test(members_of_anonymous_members_are_found),
		cmocka_unit_test(embedded_structs_arrays_and_pointers),
		cmocka_unit_test(array_of_none_is_flexible_only_at_the_end),
		cmocka_unit_test(bit_fields_keep_their_place),
		cmocka_unit_test(enums_and_typedefs_are_copied),
		cmocka_unit_test(kind_has_to_agree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
