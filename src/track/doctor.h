/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * doctor: which way to each fact works here, and which variant of each hook this kernel takes; why
 * not a better one, and what the user loses by it. Everything is tried to the end: each way has to
 * find a socket of our own, and a whole tracker is built and taken away again.
 */
#ifndef TRACK_DOCTOR_H
#define TRACK_DOCTOR_H

#include <stddef.h>

#include "track/facts.h"
#include "track/hooks.h"
#include "track/tracker.h"

struct refusal {
	enum pw_variant variant;
	int error;	  /* negative errno from the kernel; 0: not tried (no such function) */
	char reason[256]; /* in words */
};

struct finding {
	enum pw_need need;
	enum pw_variant variant; /* PW_VAR_NONE: none is possible */
	struct refusal refused[HOOK_VARIANTS];
	size_t nr_refused;
	const char *loss; /* what the user loses, NULL: nothing */
	const char *cure; /* NULL: none */
};

/* Finding about a way to a fact. */
struct source_finding {
	const char *fact, *name, *loss;
	bool works;
	int error;	     /* negative errno; 0: it works, or it did not find our own socket */
	const char *step;    /* where it failed: "loading", "running", "finding our own socket" */
	const char *program; /* that the kernel refused to load, and its type; NULL: none */
	const char *type;    /* of the program: "raw_tp", "iter/tcp" */
	uint64_t ns;	     /* that it took */
};

struct diagnosis {
	struct source_finding sources[MAX_SOURCES]; /* as in facts.c */
	size_t nr_sources;
	bool answers; /* who, list and free have a source for what they cannot do without */

	struct finding need[PW_NEED_MAX];
	bool btf;	   /* /sys/kernel/btf/vmlinux is there */
	bool bpffs;	   /* the pin directory's file system is bpf */
	char cgroup2[256]; /* where cgroup2 is mounted, "" if nowhere */
	char lockdown[32]; /* "none", "integrity", "confidentiality", "" unknown */
	char kernel[65];   /* release */
	char arch[65];
	int error;	  /* negative errno: no tracker can be loaded */
	char reason[256]; /* with error */
	int guard_error;  /* negative errno: no port can be guarded */
	char guard_reason[256];
};

int doctor_examine(const struct tracker_opts *opts, struct diagnosis *ret);

#endif
