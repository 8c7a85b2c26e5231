/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * choose: which variant serves each need on this kernel. What a kernel allows is found out by
 * trying; the reason of every refusal is kept.
 */
#ifndef TRACK_CHOOSE_H
#define TRACK_CHOOSE_H

#include <stdbool.h>
#include <stddef.h>

#include "track/hooks.h"
#include "track/pins.h"
#include "track/tracker.h"

/* Helpers that programs may call on this kernel: constants to the verifier. */
struct helpers {
	bool cookie;   /* bpf_get_socket_cookie() in tracing programs */
	bool task_btf; /* bpf_get_current_task_btf() in all programs */
};

struct refused {
	int error;
	char reason[256];
};

/* The choice: per need the index of its variant in hooks[], and why not the ones before. */
struct choice {
	int variant[PW_NEED_MAX]; /* -1: none */
	struct refused refused[PW_NEED_MAX][HOOK_VARIANTS];
	struct helpers helpers;
	bool preemptible; /* the kernel may preempt a program, and skip it meanwhile */
};

/*
 * Finds out which variants this kernel takes. must_pin: links have to outlive us, in a
 * directory of a mounted bpffs; NULL: they need not. One program of each kind tells of all
 * of its kind, which is nearly always right; each_alone tries every one that is chosen: for
 * when the whole did not load, and for doctor.
 */
int choose_variants(const struct tracker_opts *opts, const struct pins *must_pin, bool each_alone,
		    struct choice *ret);

/* Words for an error the kernel answered a load or an attachment with. */
void choose_explain(const struct hook_variant *v, int error, char *ret, size_t size);

/* Is kernel BTF there? Without it nothing loads. */
bool choose_have_btf(void);

#endif
