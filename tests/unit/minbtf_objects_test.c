// SPDX-License-Identifier: GPL-2.0-or-later
/* The objects of the program are relocated with the kernel's BTF and with its minimised one. */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <unistd.h>

#include "unit.h"

#include "portwatch.skel.h"
#include "session.skel.h"
#include "tables.skel.h"
#include "track/elfbtf.h"
#include "track/minbtf.h"

#define KERNEL_BTF "/sys/kernel/btf/vmlinux"

DEFINE_CLEANUP(struct btf *, btf__free);

struct object_file {
	const char *name;
	const void *(*elf)(size_t *size);
};

static const struct object_file object_files[] = {
	{ "portwatch", portwatch_bpf__elf_bytes },
	{ "tables", tables_bpf__elf_bytes },
	{ "session", session_bpf__elf_bytes },
};

static struct btf *object_btf(const struct object_file *f)
{
	const void *data;
	size_t size;
	const void *elf = f->elf(&size);
	struct btf *btf;

	assert_int_equal(elfbtf_find(elf, size, &data, &size), 0);
	btf = btf__new(data, size);
	assert_non_null(btf);
	return btf;
}

static void need_kernel(void)
{
	if (!access(KERNEL_BTF, R_OK) && !geteuid())
		return;
	print_message("# skipped: needs root and " KERNEL_BTF "\n");
	skip();
}

/* Written where libbpf can open it. */
static int btf_file(const struct btf *btf, char path[64])
{
	FILE *f = tmpfile();
	const void *data;
	__u32 size;

	assert_non_null(f);
	data = btf__raw_data(btf, &size);
	assert_int_equal(fwrite(data, 1, size, f), size);
	assert_int_equal(fflush(f), 0);
	snprintf(path, 64, "/proc/self/fd/%d", fileno(f));
	return size;
}

static bool needs_no_id(const struct bpf_program *p)
{
	const char *section = bpf_program__section_name(p);

	return !strncmp(section, "raw_tp", 6) || !strncmp(section, "cgroup/", 7) ||
	       !strncmp(section, "sockops", 7);
}

/* Relocations are done before the first program is loaded, so programs are looked at that this
 * kernel refuses, too. */
static struct bpf_object *relocate(const struct object_file *f, const char *path, bool all,
				   int *ret)
{
	DECLARE_LIBBPF_OPTS(bpf_object_open_opts, opts, .btf_custom_path = path);
	size_t size;
	const void *elf = f->elf(&size);
	struct bpf_object *o = bpf_object__open_mem(elf, size, &opts);
	struct bpf_program *p;
	struct bpf_map *m;

	assert_non_null(o);
	bpf_object__for_each_program(p, o)
		bpf_program__set_autoload(p, all || needs_no_id(p));
	bpf_object__for_each_map(m, o)
		if (bpf_map__type(m) == BPF_MAP_TYPE_HASH ||
		    bpf_map__type(m) == BPF_MAP_TYPE_LRU_HASH)
			bpf_map__set_max_entries(m, 64);
	*ret = bpf_object__load(o);
	return o;
}

/* Descriptors of maps differ between two loads. */
static struct bpf_insn without_fd(const struct bpf_insn *insn)
{
	struct bpf_insn copy = *insn;

	if (copy.code == (BPF_LD | BPF_IMM | BPF_DW) &&
	    (copy.src_reg == BPF_PSEUDO_MAP_FD || copy.src_reg == BPF_PSEUDO_MAP_VALUE))
		copy.imm = 0;
	return copy;
}

static size_t differing(const struct bpf_program *a, const struct bpf_program *b)
{
	size_t nr = bpf_program__insn_cnt(a), differ = 0;

	assert_int_equal(nr, bpf_program__insn_cnt(b));
	for (size_t i = 0; i < nr; i++) {
		struct bpf_insn x = without_fd(&bpf_program__insns(a)[i]);
		struct bpf_insn y = without_fd(&bpf_program__insns(b)[i]);

		differ += memcmp(&x, &y, sizeof(x)) != 0;
	}
	return differ;
}

/* Instructions that differ from those relocated with the kernel's whole BTF. */
static size_t compare(const struct object_file *f, const struct btf *min, bool all,
		      size_t *ret_programs)
{
	struct bpf_object *full, *small;
	size_t differ = 0;
	struct bpf_program *a, *b;
	int full_err, small_err;
	char path[64];

	btf_file(min, path);
	full = relocate(f, KERNEL_BTF, all, &full_err);
	small = relocate(f, path, all, &small_err);
	assert_int_equal(full_err, small_err);
	*ret_programs = 0;
	bpf_object__for_each_program(a, full) {
		b = bpf_object__find_program_by_name(small, bpf_program__name(a));
		assert_non_null(b);
		if (!bpf_program__autoload(a))
			continue;
		differ += differing(a, b);
		++*ret_programs;
	}
	bpf_object__close(full);
	bpf_object__close(small);
	return differ;
}

static struct btf *kernel_min(const struct object_file *files, size_t nr)
{
	_cleanup_(btf__free_p) struct btf *kernel = btf__parse_raw(KERNEL_BTF);
	struct btf *objects[ARRAY_SIZE(object_files)] = {}, *min = NULL;

	assert_non_null(kernel);
	for (size_t i = 0; i < nr; i++)
		objects[i] = object_btf(&files[i]);
	assert_int_equal(minbtf_make(kernel, (const struct btf *const *)objects, nr, &min), 0);
	for (size_t i = 0; i < nr; i++)
		btf__free(objects[i]);
	return min;
}

static void all_programs_are_relocated_alike(void **state)
{
	size_t programs;

	(void)state;
	need_kernel();
	libbpf_set_print(NULL);
	for (size_t i = 0; i < ARRAY_SIZE(object_files); i++) {
		_cleanup_(btf__free_p) struct btf *alone = kernel_min(&object_files[i], 1);
		_cleanup_(btf__free_p) struct btf *both =
			kernel_min(object_files, ARRAY_SIZE(object_files));

		assert_row(i, compare(&object_files[i], alone, true, &programs) == 0);
		assert_row(i, programs > 0);
		assert_row(i, compare(&object_files[i], both, true, &programs) == 0);
	}
}

/* So that the comparison above means something. */
static void missing_member_is_seen(void **state)
{
	_cleanup_(btf__free_p) struct btf *none = btf__new_empty(), *kernel = NULL, *min = NULL;
	const struct btf *objects[] = { none };
	size_t programs;

	(void)state;
	need_kernel();
	libbpf_set_print(NULL);
	kernel = btf__parse_raw(KERNEL_BTF);
	assert_int_equal(btf__add_int(none, "int", 4, 0), 1);
	assert_int_equal(btf__add_struct(none, "sock", 8), 2);
	assert_int_equal(btf__add_field(none, "sk_type", 1, 0, 0), 0);
	assert_int_equal(minbtf_make(kernel, objects, 1, &min), 0);
	assert_true(compare(&object_files[0], min, true, &programs) > 0);
}

/* As they do with the kernel's whole BTF. */
static void programs_without_ids_load(void **state)
{
	_cleanup_(btf__free_p) struct btf *min = NULL;
	struct bpf_object *o;
	char path[64];
	int err;

	(void)state;
	need_kernel();
	min = kernel_min(object_files, ARRAY_SIZE(object_files));
	assert_true(btf_file(min, path) < 16384);
	bpf_object__close(relocate(&object_files[1], KERNEL_BTF, false, &err));
	if (err) {
		print_message("# skipped: this kernel refuses the programs: %s\n", strerror(-err));
		skip();
	}
	o = relocate(&object_files[1], path, false, &err);
	assert_int_equal(err, 0);
	assert_true(bpf_program__fd(bpf_object__find_program_by_name(o, "holds_port")) >= 0);
	bpf_object__close(o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_programs_are_relocated_alike),
		cmocka_unit_test(missing_member_is_seen),
		cmocka_unit_test(programs_without_ids_load),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
