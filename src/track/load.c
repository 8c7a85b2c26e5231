// SPDX-License-Identifier: GPL-2.0-or-later
/* Trackers that are put into the kernel: for one answer, for as long as we run, or pinned. */
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "track/internal.h"
#include "track/pins.h"

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
static int tracker_build(const struct tracker_opts *opts, const char *must_pin,
			 struct tracker **ret)
{
	_cleanup_(tracker_free_p) struct tracker *t = NULL;
	struct choice choice;
	int err;

	/* Hooks are everybody's cost. */
	if (share_is_member())
		return why(-EPERM,
			   "members of the group may ask the loaded tracker; hooks are root's");
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
		return why(-errno, "cannot ask the kernel about %s: %s", name, strerror(errno));
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

int tracker_load(const struct tracker_opts *opts)
{
	_cleanup_(tracker_free_p) struct tracker *t = NULL, *old = NULL;
	_cleanup_close_ int lock = -1;
	struct tracker_opts o = *opts;
	__u32 zero = 0;
	int err;

	o.pin_dir = opts->pin_dir ?: TRACKER_PIN_DIR;
	lock = pins_lock(o.pin_dir, true);
	if (lock < 0)
		return lock;
	err = tracker_open_pinned(&o, &old);
	if (!err)
		return why(-EALREADY, "the tracker is loaded already");
	/* Who cannot be asked may be a tracker all the same, and its history is worth something. */
	if (err != -ENOENT && err != -EINPROGRESS) {
		rmdir(o.pin_dir); /* if nothing is in it */
		return err;
	}
	pins_clear(o.pin_dir); /* what a load or unload has left that was killed */
	err = tracker_build(&o, o.pin_dir, &t);
	if (!err)
		err = object_pin(t->object, o.pin_dir);
	if (!err)
		err = progs_pin(t, o.pin_dir);
	if (!err && o.has_group)
		err = share_with(o.pin_dir, o.group);
	if (!err)
		err = tracker_read_meta(t);
	if (!err)
		err = note_ids(t);
	if (!err) {
		t->meta.loaded_ns = clock_boot_ns();
		if (bpf_map_update_elem(tracker_map(t, MAP_META), &zero, &t->meta, BPF_ANY))
			err = why(-errno, "cannot write the map meta: %s", strerror(errno));
	}
	if (err)
		pins_remove(o.pin_dir);
	return err;
}

int tracker_unload(const struct tracker_opts *opts)
{
	const char *dir = opts->pin_dir ?: TRACKER_PIN_DIR;
	_cleanup_close_ int lock = pins_lock(dir, false);

	if (lock < 0)
		return lock;
	if (pins_empty(dir)) {
		pins_remove(dir);
		return why(-ENOENT, "no tracker is loaded in %s", dir);
	}
	return pins_remove(dir);
}
