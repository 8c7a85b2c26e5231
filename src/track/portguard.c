// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/portguard.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "guard.skel.h"
#include "sys/lent.h"
#include "track/lockdown.h"
#include "track/object.h"
#include "track/portguard_root.h"
#include "track/reason.h"
#include "track/tracker.h"
#include "track/typespath.h"

DEFINE_CLEANUP(struct guard_bpf *, guard_bpf__destroy);

/* The order of pinning: meta says that the others are there. */
static const char *const map_names[PG_MAPS] = {
	[PG_PORTS] = "guard_ports", [PG_RULES] = "guard_rules",	  [PG_WHOS] = "guard_whos",
	[PG_SLOTS] = "guard_slots", [PG_COUNTS] = "guard_counts", [PG_KEPT] = "guard_kept",
	[PG_META] = "guard_meta",
};

static const char *const prog_names[] = { "guard_bind4", "guard_bind6" };

void portguard_close(struct portguard *g)
{
	for (size_t i = 0; i < PG_MAPS; i++)
		if (g->map[i] >= 0)
			close(g->map[i]);
	pins_close(&g->pins);
	*g = (struct portguard)PORTGUARD_NONE;
}

static int path_of(const char *pin_dir, char *ret, size_t size)
{
	const char *dir = pin_dir ?: TRACKER_PIN_DIR;
	size_t len = strlen(dir);

	while (len > 1 && dir[len - 1] == '/')
		len--;
	if (snprintf(ret, size, "%.*s-guard", (int)len, dir) >= (int)size)
		return failed(-ENAMETOOLONG, "the name of the pin directory is too long");
	return 0;
}

static int not_there(int err)
{
	return err == -ENOENT ? failed(err, "no port is guarded or reserved") : err;
}

/* Another version's may have another size, but begins as ours. */
static int read_meta(struct portguard *g)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info), zero = 0;
	union {
		struct pw_guard_meta meta;
		char room[4096];
	} m = {};

	if (bpf_obj_get_info_by_fd(g->map[PG_META], &info, &len) || info.value_size > sizeof(m) ||
	    bpf_map_lookup_elem(g->map[PG_META], &zero, &m))
		return failed(-EIO, "cannot read the guards in %s", g->pins.path);
	if (m.meta.abi != PW_GUARD_ABI)
		return failed(
			-ESTALE,
			"the guards in %s are portwatch %.31s's, of a layout that %s does not "
			"know: unguard them with that version",
			g->pins.path, m.meta.version, PORTWATCH_VERSION);
	g->committed = m.meta.committed;
	return 0;
}

/* -ENOENT: there is nothing whole. */
static int open_maps(struct portguard *g)
{
	/* Last in order, first here. */
	for (size_t i = PG_MAPS; i-- > 0;) {
		int err;

		g->map[i] = pins_get(&g->pins, PIN_MAPS, map_names[i], 0);
		if (g->map[i] < 0)
			return g->map[i] == -ENOENT ?
				       -ENOENT :
				       failed(g->map[i], "cannot open %s in %s: %s", map_names[i],
					      g->pins.path, strerror(-g->map[i]));
		err = i == PG_META ? read_meta(g) : 0;
		if (err)
			return err;
	}
	return 0;
}

static void remove_pins(struct pins *p)
{
	if (p->folder[PIN_MAPS] >= 0)
		unlinkat(p->folder[PIN_MAPS], map_names[PG_META], 0);
	for (size_t i = 0; p->folder[PIN_LINKS] >= 0 && i < ARRAY_SIZE(prog_names); i++)
		unlinkat(p->folder[PIN_LINKS], prog_names[i], 0);
	for (size_t i = 0; p->folder[PIN_MAPS] >= 0 && i < PG_MAPS; i++)
		unlinkat(p->folder[PIN_MAPS], map_names[i], 0);
}

/* Leave what is not ours, and with it the directories above it. */
static void remove_all(struct pins *p)
{
	remove_pins(p);
	for (size_t i = 0; i < PIN_KINDS; i++)
		unlinkat(p->dir, pin_folders[i], AT_REMOVEDIR);
	unlinkat(p->parent, p->name, AT_REMOVEDIR);
}

static int load_skeleton(struct guard_bpf **ret)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .btf_custom_path = types_path());
	_cleanup_(guard_bpf__destroy_p) struct guard_bpf *skel = NULL;
	int err;

	if (lent_any())
		return failed(-EPERM, "guarding ports is root's: sudo portwatch guard ...");
	object_set_verbose(log_verbosity() > 0);
	skel = guard_bpf__open_opts(&opts);
	if (!skel)
		return failed(-errno, "cannot open the BPF object: %s", strerror(errno));
	bpf_program__set_autoload(skel->progs.guard_ask, false);
	bpf_map__set_autocreate(skel->maps.guard_asked, false);
	err = guard_bpf__load(skel);
	if (err == -EPERM)
		return failed(err, "not permitted to load BPF programs");
	if (err)
		return lockdown_blamed(failed(-EOPNOTSUPP,
					      "this kernel cannot guard ports: it refuses the "
					      "programs: %s",
					      strerror(-err)));
	*ret = TAKE_PTR(skel);
	return 0;
}

static int attach(struct guard_bpf *skel)
{
	_cleanup_close_ int root = portguard_root();

	if (root < 0)
		return root;
	skel->links.guard_bind4 = bpf_program__attach_cgroup(skel->progs.guard_bind4, root);
	if (skel->links.guard_bind4)
		skel->links.guard_bind6 = bpf_program__attach_cgroup(skel->progs.guard_bind6, root);
	if (skel->links.guard_bind4 && skel->links.guard_bind6)
		return 0;
	return failed(
		errno == EPERM ? -EPERM : -EOPNOTSUPP,
		"this kernel cannot guard ports: programs on bind() cannot be attached to the "
		"root cgroup: %s",
		strerror(errno));
}

int portguard_try(void)
{
	_cleanup_(guard_bpf__destroy_p) struct guard_bpf *skel = NULL;
	int err = load_skeleton(&skel);

	return err ? err : attach(skel);
}

static int pin_all(struct guard_bpf *skel, struct portguard *g)
{
	int err = pins_make(&g->pins);
	struct bpf_link *links[] = { skel->links.guard_bind4, skel->links.guard_bind6 };

	for (size_t i = 0; !err && i < ARRAY_SIZE(links); i++)
		err = pins_put(&g->pins, PIN_LINKS, prog_names[i], bpf_link__fd(links[i]));
	for (size_t i = 0; !err && i < PG_MAPS; i++)
		err = pins_put(&g->pins, PIN_MAPS, map_names[i],
			       bpf_object__find_map_fd_by_name(skel->obj, map_names[i]));
	return err ? failed(err, "cannot pin the guards in %s: %s", g->pins.path, strerror(-err)) :
		     0;
}

static int load(struct portguard *g)
{
	_cleanup_(guard_bpf__destroy_p) struct guard_bpf *skel = NULL;
	struct pw_guard_meta meta = { .abi = PW_GUARD_ABI };
	__u32 zero = 0;
	int err;

	remove_pins(&g->pins); /* of one that was killed */
	err = load_skeleton(&skel);
	if (err)
		return err;
	snprintf(meta.version, sizeof(meta.version), "%s", PORTWATCH_VERSION);
	if (bpf_map_update_elem(bpf_map__fd(skel->maps.guard_meta), &zero, &meta, BPF_ANY))
		return failed(-errno, "cannot write the map guard_meta: %s", strerror(errno));
	err = attach(skel);
	if (!err)
		err = pin_all(skel, g);
	return err;
}

int portguard_lock(const char *pin_dir, bool create, struct portguard *ret)
{
	_cleanup_(portguard_close) struct portguard g = PORTGUARD_NONE;
	char path[PATH_MAX];
	int err = path_of(pin_dir, path, sizeof(path));

	if (!err)
		err = pins_lock(path, create, &g.pins);
	if (err)
		return not_there(err);
	err = open_maps(&g);
	if (err == -ENOENT && create) {
		err = load(&g);
		if (!err)
			err = open_maps(&g);
		if (err)
			remove_all(&g.pins);
	} else if (err == -ENOENT) {
		remove_all(&g.pins);
	}
	if (!err)
		err = portguard_sweep(&g);
	if (err)
		return not_there(err);
	*ret = g;
	g = (struct portguard)PORTGUARD_NONE;
	return 0;
}

int portguard_look(const char *pin_dir, struct portguard *ret)
{
	_cleanup_(portguard_close) struct portguard g = PORTGUARD_NONE;
	char path[PATH_MAX];
	int err = path_of(pin_dir, path, sizeof(path));

	if (!err)
		err = pins_open(path, &g.pins);
	if (!err)
		err = open_maps(&g);
	if (err)
		return not_there(err);
	*ret = g;
	g = (struct portguard)PORTGUARD_NONE;
	return 0;
}

bool portguard_attached(const struct portguard *g)
{
	for (size_t i = 0; i < ARRAY_SIZE(prog_names); i++) {
		_cleanup_close_ int fd = pins_get(&g->pins, PIN_LINKS, prog_names[i], 0);
		struct bpf_link_info info = {};
		__u32 len = sizeof(info);

		if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len) || !info.cgroup.cgroup_id)
			return false;
	}
	return true;
}

int portguard_leave(struct portguard *g)
{
	struct pw_guard_key key;

	if (!bpf_map_get_next_key(g->map[PG_SLOTS], NULL, &key) ||
	    !bpf_map_get_next_key(g->map[PG_KEPT], NULL, &key))
		return 0;
	remove_all(&g->pins);
	return 0;
}
