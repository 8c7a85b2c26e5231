/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * proof: does a source find what is known to be there? The types of another kernel load and run
 * without an error, and find nothing or something else; so a program that rests on types from a
 * file is believed only after it has found a socket of our own, with everything about it.
 */
#ifndef TRACK_PROOF_H
#define TRACK_PROOF_H

#include "tables/question.h"
#include "track/facts.h"

/* A socket of ours, bound to a port that the kernel chose, and what is true of it. */
struct exhibit {
	int fd;
	uint16_t port;
	uint32_t netns;
	uint64_t inode;
	uint64_t cookie; /* 0: this kernel has no SO_COOKIE */
};

#define EXHIBIT_NONE                                                                               \
	{                                                                                          \
		.fd = -1                                                                           \
	}

/* proto: PW_TCP (bound only, or listening on the loopback address) or PW_UDP. 0 or a negative
 * errno. */
int exhibit_open(struct exhibit *e, uint8_t proto, bool listens);
void exhibit_done(struct exhibit *e);

/* Does this way find our process with this very descriptor? 1, 0 or a negative errno. */
int proof_of_holder(struct tracker *t, const struct source *s, const struct exhibit *e);

/* Do programs that were loaded with types from a file find a socket of our own? As tracker.prove.
 */
int proof_of_types(struct tracker *t);

/* Does it show this very socket? */
int proof_of_socket(struct tracker *t, const struct source *s, const struct exhibit *e);

#endif
