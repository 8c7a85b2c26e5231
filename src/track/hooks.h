/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hooks: what must be known (enum pw_need) and the ways to learn it, best first. Pure
 * data and the choice made from it; trying is object.c's business.
 */
#ifndef TRACK_HOOKS_H
#define TRACK_HOOKS_H

#include <stdbool.h>
#include <stddef.h>

#include "portwatch.h"

#define HOOK_PROGS 10
#define HOOK_VARIANTS 7

struct hook_variant {
	enum pw_variant kind;
	int nr_args;		       /* of func, which must be in the kernel's BTF; 0: any */
	const char *progs[HOOK_PROGS]; /* of bpf/, all of them; NULL-terminated */
	/* The kernel function hooked, when its name or number of arguments tells whether this
	 * variant fits: a fexit program that is attached with the wrong number of arguments
	 * loads, and reads an argument as the result. */
	const char *func;
	/* The kind of some of these programs that do what the others are skipped for, where the
	 * kernel may preempt programs (sys/preempt.h). PW_VAR_NONE: there are none. */
	enum pw_variant backed_by;
	/* Loss of the user where the kernel may preempt programs; NULL: none. */
	const char *preempted;
	/* Loss of the user in comparison with the first variant; NULL: none. */
	const char *loss;
};

struct hook {
	enum pw_need need;
	struct hook_variant variants[HOOK_VARIANTS];
};

extern const struct hook hooks[PW_NEED_MAX];

/* The index of a need's first variant from `from` on that `allowed` accepts, or -1. */
int hook_choose(enum pw_need need, int from,
		bool (*allowed)(void *arg, enum pw_need need, const struct hook_variant *v),
		void *arg);

static inline bool hook_variant_is(const struct hook_variant *v)
{
	return v->kind != PW_VAR_NONE || v->loss;
}

#endif
