// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/object.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "portwatch.skel.h"
#include "track/cgroup2.h"
#include "track/lockdown.h"
#include "track/why.h"

#define MAX_LINKS 48
#define KERNEL_BTF "/sys/kernel/btf/vmlinux"

struct object {
	struct portwatch_bpf *skel;
	struct choice choice;
	struct bpf_link *links[MAX_LINKS];
	const char *link_names[MAX_LINKS];
	size_t nr_links;
	int cgroup_fd;
};

static bool is_verbose;

static const char *const need_words[PW_NEED_MAX] = {
	[PW_NEED_BIND] = "bind",       [PW_NEED_LISTEN] = "listen",
	[PW_NEED_STATE] = "TCP state", [PW_NEED_RELEASE] = "the end of a socket",
	[PW_NEED_EXIT] = "exit",       [PW_NEED_SNAPSHOT] = "the kernel's own tables",
};

static int print(enum libbpf_print_level level, const char *format, va_list ap)
{
	if (!is_verbose || level == LIBBPF_DEBUG)
		return 0;
	return vfprintf(stderr, format, ap);
}

void object_set_verbose(bool verbose)
{
	is_verbose = verbose;
	libbpf_set_print(print);
	libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
}

bool object_have_btf(void)
{
	return !access(KERNEL_BTF, R_OK);
}

/* Attached by nobody, run when there is a question: the iterators and holds_port. */
static bool is_iterator(const struct bpf_program *p)
{
	const char *section = bpf_program__section_name(p);

	return !strncmp(section, "iter/", 5) || !strcmp(section, "raw_tp");
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

/* Maps that nothing will be kept in: for a trial, or a snapshot. */
static void shrink(struct object *o)
{
	struct bpf_map *m;

	bpf_object__for_each_map(m, o->skel->obj)
		if (bpf_map__type(m) == BPF_MAP_TYPE_HASH ||
		    bpf_map__type(m) == BPF_MAP_TYPE_LRU_HASH)
			bpf_map__set_max_entries(m, 64);
	bpf_map__set_max_entries(o->skel->maps.ports, 1);
}

static int object_open(struct object **ret)
{
	struct object *o = calloc(1, sizeof(*o));

	if (!o)
		return why(-ENOMEM, "out of memory");
	o->cgroup_fd = -1;
	o->skel = portwatch_bpf__open();
	if (!o->skel) {
		int err = -errno;

		free(o);
		return why(err, "cannot open the BPF object: %s", strerror(-err));
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

DEFINE_CLEANUP(struct object *, object_free);

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

static int attach_one(struct object *o, struct bpf_program *p)
{
	struct bpf_link *link;

	if (strncmp(bpf_program__section_name(p), "cgroup/", 7))
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
		if (is_iterator(p) || !bpf_program__autoload(p))
			continue;
		err = attach_one(o, p);
		if (err)
			return why(err, "cannot attach %s: %s", bpf_program__name(p),
				   strerror(-err));
	}
	return 0;
}

/* Load, attach and, if links must outlive us, pin: the programs of one variant alone. */
static int try_variant(const struct hook_variant *v, bool cookie_helper, const char *pin_dir)
{
	_cleanup_(object_free_p) struct object *o = NULL;
	struct bpf_program *p;
	char path[4096];
	int err;

	err = object_open(&o);
	if (err)
		return err;
	shrink(o);
	o->skel->rodata->have_cookie_helper = cookie_helper;
	bpf_object__for_each_program(p, o->skel->obj)
		bpf_program__set_autoload(p, names(v, bpf_program__name(p)));
	err = portwatch_bpf__load(o->skel);
	if (!err)
		err = object_attach(o);
	if (err || !pin_dir || !o->nr_links)
		return err;
	/* bpffs reserves names with a dot. */
	snprintf(path, sizeof(path), "%s/try", pin_dir);
	err = bpf_link__pin(o->links[0], path);
	if (!err)
		unlink(path);
	return err ? -ENOTUNIQ : 0;
}

void object_explain(const struct hook_variant *v, int error, char *ret, size_t size)
{
	const char *kind = v->kind == PW_VAR_FENTRY	? "fentry/fexit programs" :
			   v->kind == PW_VAR_KPROBE	? "kprobes" :
			   v->kind == PW_VAR_TRACEPOINT ? "tracepoint and cgroup programs" :
							  "iterators";

	switch (-error) {
	case E2BIG: /* BPF_CGROUP_MAX_PROGS, include/linux/bpf-cgroup.h */
		snprintf(
			ret, size, "%s",
			v->kind == PW_VAR_TRACEPOINT ?
				"64 programs are attached to the root cgroup already: unload other trackers" :
				"the program is too complex for this kernel's verifier");
		break;
	case ENOTUNIQ: /* our own word for it, see try_variant() */
		snprintf(ret, size, "before 5.15 %s end with the process that attached them", kind);
		break;
	case ENOTSUP:
	case 524: /* ENOTSUPP: the kernel's own, not in errno.h */
		snprintf(ret, size, "this kernel cannot attach %s", kind);
		break;
	case EPERM:
	case EACCES:
		snprintf(ret, size, "the kernel refuses %s (%s)", kind,
			 geteuid() ? "privilege missing" :
				     "lockdown, a security module or a sysctl");
		break;
	case ENOENT:
	case ENODEV:
	case ESRCH:
		snprintf(ret, size, "this kernel has no %s on %s", kind, v->func ?: "this hook");
		break;
	default:
		snprintf(ret, size, "the kernel refuses %s: %s", kind, strerror(-error));
	}
}

struct trial {
	const struct tracker_opts *opts;
	const char *pin_dir;
	struct btf *btf;
	struct choice *choice;
	int kind_error[PW_VAR_MAX]; /* 0: works; 1: not tried yet */
	bool cookie_helper;
};

static int func_args(const struct btf *btf, const char *func)
{
	int id = btf__find_by_name_kind(btf, func, BTF_KIND_FUNC);
	const struct btf_type *t = id < 0 ? NULL : btf__type_by_id(btf, id);

	t = t ? btf__type_by_id(btf, t->type) : NULL;
	return t && btf_is_func_proto(t) ? (int)btf_vlen(t) : -ENOENT;
}

/* One small program of each kind tells whether the kind works at all. */
static int kind_works(struct trial *t, enum pw_variant kind)
{
	static const struct hook_variant probes[PW_VAR_MAX] = {
		[PW_VAR_FENTRY] = { .kind = PW_VAR_FENTRY, .progs = { "release__fentry" } },
		[PW_VAR_KPROBE] = { .kind = PW_VAR_KPROBE, .progs = { "release__kprobe" } },
	};

	if (!probes[kind].kind)
		return 0;
	if (t->kind_error[kind] == 1)
		t->kind_error[kind] = try_variant(&probes[kind], false, t->pin_dir);
	return t->kind_error[kind];
}

static bool tier_has(enum tier tier, enum pw_variant kind)
{
	switch (kind) {
	case PW_VAR_FENTRY:
		return tier == TIER_AUTO || tier == TIER_FENTRY;
	case PW_VAR_KPROBE:
		return tier == TIER_AUTO || tier == TIER_KPROBE;
	default:
		return true;
	}
}

static bool allowed(void *arg, enum pw_need need, const struct hook_variant *v)
{
	struct trial *t = arg;
	struct refused *r = &t->choice->refused[need][v - hooks[need].variants];
	int args;

	if (r->error)
		return false;
	if (!tier_has(t->opts->tier, v->kind)) {
		r->error = -ECANCELED;
		snprintf(r->reason, sizeof(r->reason), "not wanted (--hooks)");
		return false;
	}
	r->error = kind_works(t, v->kind);
	if (r->error) {
		object_explain(v, r->error, r->reason, sizeof(r->reason));
		return false;
	}
	if (!v->func)
		return true;
	args = func_args(t->btf, v->func);
	if (args >= 0 && v->nr_args && args != v->nr_args) {
		r->error = -ENOENT;
		snprintf(r->reason, sizeof(r->reason), "%s has other arguments in this kernel",
			 v->func);
		return false;
	}
	if (args < 0 && (v->kind == PW_VAR_FENTRY || v->nr_args)) {
		r->error = -ENOENT;
		snprintf(r->reason, sizeof(r->reason), "this kernel has no function %s", v->func);
		return false;
	}
	return true;
}

/* Each need's choice, tried alone; what is refused makes room for the next. */
static void retry_each(struct trial *t)
{
	struct choice *c = t->choice;

	for (int n = 0; n < PW_NEED_MAX; n++) {
		const struct hook_variant *v;
		struct refused *r;
		int err;

		if (c->variant[n] < 0)
			continue;
		while (c->variant[n] >= 0) {
			v = &hooks[n].variants[c->variant[n]];
			if (!v->progs[0])
				break;
			err = try_variant(v, c->have_cookie_helper, t->pin_dir);
			if (!err)
				break;
			r = &c->refused[n][c->variant[n]];
			r->error = err;
			object_explain(v, err, r->reason, sizeof(r->reason));
			c->variant[n] = hook_choose(n, c->variant[n] + 1, allowed, t);
		}
	}
}

/* Without these the maps would not be true. */
static int nothing_missing(const struct choice *c)
{
	static const enum pw_need vital[] = { PW_NEED_BIND,    PW_NEED_LISTEN, PW_NEED_STATE,
					      PW_NEED_RELEASE, PW_NEED_EXIT,   PW_NEED_SNAPSHOT };

	for (size_t i = 0; i < ARRAY_SIZE(vital); i++) {
		const struct refused *r = c->refused[vital[i]];

		if (c->variant[vital[i]] >= 0)
			continue;
		for (int v = HOOK_VARIANTS - 1; v >= 0; v--)
			if (r[v].error && r[v].error != -ECANCELED)
				return why(r[v].error == -EPERM ? -EPERM : -EOPNOTSUPP,
					   "no hook for %s: %s", need_words[vital[i]], r[v].reason);
		return why(-EOPNOTSUPP, "no hook for %s", need_words[vital[i]]);
	}
	return 0;
}

int object_choose(const struct tracker_opts *opts, const char *must_pin, bool each_alone,
		  struct choice *ret)
{
	static const struct hook_variant cookie_probe = { .kind = PW_VAR_TRACEPOINT,
							  .progs = { "state__tp" } };
	struct trial t = { .opts = opts, .pin_dir = must_pin, .choice = ret };
	int err;

	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; i < PW_VAR_MAX; i++)
		t.kind_error[i] = 1;
	if (!object_have_btf())
		return why(-EOPNOTSUPP,
			   "this kernel has no BTF (%s): it needs CONFIG_DEBUG_INFO_BTF",
			   KERNEL_BTF);
	t.btf = btf__load_vmlinux_btf();
	if (!t.btf)
		return why(-errno, "cannot read %s: %s", KERNEL_BTF, strerror(errno));
	if (opts->tier == TIER_FENTRY || opts->tier == TIER_KPROBE) {
		enum pw_variant kind = opts->tier == TIER_FENTRY ? PW_VAR_FENTRY : PW_VAR_KPROBE;

		err = kind_works(&t, kind);
		if (err) {
			char words[160];

			object_explain(&(struct hook_variant){ .kind = kind }, err, words,
				       sizeof(words));
			btf__free(t.btf);
			return lockdown_blamed(why(-EOPNOTSUPP, "--hooks %s: %s",
						   kind == PW_VAR_FENTRY ? "fentry" : "kprobe",
						   words));
		}
	}
	ret->have_cookie_helper = !try_variant(&cookie_probe, true, NULL);
	for (int n = 0; n < PW_NEED_MAX; n++)
		ret->variant[n] = hook_choose(n, 0, allowed, &t);
	if (each_alone)
		retry_each(&t);
	btf__free(t.btf);
	return lockdown_blamed(nothing_missing(ret));
}

int object_new(const struct tracker_opts *opts, enum object_parts parts,
	       const struct choice *choice, struct object **ret)
{
	_cleanup_(object_free_p) struct object *o = NULL;
	struct bpf_program *p;
	struct pw_meta meta = { .abi = PW_ABI };
	__u32 zero = 0;
	int err;

	err = object_open(&o);
	if (err)
		return err;
	if (choice)
		o->choice = *choice;
	o->skel->rodata->have_cookie_helper = choice && choice->have_cookie_helper;
	bpf_object__for_each_program(p, o->skel->obj)
		bpf_program__set_autoload(p,
					  is_iterator(p) || (parts == OBJECT_TRACKER &&
							     chosen(choice, bpf_program__name(p))));
	meta.max_sockets = opts->max_sockets ?: 65536;
	meta.max_timewait = opts->max_timewait ?: 65536;
	bpf_map__set_max_entries(o->skel->maps.sockets, meta.max_sockets);
	bpf_map__set_max_entries(o->skel->maps.timewait, meta.max_timewait);
	bpf_map__set_max_entries(o->skel->maps.churn, meta.max_timewait / 4 + 64);
	if (parts == OBJECT_SNAPSHOT)
		shrink(o);
	err = portwatch_bpf__load(o->skel);
	if (err)
		return lockdown_blamed(
			why(err, "the kernel refuses the BPF programs: %s", strerror(-err)));
	for (int n = 0; choice && n < PW_NEED_MAX; n++)
		meta.variant[n] = kind_of(choice, n);
	snprintf(meta.version, sizeof(meta.version), "%s", PORTWATCH_VERSION);
	err = bpf_map_update_elem(object_map_fd(o, "meta"), &zero, &meta, BPF_ANY);
	if (err)
		return why(err, "cannot write the map meta: %s", strerror(-err));
	*ret = TAKE_PTR(o);
	return 0;
}

int object_map_fd(struct object *o, const char *name)
{
	return bpf_object__find_map_fd_by_name(o->skel->obj, name);
}

int object_prog_fd(struct object *o, const char *name)
{
	struct bpf_program *p = bpf_object__find_program_by_name(o->skel->obj, name);

	return p ? bpf_program__fd(p) : -ENOENT;
}

static int pin_fd(int fd, const char *dir, const char *kind, const char *name)
{
	char path[4096];

	if (fd < 0)
		return fd;
	snprintf(path, sizeof(path), "%s/%s/%s", dir, kind, name);
	return bpf_obj_pin(fd, path) ? -errno : 0;
}

int object_pin(struct object *o, const char *dir)
{
	static const char *const kinds[] = { "maps", "progs", "links" };
	struct bpf_program *p;
	struct bpf_map *m;
	char path[4096];
	int err = 0;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, kinds[i]);
		if (mkdir(path, 0700) && errno != EEXIST)
			return why(-errno, "cannot make %s: %s", path, strerror(errno));
	}
	bpf_object__for_each_map(m, o->skel->obj)
		if (!err && !bpf_map__is_internal(m))
			err = pin_fd(bpf_map__fd(m), dir, "maps", bpf_map__name(m));
	bpf_object__for_each_program(p, o->skel->obj)
		if (!err && is_iterator(p))
			err = pin_fd(bpf_program__fd(p), dir, "progs", bpf_program__name(p));
	for (size_t i = 0; i < o->nr_links && !err; i++)
		err = pin_fd(bpf_link__fd(o->links[i]), dir, "links", o->link_names[i]);
	return err ? why(err, "cannot pin the tracker in %s: %s", dir, strerror(-err)) : 0;
}
