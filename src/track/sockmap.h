/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sockmap: address of a struct sock -> index of its socket in an answer. */
#ifndef TRACK_SOCKMAP_H
#define TRACK_SOCKMAP_H

#include <stddef.h>
#include <stdint.h>

struct sockmap {
	struct {
		uint64_t sk; /* 0: free */
		size_t index;
	} * slots;
	size_t nr, size; /* size: a power of two, at least twice nr */
};

void sockmap_done(struct sockmap *m);

/* The index stored for sk, or SIZE_MAX. */
size_t sockmap_get(const struct sockmap *m, uint64_t sk);

/* Stores what is not there yet. 0 or -ENOMEM. */
int sockmap_put(struct sockmap *m, uint64_t sk, size_t index);

#endif
