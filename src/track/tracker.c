// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/tracker.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "track/internal.h"
#include "track/pins.h"

/* include/linux/proc_ns.h: PROC_PID_INIT_INO */
#define INIT_PIDNS 0xEFFFFFFCu

int tracker_open_pin(struct tracker *t, enum pin_kind kind, const char *name, uint32_t flags)
{
	int fd = pins_get(&t->pins, kind, name, flags);

	if (fd < 0)
		return failed(fd, "cannot open %s/%s/%s: %s", t->pin_dir, pin_folders[kind], name,
			      strerror(-fd));
	return fd;
}

int tracker_opened_by_id(int fd)
{
	if (fd >= 0 || errno == EPERM)
		return fd < 0 ? -EPERM : fd;
	if (errno == ENOENT)
		return failed(-ENODEV, "the tracker was unloaded meanwhile");
	return failed(-errno, "cannot open the tracker: %s", strerror(errno));
}

static int open_map(struct tracker *t, enum map_id id)
{
	int fd = -EPERM;

	if (t->meta.map_id[id])
		fd = tracker_opened_by_id(bpf_map_get_fd_by_id(t->meta.map_id[id]));
	if (fd == -EPERM)
		fd = tracker_open_pin(t, PIN_MAPS, map_rows[id].name, 0);
	if (fd != -EACCES)
		return fd;
	fd = pins_get(&t->pins, PIN_MAPS, map_rows[id].name, BPF_F_RDONLY);
	return fd == -EACCES ? failed(fd, "%s: not permitted to you", t->pin_dir) : fd;
}

int tracker_map(struct tracker *t, enum map_id id)
{
	if (t->map[id] < 0 && t->kind != TRACKER_SNAPSHOT)
		t->map[id] = t->object ? object_map_fd(t->object, id) : open_map(t, id);
	return t->map[id] < 0 && t->kind == TRACKER_SNAPSHOT ? -ENOENT : t->map[id];
}

int tracker_read_meta(struct tracker *t)
{
	int fd = tracker_map(t, MAP_META);
	__u32 zero = 0;

	if (fd < 0)
		return fd;
	if (bpf_map_lookup_elem(fd, &zero, &t->meta))
		return failed(-errno, "cannot read the map meta: %s", strerror(errno));
	return 0;
}

/* Without /proc we do not know how the kernel side calls us: iterators cannot be asked then. */
static void self_init(struct tracker *t)
{
	struct stat st;

	if (stat("/proc/self/ns/pid", &st))
		return;
	t->self.pidns = st.st_ino;
	t->self.pid = getpid();
	t->in_init_pidns = st.st_ino == INIT_PIDNS;
}

int tracker_alloc(const struct tracker_opts *opts, enum tracker_kind kind, struct tracker **ret)
{
	struct tracker *t = calloc(1, sizeof(*t));

	if (!t)
		return failed(-ENOMEM, "out of memory");
	reason_clear(); /* an attempt before this one may have left its reason */
	object_set_verbose(opts->verbose);
	t->kind = kind;
	t->gone_fd = -1;
	t->pins = (struct pins)PINS_NONE;
	t->verbose = opts->verbose;
	t->pin_dir = strdup(opts->pin_dir ?: TRACKER_PIN_DIR);
	for (size_t i = 0; i < MAP_MAX; i++)
		t->map[i] = -1;
	for (size_t i = 0; i < PROG_MAX; i++)
		t->prog[i] = -1;
	if (!t->pin_dir) {
		tracker_free(t);
		return failed(-ENOMEM, "out of memory");
	}
	self_init(t);
	*ret = t;
	return 0;
}

struct tracker *tracker_free(struct tracker *t)
{
	if (!t)
		return NULL;
	if (t->object) {
		object_free(t->object); /* closes the maps and programs, too */
	} else {
		for (size_t i = 0; i < MAP_MAX; i++)
			if (t->map[i] >= 0)
				close(t->map[i]);
	}
	for (size_t i = 0; i < PROG_MAX; i++)
		if (t->prog[i] >= 0)
			close(t->prog[i]);
	if (t->gone_fd >= 0)
		close(t->gone_fd);
	pins_close(&t->pins);
	free(t->pin_dir);
	free(t);
	return NULL;
}

/* Another ABI's struct may be larger than what we would read it into. */
static int check_meta_size(struct tracker *t)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);
	int fd = tracker_map(t, MAP_META);

	if (fd < 0)
		return fd;
	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return failed(-errno, "cannot open %s: %s", t->pin_dir, strerror(errno));
	t->meta_id = info.id;
	return info.value_size == sizeof(t->meta) ? 0 : -EINVAL;
}

static int not_loaded(const struct tracker *t)
{
	return failed(-ENOENT, "no tracker is loaded in %s: run `portwatch load`", t->pin_dir);
}

static int unfinished(const struct tracker *t)
{
	return failed(
		-EINPROGRESS,
		"a load or unload of the tracker in %s did not finish: run `portwatch load` again",
		t->pin_dir);
}

int tracker_open_pinned(const struct tracker_opts *opts, struct tracker **ret)
{
	_cleanup_(tracker_free_p) struct tracker *t = NULL;
	int err;

	err = tracker_alloc(opts, TRACKER_PINNED, &t);
	if (!err)
		err = pins_open(t->pin_dir, &t->pins);
	if (err == -ENOENT)
		return not_loaded(t);
	if (err)
		return err;
	err = check_meta_size(t);
	if (!err)
		err = tracker_read_meta(t);
	/* Where bpf(2) is refused nothing can be opened, but what is not there is not there. */
	if (err == -EPERM && pins_empty(&t->pins))
		return not_loaded(t);
	if (err == -ENOENT)
		return pins_empty(&t->pins) ? not_loaded(t) : unfinished(t);
	if (err == -EINVAL || (!err && t->meta.abi != PW_ABI))
		return failed(-ESTALE,
			      "the tracker in %s was loaded by another version of portwatch: run "
			      "`portwatch unload && portwatch load`",
			      t->pin_dir);
	if (err)
		return err;
	if (!t->meta.loaded_ns)
		return unfinished(t);
	*ret = TAKE_PTR(t);
	return 0;
}

enum tracker_kind tracker_kind(const struct tracker *t)
{
	return t->kind;
}

const struct pw_meta *tracker_meta(const struct tracker *t)
{
	return &t->meta;
}

int tracker_gone_fd(struct tracker *t)
{
	char path[256];

	if (t->gone_fd >= 0 || t->kind != TRACKER_PINNED)
		return t->gone_fd;
	pins_path(&t->pins, PIN_MAPS, map_rows[MAP_META].name, path, sizeof(path));
	t->gone_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (t->gone_fd >= 0 &&
	    inotify_add_watch(t->gone_fd, path, IN_DELETE_SELF | IN_UNMOUNT) < 0) {
		close(t->gone_fd);
		t->gone_fd = -1;
	}
	return t->gone_fd;
}

/* Look at the map meta: its pin is the first to go, and each load makes another map. */
int tracker_still_there(struct tracker *t)
{
	_cleanup_close_ int fd = -1;
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);

	if (t->kind != TRACKER_PINNED)
		return 0;
	fd = pins_get(&t->pins, PIN_MAPS, map_rows[MAP_META].name, BPF_F_RDONLY);
	/* Only that it is not there, or another one's, says that it was unloaded. */
	if (fd < 0 && fd != -ENOENT && fd != -ENOTDIR)
		return failed(fd, "cannot look whether the tracker in %s is still there: %s",
			      t->pin_dir, strerror(-fd));
	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len) || info.id != t->meta_id)
		return failed(-ENODEV, "the tracker in %s was unloaded: start again", t->pin_dir);
	return 0;
}

int tracker_stats(struct tracker *t, uint64_t *ret_stats)
{
	int fd = tracker_map(t, MAP_STATS), cpus = libbpf_num_possible_cpus();
	_cleanup_free_ uint64_t *v = cpus > 0 ? calloc(cpus, sizeof(*v)) : NULL;

	if (fd < 0)
		return fd;
	if (!v)
		return -ENOMEM;
	for (__u32 i = 0; i < PW_STAT_MAX; i++) {
		if (bpf_map_lookup_elem(fd, &i, v))
			return -errno;
		ret_stats[i] = 0;
		for (int cpu = 0; cpu < cpus; cpu++)
			ret_stats[i] += v[cpu];
	}
	return 0;
}

int tracker_degraded(struct tracker *t, bool *ret)
{
	int err = t->kind == TRACKER_SNAPSHOT ? 0 : tracker_read_meta(t);

	if (!err)
		*ret = t->meta.degraded != 0; /* a snapshot's is all zero */
	return err;
}
