/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * object: the BPF object in this process: opened, sized, loaded and attached with one
 * variant chosen per need (choose.h).
 *
 * Owns the skeleton, the links and the cgroup fd; object_free() detaches everything that
 * has not been pinned.
 */
#ifndef TRACK_OBJECT_H
#define TRACK_OBJECT_H

#include <errno.h>
#include <stdbool.h>

#include "base/cleanup.h"
#include "track/choose.h"
#include "track/hooks.h"
#include "track/pins.h"
#include "track/register.h"
#include "track/tracker.h"

struct object;

int object_new(const struct tracker_opts *opts, const struct choice *choice, struct object **ret);
struct object *object_free(struct object *o);

DEFINE_CLEANUP(struct object *, object_free);

int object_attach(struct object *o);

/* Load, attach and, if links must outlive us, pin: the programs of one variant alone. Two answers
 * are our own: the kernel's verifier refuses them; their links cannot be pinned. */
#define OBJECT_EVERIFIER (-ENOEXEC)
#define OBJECT_ESHORTLIVED (-ENOTUNIQ)
int object_try(const struct hook_variant *v, const struct helpers *helpers,
	       const struct pins *pins);

/* Does the verifier take them with these helpers? Nothing is attached. */
bool object_loads(const struct hook_variant *v, const struct helpers *helpers);

int object_map_fd(struct object *o, enum map_id id);

/* Pins maps and links, in folders that it makes. */
int object_pin(struct object *o, struct pins *pins);

/* Return the first message of libbpf since the last call: which map or program was refused, and at
 * which step. "": there was none. */
void object_complaint(char *ret, size_t size);

/* libbpf is silent unless verbose. */
void object_set_verbose(bool verbose);

#endif
