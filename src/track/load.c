// SPDX-License-Identifier: GPL-2.0-or-later
/* Trackers that are put into the kernel: for one answer, for as long as we run, or pinned. */
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "sys/lent.h"
#include "track/internal.h"
#include "track/pins.h"
#include "track/proof.h"

static int refused(int err)
{
	if (err == -EPERM || err == -EACCES)
		return -EPERM;
	return err == -ENOMEM ? err : -EOPNOTSUPP;
}

int tracker_new_snapshot(const struct tracker_opts *opts, struct tracker **ret)
{
	_cleanup_(tracker_free_p) struct tracker *t = NULL;
	int err;

	err = tracker_alloc(opts, TRACKER_SNAPSHOT, &t);
	if (err)
		return err;
	t->prove = proof_of_types;
	*ret = TAKE_PTR(t);
	return 0;
}

static int load_choice(const struct tracker_opts *opts, const struct choice *choice,
		       struct object **ret)
{
	_cleanup_(object_free_p) struct object *o = NULL;
	int err = object_new(opts, choice, &o);

	if (!err)
		err = object_attach(o);
	if (!err)
		*ret = TAKE_PTR(o);
	return err;
}

/* Loaded, attached and seeded, and still ours alone. */
static int tracker_build(const struct tracker_opts *opts, const struct pins *must_pin,
			 struct tracker **ret)
{
	_cleanup_(tracker_free_p) struct tracker *t = NULL;
	struct choice choice;
	int err;

	/* Hooks are everybody's cost. */
	if (lent_any())
		return failed(-EPERM, "hooks are root's");
	err = tracker_alloc(opts, TRACKER_LIVE, &t);
	if (err)
		return err;
	err = choose_variants(opts, must_pin, false, &choice);
	if (err)
		return refused(err);
	err = load_choice(opts, &choice, &t->object);
	if (err) {
		err = choose_variants(opts, must_pin, true, &choice);
		if (!err)
			err = load_choice(opts, &choice, &t->object);
	}
	if (err)
		return refused(err);
	if (must_pin)
		facts_load(t);
	err = tracker_seed(t);
	if (!err)
		err = tracker_read_meta(t);
	if (err)
		return err;
	*ret = TAKE_PTR(t);
	return 0;
}

int tracker_new_live(const struct tracker_opts *opts, struct tracker **ret)
{
	return tracker_build(opts, NULL, ret);
}

/* The kernel's number of the map or program behind fd. */
static int note_id(int fd, const char *name, __u32 *ret)
{
	struct {
		__u32 type, id; /* how both struct bpf_map_info and struct bpf_prog_info begin */
	} info = {};
	__u32 len = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return failed(-errno, "cannot ask the kernel about %s: %s", name, strerror(errno));
	*ret = info.id;
	return 0;
}

/* So that whoever asks later need not walk to each pin. */
static int note_ids(struct tracker *t)
{
	int err = 0;

	for (size_t i = 0; !err && i < MAP_MAX; i++)
		err = note_id(tracker_map(t, i), map_rows[i].name, &t->meta.map_id[i]);
	for (size_t i = 0; !err && i < PROG_MAX; i++)
		if (t->prog[i] >= 0)
			err = note_id(t->prog[i], prog_rows[i].name, &t->meta.prog_id[i]);
	return err;
}

static int pin_all(struct tracker *t, const struct tracker_opts *o, struct pins *pins)
{
	__u32 zero = 0;
	int err = object_pin(t->object, pins);

	if (!err)
		err = progs_pin(t, pins);
	if (!err && o->has_group)
		err = share_with(pins, o->group);
	if (!err)
		err = tracker_read_meta(t);
	if (!err)
		err = note_ids(t);
	if (err)
		return err;
	t->meta.loaded_ns = clock_boot_ns();
	if (bpf_map_update_elem(tracker_map(t, MAP_META), &zero, &t->meta, BPF_ANY))
		return failed(-errno, "cannot write the map meta: %s", strerror(errno));
	return 0;
}

/* 0: the directory is ours to load a tracker into. */
static int make_room(const struct tracker_opts *opts, struct pins *pins)
{
	_cleanup_(tracker_free_p) struct tracker *old = NULL;
	int err = tracker_open_pinned(opts, &old);

	if (!err)
		return failed(-EALREADY, "the tracker is loaded already");
	/* Leave a tracker that cannot be opened: its history is worth something. */
	if (err != -ENOENT && err != -EINPROGRESS)
		return err;
	err = pins_foreign(pins);
	return err ? err : pins_clear(pins); /* what a load or unload has left that was killed */
}

int tracker_load(const struct tracker_opts *opts)
{
	_cleanup_(tracker_free_p) struct tracker *t = NULL;
	_cleanup_(pins_close) struct pins pins = PINS_NONE;
	struct tracker_opts o = *opts;
	int err;

	o.pin_dir = opts->pin_dir ?: TRACKER_PIN_DIR;
	err = o.has_group ? share_possible(o.group) : 0;
	if (!err)
		err = pins_lock(o.pin_dir, true, &pins);
	if (!err)
		err = make_room(&o, &pins);
	if (err)
		return err;
	err = tracker_build(&o, &pins, &t);
	if (!err)
		err = pin_all(t, &o, &pins);
	if (err)
		pins_remove(&pins);
	return err;
}

int tracker_unload(const struct tracker_opts *opts)
{
	_cleanup_(pins_close) struct pins pins = PINS_NONE;
	int err = pins_lock(opts->pin_dir ?: TRACKER_PIN_DIR, false, &pins);
	bool empty;

	if (!err)
		err = pins_foreign(&pins);
	if (err)
		return err;
	empty = pins_empty(&pins);
	err = pins_remove(&pins);
	return empty ? failed(-ENOENT, "no tracker is loaded in %s", pins.path) : err;
}
