/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sockmap: a socket's identity -> its index in an answer. Sources know different parts of it: the
 * address of the struct sock, its cookie, the number of its inode. Each leads to it.
 */
#ifndef TRACK_SOCKMAP_H
#define TRACK_SOCKMAP_H

#include <stddef.h>
#include <stdint.h>

struct sockmap {
	struct {
		uint64_t key; /* 0: free */
		size_t index; /* SIZE_MAX: of a socket that was dropped */
	} * buckets;
	size_t nr, size; /* size: a power of two, at least twice nr */
};

void sockmap_done(struct sockmap *m);

/* Identity of a socket, as far as it is known; 0: unknown. */
struct identity {
	uint64_t sk;
	uint64_t cookie;
	uint64_t inode;
};

/* The index stored for it, or SIZE_MAX. The cookie decides: the others are used again. */
size_t sockmap_get(const struct sockmap *m, const struct identity *id);

/* Stores what is not there yet. 0 or -ENOMEM. */
int sockmap_put(struct sockmap *m, const struct identity *id, size_t index);

/* Have each identity lead to `to[index]` where it has led to `index`; SIZE_MAX: to nothing. */
void sockmap_renumber(struct sockmap *m, const size_t *to);

#endif
