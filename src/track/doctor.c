// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/doctor.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <linux/magic.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "track/cgroup2.h"
#include "track/internal.h"
#include "track/lockdown.h"

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
	f->loss = taken < 0 ? NULL : v[taken].loss;
	for (int i = 0; i < (taken < 0 ? HOOK_VARIANTS : taken); i++) {
		struct refusal *r = &f->refused[f->nr_refused];

		if (!hook_variant_is(&v[i]) || f->nr_refused == ARRAY_SIZE(f->refused))
			continue;
		/* The same function with other arguments is no loss if it is what we took. */
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

int doctor_examine(const struct tracker_opts *opts, struct diagnosis *ret)
{
	struct choice choice;
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
	ret->error = choose_variants(opts, NULL, true, &choice);
	if (ret->error == -EACCES)
		ret->error = -EPERM;
	for (int n = 0; n < PW_NEED_MAX && !ret->error; n++)
		examine_need(&choice, n, &ret->need[n]);
	return 0;
}
