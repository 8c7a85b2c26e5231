// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/choose.h"

#include <bpf/btf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sys/preempt.h"
#include "track/lockdown.h"
#include "track/object.h"
#include "track/reason.h"

#define KERNEL_BTF "/sys/kernel/btf/vmlinux"

static const char *const need_words[PW_NEED_MAX] = {
	[PW_NEED_BIND] = "bind",       [PW_NEED_LISTEN] = "listen",
	[PW_NEED_STATE] = "TCP state", [PW_NEED_RELEASE] = "the end of a socket",
	[PW_NEED_EXIT] = "exit",
};

bool choose_have_btf(void)
{
	return !access(KERNEL_BTF, R_OK);
}

void choose_explain(const struct hook_variant *v, int error, char *ret, size_t size)
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
	case -OBJECT_ESHORTLIVED:
		snprintf(ret, size, "before 5.15 %s end with the process that attached them", kind);
		break;
	case ENOTSUP:
	case 524: /* ENOTSUPP: the kernel's own, not in errno.h */
		snprintf(ret, size, "this kernel cannot attach %s", kind);
		break;
	case -OBJECT_EVERIFIER:
		snprintf(ret, size, "this kernel's verifier refuses the program (-v: why)");
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
	const struct pins *pins;
	struct btf *btf;
	struct choice *choice;
	int kind_error[PW_VAR_MAX]; /* 0: works; 1: not tried yet */
};

static int func_args(const struct btf *btf, const char *func)
{
	int id = btf__find_by_name_kind(btf, func, BTF_KIND_FUNC);
	const struct btf_type *t = id < 0 ? NULL : btf__type_by_id(btf, id);

	t = t ? btf__type_by_id(btf, t->type) : NULL;
	return t && btf_is_func_proto(t) ? (int)btf_vlen(t) : -ENOENT;
}

/* Try a small program of a kind, to learn whether the kind works at all. */
static int kind_works(struct trial *t, enum pw_variant kind)
{
	static const struct hook_variant probes[PW_VAR_MAX] = {
		[PW_VAR_FENTRY] = { .kind = PW_VAR_FENTRY, .progs = { "release__fentry" } },
		[PW_VAR_KPROBE] = { .kind = PW_VAR_KPROBE, .progs = { "bind_tcp__kprobe" } },
	};
	static const struct helpers no_helpers;

	if (!probes[kind].kind)
		return 0;
	if (t->kind_error[kind] == 1)
		t->kind_error[kind] = object_try(&probes[kind], &no_helpers, t->pins);
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

/* Why these kinds of programs are not to be tried. */
static int kinds_refused(struct trial *t, const struct hook_variant *v, struct refused *r)
{
	const enum pw_variant kinds[] = { v->kind, v->backed_by };
	int err = 0;

	if (v->backed_by && !t->choice->preemptible) {
		snprintf(r->reason, sizeof(r->reason), "this kernel preempts no programs");
		return -ECANCELED;
	}
	if (!tier_has(t->opts->tier, v->kind)) {
		snprintf(r->reason, sizeof(r->reason), "not wanted (--hooks)");
		return -ECANCELED;
	}
	for (size_t i = 0; i < ARRAY_SIZE(kinds) && !err; i++) {
		err = kind_works(t, kinds[i]);
		if (err)
			choose_explain(&(struct hook_variant){ .kind = kinds[i], .func = v->func },
				       err, r->reason, sizeof(r->reason));
	}
	return err;
}

static bool allowed(void *arg, enum pw_need need, const struct hook_variant *v)
{
	struct trial *t = arg;
	struct refused *r = &t->choice->refused[need][v - hooks[need].variants];
	int args;

	if (r->error)
		return false;
	r->error = kinds_refused(t, v, r);
	if (r->error)
		return false;
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

/* Say which map or program it was, and at which step. */
static void add_complaint(char *reason, size_t size)
{
	size_t len = strlen(reason);

	snprintf(reason + len, size - len, ": ");
	object_complaint(reason + strlen(reason), size - strlen(reason));
	if (!strcmp(reason + len, ": "))
		reason[len] = '\0';
}

/* Each need's choice, tried alone; what is refused makes room for the next. */
static void retry_each(struct trial *t)
{
	struct choice *c = t->choice;

	for (int n = 0; n < PW_NEED_MAX; n++) {
		const struct hook_variant *v;
		char complaint[160];
		struct refused *r;
		int err;

		if (c->variant[n] < 0)
			continue;
		while (c->variant[n] >= 0) {
			v = &hooks[n].variants[c->variant[n]];
			if (!v->progs[0])
				break;
			object_complaint(complaint, sizeof(complaint)); /* of something else */
			err = object_try(v, &c->helpers, t->pins);
			if (!err)
				break;
			r = &c->refused[n][c->variant[n]];
			r->error = err;
			choose_explain(v, err, r->reason, sizeof(r->reason));
			add_complaint(r->reason, sizeof(r->reason));
			c->variant[n] = hook_choose(n, c->variant[n] + 1, allowed, t);
		}
	}
}

/* Without these the maps would not be true. */
static int nothing_missing(const struct choice *c)
{
	static const enum pw_need vital[] = { PW_NEED_BIND, PW_NEED_LISTEN, PW_NEED_STATE,
					      PW_NEED_RELEASE, PW_NEED_EXIT };

	for (size_t i = 0; i < ARRAY_SIZE(vital); i++) {
		const struct refused *r = c->refused[vital[i]];

		if (c->variant[vital[i]] >= 0)
			continue;
		for (int v = HOOK_VARIANTS - 1; v >= 0; v--)
			if (r[v].error && r[v].error != -ECANCELED)
				return failed(r[v].error == -EPERM ? -EPERM : -EOPNOTSUPP,
					      "no hook for %s: %s", need_words[vital[i]],
					      r[v].reason);
		return failed(-EOPNOTSUPP, "no hook for %s", need_words[vital[i]]);
	}
	return 0;
}

/* 0: this kernel takes the kind of hooks that was asked for by name, or any kind will do. */
static int refuse_kind(struct trial *t, enum tier tier)
{
	enum pw_variant kind = tier == TIER_FENTRY ? PW_VAR_FENTRY : PW_VAR_KPROBE;
	char words[160];
	int err;

	if (tier != TIER_FENTRY && tier != TIER_KPROBE)
		return 0;
	err = kind_works(t, kind);
	if (!err)
		return 0;
	choose_explain(&(struct hook_variant){ .kind = kind }, err, words, sizeof(words));
	return failed(-EOPNOTSUPP, "--hooks %s: %s", kind == PW_VAR_FENTRY ? "fentry" : "kprobe",
		      words);
}

int choose_variants(const struct tracker_opts *opts, const struct pins *must_pin, bool each_alone,
		    struct choice *ret)
{
	static const struct hook_variant cookie_probe = { .kind = PW_VAR_TRACEPOINT,
							  .progs = { "probe_cookie" } };
	static const struct hook_variant task_probe = { .kind = PW_VAR_TRACEPOINT,
							.progs = { "probe_task" } };
	struct trial t = { .opts = opts, .pins = must_pin, .choice = ret };
	int err;

	memset(ret, 0, sizeof(*ret));
	ret->preemptible = preempt_is_possible();
	for (size_t i = 0; i < PW_VAR_MAX; i++)
		t.kind_error[i] = 1;
	if (!choose_have_btf())
		return failed(-EOPNOTSUPP,
			      "this kernel has no BTF (%s): it needs CONFIG_DEBUG_INFO_BTF",
			      KERNEL_BTF);
	/* btf__load_vmlinux_btf() would not say why it cannot. */
	t.btf = btf__parse_raw(KERNEL_BTF);
	if (!t.btf)
		return failed(-errno, "a tracker needs the kernel's BTF, and %s cannot be read: %s",
			      KERNEL_BTF, strerror(errno));
	err = refuse_kind(&t, opts->tier);
	if (err) {
		btf__free(t.btf);
		return lockdown_blamed(err);
	}
	ret->helpers.cookie = object_loads(&cookie_probe, &(struct helpers){ .cookie = true });
	ret->helpers.task_btf = object_loads(&task_probe, &(struct helpers){ .task_btf = true });
	for (int n = 0; n < PW_NEED_MAX; n++)
		ret->variant[n] = hook_choose(n, 0, allowed, &t);
	if (each_alone)
		retry_each(&t);
	btf__free(t.btf);
	return lockdown_blamed(nothing_missing(ret));
}
