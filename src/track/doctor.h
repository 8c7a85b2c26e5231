/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * doctor: which variant of each hook this kernel takes, why not a better one, and
 * what the user loses by it.
 */
#ifndef TRACK_DOCTOR_H
#define TRACK_DOCTOR_H

#include <stddef.h>

#include "track/hooks.h"
#include "track/tracker.h"

struct refusal {
	enum pw_variant variant;
	int error;	  /* negative errno from the kernel; 0: not tried (no such function) */
	char reason[160]; /* in words */
};

struct finding {
	enum pw_need need;
	enum pw_variant variant; /* PW_VAR_NONE: none is possible */
	struct refusal refused[HOOK_VARIANTS];
	size_t nr_refused;
	const char *loss; /* what the user loses, NULL: nothing */
	const char *cure; /* NULL: none */
};

struct diagnosis {
	struct finding need[PW_NEED_MAX];
	bool btf;	   /* /sys/kernel/btf/vmlinux is there */
	bool bpffs;	   /* the pin directory's file system is bpf */
	char cgroup2[256]; /* where cgroup2 is mounted, "" if nowhere */
	char lockdown[32]; /* "none", "integrity", "confidentiality", "" unknown */
	char kernel[65];   /* release */
	char arch[65];
	int error; /* negative errno: nothing can be loaded at all; why: tracker_why() */
};

int doctor_examine(const struct tracker_opts *opts, struct diagnosis *ret);

#endif
