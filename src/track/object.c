// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/object.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "portwatch.skel.h"
#include "track/cgroup2.h"
#include "track/lockdown.h"
#include "track/pins.h"
#include "track/register.h"
#include "track/reason.h"
#include "track/typespath.h"

#define MAX_LINKS 48

struct object {
	struct portwatch_bpf *skel;
	struct choice choice;
	struct bpf_link *links[MAX_LINKS];
	const char *link_names[MAX_LINKS];
	size_t nr_links;
	int cgroup_fd;
};

static bool is_verbose;
static char complaint[160]; /* libbpf's first since it was last asked for */

static int print(enum libbpf_print_level level, const char *format, va_list ap)
{
	va_list copy;

	if (level == LIBBPF_WARN && !complaint[0]) {
		va_copy(copy, ap);
		vsnprintf(complaint, sizeof(complaint), format, copy);
		va_end(copy);
		complaint[strcspn(complaint, "\n")] = '\0';
	}
	if (!is_verbose || level == LIBBPF_DEBUG)
		return 0;
	return vfprintf(stderr, format, ap);
}

void object_complaint(char *ret, size_t size)
{
	static const char prefix[] = "libbpf: ";
	const char *from = complaint;

	if (!strncmp(from, prefix, strlen(prefix)))
		from += strlen(prefix);
	snprintf(ret, size, "%s", from);
	complaint[0] = '\0';
}

void object_set_verbose(bool verbose)
{
	is_verbose = verbose;
	libbpf_set_print(print);
	libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
}

static bool names(const struct hook_variant *v, const char *prog)
{
	for (size_t i = 0; i < HOOK_PROGS && v->progs[i]; i++)
		if (!strcmp(v->progs[i], prog))
			return true;
	return false;
}

static bool chosen(const struct choice *c, const char *prog)
{
	for (int n = 0; n < PW_NEED_MAX; n++)
		if (c->variant[n] >= 0 && names(&hooks[n].variants[c->variant[n]], prog))
			return true;
	return false;
}

static enum pw_variant kind_of(const struct choice *c, int need)
{
	return c->variant[need] < 0 ? PW_VAR_NONE : hooks[need].variants[c->variant[need]].kind;
}

/* Make the maps small, for a trial: nothing will be kept in them. */
static void shrink(struct object *o)
{
	struct bpf_map *m;

	bpf_object__for_each_map(m, o->skel->obj) {
		enum map_id id = map_named(bpf_map__name(m));

		if (id != MAP_MAX && map_rows[id].tiny)
			bpf_map__set_max_entries(m, map_rows[id].tiny);
	}
}

static uint32_t entries_of(enum map_size size, const struct pw_meta *meta)
{
	switch (size) {
	case SIZE_SOCKETS:
		return meta->max_sockets;
	case SIZE_TIMEWAIT:
		return meta->max_timewait;
	case SIZE_CHURN:
		return meta->max_timewait / 4 + 64;
	case SIZE_DECLARED:
		break;
	}
	return 0;
}

static void set_sizes(struct object *o, const struct pw_meta *meta)
{
	struct bpf_map *m;

	bpf_object__for_each_map(m, o->skel->obj) {
		enum map_id id = map_named(bpf_map__name(m));
		uint32_t nr = id == MAP_MAX ? 0 : entries_of(map_rows[id].size, meta);

		if (nr)
			bpf_map__set_max_entries(m, nr);
	}
}

static void set_helpers(struct object *o, const struct helpers *h)
{
	o->skel->rodata->have_cookie_helper = h->cookie;
	o->skel->rodata->have_task_btf = h->task_btf;
}

static void set_backed(struct object *o, const struct choice *c)
{
	for (int n = 0; n < PW_NEED_MAX; n++)
		o->skel->rodata->is_backed[n] =
			c->variant[n] >= 0 && hooks[n].variants[c->variant[n]].backed_by;
}

static int object_open(struct object **ret)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .btf_custom_path = types_path());
	struct object *o = calloc(1, sizeof(*o));

	if (!o)
		return failed(-ENOMEM, "out of memory");
	o->cgroup_fd = -1;
	o->skel = portwatch_bpf__open_opts(&opts);
	if (!o->skel) {
		int err = -errno;

		free(o);
		return failed(err, "cannot open the BPF object: %s", strerror(-err));
	}
	*ret = o;
	return 0;
}

struct object *object_free(struct object *o)
{
	if (!o)
		return NULL;
	for (size_t i = 0; i < o->nr_links; i++)
		bpf_link__destroy(o->links[i]);
	portwatch_bpf__destroy(o->skel);
	if (o->cgroup_fd >= 0)
		close(o->cgroup_fd);
	free(o);
	return NULL;
}

static int keep_link(struct object *o, struct bpf_link *link, const char *name)
{
	if (!link)
		return -errno;
	if (o->nr_links == MAX_LINKS) {
		bpf_link__destroy(link);
		return -E2BIG;
	}
	o->links[o->nr_links] = link;
	o->link_names[o->nr_links++] = name;
	return 0;
}

static bool is_of_cgroup(const struct bpf_program *p)
{
	return bpf_program__type(p) == BPF_PROG_TYPE_CGROUP_SOCK ||
	       bpf_program__type(p) == BPF_PROG_TYPE_CGROUP_SOCK_ADDR;
}

static int attach_one(struct object *o, struct bpf_program *p)
{
	struct bpf_link *link;

	if (!is_of_cgroup(p))
		return keep_link(o, bpf_program__attach(p), bpf_program__name(p));
	if (o->cgroup_fd < 0) {
		int fd = cgroup2_open();

		if (fd < 0)
			return fd;
		o->cgroup_fd = fd;
	}
	link = bpf_program__attach_cgroup(p, o->cgroup_fd);
	return keep_link(o, link, bpf_program__name(p));
}

int object_attach(struct object *o)
{
	struct bpf_program *p;
	int err;

	bpf_object__for_each_program(p, o->skel->obj) {
		if (!bpf_program__autoload(p))
			continue;
		err = attach_one(o, p);
		if (err)
			return failed(err, "cannot attach %s: %s", bpf_program__name(p),
				      strerror(-err));
	}
	return 0;
}

static int load_variant(const struct hook_variant *v, const struct helpers *helpers,
			struct object **ret)
{
	_cleanup_(object_free_p) struct object *o = NULL;
	struct bpf_program *p;
	int err;

	err = object_open(&o);
	if (err)
		return err;
	shrink(o);
	set_helpers(o, helpers);
	bpf_object__for_each_program(p, o->skel->obj)
		bpf_program__set_autoload(p, names(v, bpf_program__name(p)));
	err = portwatch_bpf__load(o->skel);
	/* EACCES is the verifier: a process that may not load anything gets EPERM. */
	if (err)
		return err == -EACCES ? OBJECT_EVERIFIER : err;
	*ret = TAKE_PTR(o);
	return 0;
}

bool object_loads(const struct hook_variant *v, const struct helpers *helpers)
{
	_cleanup_(object_free_p) struct object *o = NULL;

	return !load_variant(v, helpers, &o);
}

int object_try(const struct hook_variant *v, const struct helpers *helpers, const struct pins *pins)
{
	_cleanup_(object_free_p) struct object *o = NULL;
	int err = load_variant(v, helpers, &o);

	if (!err)
		err = object_attach(o);
	if (err || !pins)
		return err;
	for (size_t i = 0; i < o->nr_links; i++)
		if (pins_try(pins, bpf_link__fd(o->links[i])))
			return OBJECT_ESHORTLIVED;
	return 0;
}

int object_new(const struct tracker_opts *opts, const struct choice *choice, struct object **ret)
{
	_cleanup_(object_free_p) struct object *o = NULL;
	struct bpf_program *p;
	struct pw_meta meta = { .abi = PW_ABI };
	__u32 zero = 0;
	int err;

	err = object_open(&o);
	if (err)
		return err;
	o->choice = *choice;
	set_helpers(o, &choice->helpers);
	set_backed(o, choice);
	bpf_object__for_each_program(p, o->skel->obj)
		bpf_program__set_autoload(p, chosen(choice, bpf_program__name(p)));
	meta.max_sockets = opts->max_sockets ?: 65536;
	meta.max_timewait = opts->max_timewait ?: 65536;
	set_sizes(o, &meta);
	err = portwatch_bpf__load(o->skel);
	if (err)
		return lockdown_blamed(
			failed(err, "the kernel refuses the BPF programs: %s", strerror(-err)));
	for (int n = 0; n < PW_NEED_MAX; n++)
		meta.variant[n] = kind_of(choice, n);
	snprintf(meta.version, sizeof(meta.version), "%s", PORTWATCH_VERSION);
	err = bpf_map_update_elem(object_map_fd(o, MAP_META), &zero, &meta, BPF_ANY);
	if (err)
		return failed(err, "cannot write the map meta: %s", strerror(-err));
	*ret = TAKE_PTR(o);
	return 0;
}

int object_map_fd(struct object *o, enum map_id id)
{
	return bpf_object__find_map_fd_by_name(o->skel->obj, map_rows[id].name);
}

int object_pin(struct object *o, struct pins *pins)
{
	int err = pins_make(pins);

	if (err)
		return err;
	for (size_t i = 0; i < MAP_MAX && !err; i++)
		err = pins_put(pins, PIN_MAPS, map_rows[i].name, object_map_fd(o, i));
	for (size_t i = 0; i < o->nr_links && !err; i++)
		err = pins_put(pins, PIN_LINKS, o->link_names[i], bpf_link__fd(o->links[i]));
	return err ? failed(err, "cannot pin the tracker in %s: %s", pins->path, strerror(-err)) :
		     0;
}
