/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * object: the BPF object in this process: opened, sized, loaded and attached with one
 * variant chosen per need. What a kernel allows is found out by trying; the reason of
 * every refusal is kept.
 *
 * Owns the skeleton, the links and the cgroup fd; object_free() detaches everything that
 * has not been pinned.
 */
#ifndef TRACK_OBJECT_H
#define TRACK_OBJECT_H

#include <stdbool.h>

#include "track/hooks.h"
#include "track/tracker.h"

struct object;

enum object_parts {
	OBJECT_TRACKER,	 /* hooks and iterators */
	OBJECT_SNAPSHOT, /* iterators only, maps as small as can be */
};

struct refused {
	int error;
	char reason[160];
};

/* The choice: per need the index of its variant in hooks[], and why not the ones before. */
struct choice {
	int variant[PW_NEED_MAX]; /* -1: none */
	struct refused refused[PW_NEED_MAX][HOOK_VARIANTS];
	bool have_cookie_helper;
};

/*
 * Finds out which variants this kernel takes. must_pin: links have to outlive us, in a
 * directory of a mounted bpffs; NULL: they need not. One program of each kind tells of all
 * of its kind, which is nearly always right; each_alone tries every one that is chosen: for
 * when the whole did not load, and for doctor.
 */
int object_choose(const struct tracker_opts *opts, const char *must_pin, bool each_alone,
		  struct choice *ret);

int object_new(const struct tracker_opts *opts, enum object_parts parts,
	       const struct choice *choice, struct object **ret);
struct object *object_free(struct object *o);

int object_attach(struct object *o);
int object_map_fd(struct object *o, const char *name);
int object_prog_fd(struct object *o, const char *name);

/* Pins maps, programs of the iterators, and links below dir, in that order. */
int object_pin(struct object *o, const char *dir);

/* Words for an error the kernel answered a load or an attachment with. */
void object_explain(const struct hook_variant *v, int error, char *ret, size_t size);

/* Is kernel BTF there? Without it nothing loads. */
bool object_have_btf(void);

/* libbpf is silent unless verbose. */
void object_set_verbose(bool verbose);

#endif
