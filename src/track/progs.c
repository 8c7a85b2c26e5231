// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/progs.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "tables.skel.h"
#include "track/btfcache.h"
#include "track/internal.h"
#include "track/typespath.h"

DEFINE_CLEANUP(struct tables_bpf *, tables_bpf__destroy);

/* Nothing will be kept in this map. */
static void make_small(struct bpf_map *m, enum map_id id)
{
	if (map_rows[id].tiny)
		bpf_map__set_max_entries(m, map_rows[id].tiny);
}

/* The tracker's, if it has it and we may use it; else one of our own. Without a tracker only what
 * the programs cannot do without is made. */
static int choose_map(struct tracker *t, struct bpf_map *m, uint32_t needed)
{
	enum map_id id = map_named(bpf_map__name(m));
	int fd;

	if (id == MAP_MAX)
		return 0;
	if (t->kind == TRACKER_SNAPSHOT && t->map[id] < 0) {
		make_small(m, id);
		return needed & 1u << id ? 0 : bpf_map__set_autocreate(m, false);
	}
	fd = tracker_map(t, id);
	if (fd >= 0)
		return bpf_map__reuse_fd(m, fd);
	if (fd != -EACCES || map_rows[id].shared)
		return fd;
	make_small(m, id);
	return 0;
}

static int choose_maps(struct tracker *t, struct tables_bpf *skel, uint32_t needed)
{
	struct bpf_map *m;
	int err;

	bpf_object__for_each_map(m, skel->obj) {
		err = choose_map(t, m, needed);
		if (err)
			return err;
	}
	return 0;
}

/* The maps that were made for the programs and not found are the tracker's from now on. */
static int keep_maps(struct tracker *t, struct tables_bpf *skel)
{
	struct bpf_map *m;

	bpf_object__for_each_map(m, skel->obj) {
		enum map_id id = map_named(bpf_map__name(m));

		if (id == MAP_MAX || t->map[id] >= 0 || bpf_map__fd(m) < 0)
			continue;
		t->map[id] = fcntl(bpf_map__fd(m), F_DUPFD_CLOEXEC, 3);
		if (t->map[id] < 0)
			return -errno;
	}
	return 0;
}

static int keep_progs(struct tracker *t, struct tables_bpf *skel, const enum prog_id *ids,
		      size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		struct bpf_program *p =
			bpf_object__find_program_by_name(skel->obj, prog_rows[ids[i]].name);
		int fd = p ? fcntl(bpf_program__fd(p), F_DUPFD_CLOEXEC, 3) : -1;

		if (fd < 0)
			return -errno;
		t->prog[ids[i]] = fd;
	}
	return 0;
}

/* The kernel's types, if these programs need none of their numbers: from a file of a few thousand
 * bytes instead of the kernel's millions. A tracker that stays is not built on a file. */
static void find_types(const struct tracker *t, const enum prog_id *ids, size_t nr,
		       struct btfcache *ret)
{
	struct btfcache_object o;

	if (t->kind != TRACKER_SNAPSHOT || t->distrusts_cache || !t->prove)
		return;
	for (size_t i = 0; i < nr; i++)
		if (!prog_rows[ids[i]].can_be_proved)
			return;
	o.elf = tables_bpf__elf_bytes(&o.size);
	if (!btfcache_open(&o, 1, ret) && ret->made)
		log_verbose("the kernel's types that are needed are kept in %s", ret->path);
}

static void forget(struct tracker *t, const enum prog_id *ids, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		close(t->prog[ids[i]]);
		t->prog[ids[i]] = -1;
	}
}

/* -ESTALE: loaded with types from a file, the programs do not find our own socket. */
static int prove(struct tracker *t, const enum prog_id *ids, size_t nr)
{
	int r = t->prove(t);

	if (r > 0)
		return 0;
	log_verbose("the kernel's types from the file are not believed: %s",
		    r ? strerror(-r) : "our own socket is not found by them");
	forget(t, ids, nr);
	t->distrusts_cache = true;
	return -ESTALE;
}

static int load_together(struct tracker *t, const enum prog_id *ids, size_t nr)
{
	_cleanup_(btfcache_done) struct btfcache types = BTFCACHE_NONE;
	_cleanup_(tables_bpf__destroy_p) struct tables_bpf *skel = NULL;
	LIBBPF_OPTS(bpf_object_open_opts, opts);
	struct bpf_program *p;
	uint32_t needed = 0;
	int err;

	find_types(t, ids, nr, &types);
	opts.btf_custom_path = types.fd >= 0 ? types.path : types_path();
	skel = tables_bpf__open_opts(&opts);
	if (!skel)
		return -errno;
	skel->rodata->have_maps = t->kind != TRACKER_SNAPSHOT;
	bpf_object__for_each_program(p, skel->obj)
		bpf_program__set_autoload(p, false);
	for (size_t i = 0; i < nr; i++) {
		p = bpf_object__find_program_by_name(skel->obj, prog_rows[ids[i]].name);
		bpf_program__set_autoload(p, true);
		needed |= prog_rows[ids[i]].maps;
	}
	err = choose_maps(t, skel, needed);
	if (!err)
		err = tables_bpf__load(skel);
	if (!err)
		err = keep_progs(t, skel, ids, nr);
	if (!err)
		err = keep_maps(t, skel);
	return err || types.fd < 0 ? err : prove(t, ids, nr);
}

static bool may_load(const struct tracker *t, enum prog_id id)
{
	if (t->kind == TRACKER_SNAPSHOT)
		return !prog_rows[id].tracker_only;
	return t->kind == TRACKER_LIVE || !prog_rows[id].for_root;
}

/* If the kernel refuses them together, which of them does it refuse? */
static void load_halves(struct tracker *t, const enum prog_id *ids, size_t nr)
{
	int err = nr ? load_together(t, ids, nr) : 0;

	if (err == -ESTALE)
		err = load_together(t, ids, nr);
	if (!err)
		return;
	if (nr == 1) {
		t->prog_error[ids[0]] = err;
		return;
	}
	load_halves(t, ids, nr / 2);
	load_halves(t, ids + nr / 2, nr - nr / 2);
}

static bool is_among(const enum prog_id *ids, size_t nr, enum prog_id id)
{
	for (size_t i = 0; i < nr; i++)
		if (ids[i] == id)
			return true;
	return false;
}

void progs_load(struct tracker *t, const enum prog_id *ids, size_t nr)
{
	enum prog_id wanted[PROG_MAX];
	size_t n = 0;

	for (size_t i = 0; i < nr; i++) {
		if (t->prog[ids[i]] >= 0 || t->prog_error[ids[i]] || is_among(wanted, n, ids[i]))
			continue;
		if (may_load(t, ids[i]))
			wanted[n++] = ids[i];
		else
			t->prog_error[ids[i]] = -EPERM;
	}
	load_halves(t, wanted, n);
}

static int open_pinned(struct tracker *t, enum prog_id id)
{
	int fd = -EPERM;

	if (t->kind != TRACKER_PINNED)
		return -EACCES;
	if (t->meta.prog_id[id])
		fd = tracker_opened_by_id(bpf_prog_get_fd_by_id(t->meta.prog_id[id]));
	if (fd == -EPERM)
		fd = tracker_open_pin(t, PIN_PROGS, prog_rows[id].name, 0);
	return fd;
}

int progs_get(struct tracker *t, enum prog_id id)
{
	int fd;

	if (t->prog[id] >= 0 || t->prog_error[id])
		return t->prog[id] >= 0 ? t->prog[id] : t->prog_error[id];
	fd = open_pinned(t, id);
	if (fd >= 0)
		t->prog[id] = fd;
	else if (fd == -EACCES) /* not for us: load one of our own over the maps that are */
		progs_load(t, &id, 1);
	else
		t->prog_error[id] = fd;
	return t->prog[id] >= 0 ? t->prog[id] : t->prog_error[id];
}

bool progs_at_hand(const struct tracker *t, enum prog_id id)
{
	return t->prog[id] >= 0 || (t->kind == TRACKER_PINNED && t->meta.prog_id[id]);
}

int progs_pin(struct tracker *t, const struct pins *pins)
{
	int err = 0;

	for (size_t i = 0; i < PROG_MAX && !err; i++)
		if (t->prog[i] >= 0)
			err = pins_put(pins, PIN_PROGS, prog_rows[i].name, t->prog[i]);
	return err ? failed(err, "cannot pin the tracker in %s: %s", pins->path, strerror(-err)) :
		     0;
}
