// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/doctor.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <linux/magic.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "track/cgroup2.h"
#include "track/internal.h"
#include "track/lockdown.h"
#include "track/portguard.h"
#include "track/proof.h"

static const char *cure_of(const struct refusal *r)
{
	if (r->variant == PW_VAR_FENTRY && r->error == -EPERM)
		return "allow BPF tracing of kernel functions: boot without lockdown or the security "
		       "module that refuses it";
	if (r->variant == PW_VAR_KPROBE && (r->error == -ENOENT || r->error == -ENODEV))
		return "a kernel with CONFIG_KPROBES and CONFIG_KPROBE_EVENTS";
	if (r->variant == PW_VAR_KPROBE && (r->error == -EPERM || r->error == -EACCES))
		return "sysctl kernel.perf_event_paranoid below 3, and CAP_PERFMON";
	return NULL;
}

static void examine_need(const struct choice *c, enum pw_need need, struct finding *f)
{
	const struct hook_variant *v = hooks[need].variants;
	int taken = c->variant[need];

	f->need = need;
	f->variant = taken < 0 ? PW_VAR_NONE : v[taken].kind;
	if (taken >= 0)
		f->loss = v[taken].loss ?: c->preemptible ? v[taken].preempted : NULL;
	for (int i = 0; i < (taken < 0 ? HOOK_VARIANTS : taken); i++) {
		struct refusal *r = &f->refused[f->nr_refused];

		if (!hook_variant_is(&v[i]) || f->nr_refused == ARRAY_SIZE(f->refused) ||
		    (v[i].backed_by && !c->preemptible))
			continue;
		/* A variant of the kind that was taken is no loss: it differs in the arguments. */
		if (taken >= 0 && v[i].kind == v[taken].kind)
			continue;
		r->variant = v[i].kind;
		r->error = c->refused[need][i].error;
		snprintf(r->reason, sizeof(r->reason), "%s", c->refused[need][i].reason);
		if (!f->cure)
			f->cure = cure_of(r);
		f->nr_refused++;
	}
}

/* ---- the ways to facts ---- */

struct patient {
	struct tracker *t;
	struct exhibit tcp, udp; /* sockets of our own, a listening one first */
};

static int on_task(void *arg, const struct pw_rec *rec)
{
	bool *found = arg;

	*found = *found || rec->pid == (uint32_t)getpid() || rec->netns;
	return 0;
}

static int find_task(struct tracker *t, const struct source *s)
{
	bool found = false;
	int err = s->run(t, &(struct question){}, on_task, &found);

	return err ? err : found;
}

static int ignore(void *arg, const struct pw_rec *rec)
{
	(void)arg, (void)rec;
	return 0;
}

/* 1: it finds what is there; 0: it does not; or a negative errno. */
static int try_source(const struct patient *p, const struct source *s)
{
	const struct question nothing = { .sweep = s->fact == FACT_ENTRIES };
	int r;

	switch (s->fact) {
	case FACT_SOCKETS:
		r = proof_of_socket(p->t, s, &p->tcp);
		return r > 0 ? proof_of_socket(p->t, s, &p->udp) : r;
	case FACT_HOLDERS:
		return proof_of_holder(p->t, s, &p->tcp);
	case FACT_TASKS:
		return find_task(p->t, s);
	default:
		r = s->run(p->t, &nothing, ignore, NULL);
		return r ? r : 1;
	}
}

static void examine_source(const struct patient *p, const struct source *s,
			   struct source_finding *f)
{
	uint64_t begin = clock_boot_ns();
	int r = try_source(p, s);

	*f = (struct source_finding){ .fact = fact_name(s->fact),
				      .name = s->name,
				      .loss = s->loss,
				      .works = r > 0,
				      .error = r < 0 ? r : 0,
				      .ns = clock_boot_ns() - begin };
	if (f->works)
		return;
	f->step = r ? "running" : "finding our own socket";
	for (size_t i = 0; i < s->nr_progs; i++) {
		if (!p->t->prog_error[s->progs[i]])
			continue;
		f->step = "loading";
		f->program = prog_rows[s->progs[i]].name;
		f->type = prog_rows[s->progs[i]].type;
	}
}

/* Some need the maps of a tracker. */
static bool can_try(const struct tracker *t, const struct source *s)
{
	for (size_t i = 0; i < s->nr_progs; i++)
		if (prog_rows[s->progs[i]].tracker_only && t->kind == TRACKER_SNAPSHOT)
			return false;
	return true;
}

static bool has_source(const struct diagnosis *d, enum fact fact)
{
	for (size_t i = 0; i < d->nr_sources; i++)
		if (d->sources[i].works && !strcmp(d->sources[i].fact, fact_name(fact)))
			return true;
	return false;
}

static int examine_sources(struct tracker *t, struct diagnosis *d)
{
	struct patient p = { .t = t, .tcp = EXHIBIT_NONE, .udp = EXHIBIT_NONE };
	int err = exhibit_open(&p.tcp, PW_TCP, true);

	if (!err)
		err = exhibit_open(&p.udp, PW_UDP, false);
	for (size_t i = 0; i < nr_sources && !err; i++)
		if (can_try(t, &sources[i]))
			examine_source(&p, &sources[i], &d->sources[d->nr_sources++]);
	exhibit_done(&p.tcp);
	exhibit_done(&p.udp);
	d->answers = has_source(d, FACT_SOCKETS) && has_source(d, FACT_HOLDERS);
	return err;
}

/* ---- a whole tracker ---- */

/* `load` pins; where that is refused no tracker stays. */
static int try_to_pin(struct tracker *t)
{
	char path[64];
	int fd = tracker_map(t, MAP_META);

	if (fd < 0)
		return fd;
	snprintf(path, sizeof(path), "/sys/fs/bpf/portwatch-doctor-%d", (int)getpid());
	if (bpf_obj_pin(fd, path))
		return failed(-errno, "the kernel refuses to pin a map on /sys/fs/bpf: %s",
			      strerror(errno));
	unlink(path);
	return 0;
}

static int examine_tracker(const struct tracker_opts *opts, struct diagnosis *d,
			   struct tracker **ret)
{
	struct choice choice;
	int err = choose_variants(opts, NULL, true, &choice);

	for (int n = 0; n < PW_NEED_MAX && !err; n++)
		examine_need(&choice, n, &d->need[n]);
	if (!err)
		err = tracker_new_live(opts, ret);
	if (!err && d->bpffs)
		err = try_to_pin(*ret);
	return err == -EACCES ? -EPERM : err;
}

int doctor_examine(const struct tracker_opts *opts, struct diagnosis *ret)
{
	_cleanup_(tracker_free_p) struct tracker *t = NULL;
	struct utsname uts;
	struct statfs fs;

	memset(ret, 0, sizeof(*ret));
	object_set_verbose(opts->verbose);
	if (!uname(&uts)) {
		snprintf(ret->kernel, sizeof(ret->kernel), "%s", uts.release);
		snprintf(ret->arch, sizeof(ret->arch), "%s", uts.machine);
	}
	ret->btf = choose_have_btf();
	ret->bpffs = !statfs("/sys/fs/bpf", &fs) && (unsigned int)fs.f_type == BPF_FS_MAGIC;
	if (cgroup2_path(ret->cgroup2, sizeof(ret->cgroup2)))
		ret->cgroup2[0] = '\0';
	lockdown_read(ret->lockdown, sizeof(ret->lockdown));
	ret->guard_error = portguard_try();
	snprintf(ret->guard_reason, sizeof(ret->guard_reason), "%s", tracker_reason());
	ret->error = examine_tracker(opts, ret, &t);
	snprintf(ret->reason, sizeof(ret->reason), "%s", tracker_reason());
	if (!t && tracker_new_snapshot(opts, &t))
		return -ENOMEM;
	return examine_sources(t, ret);
}
