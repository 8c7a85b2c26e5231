/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fdwalk: reads the tables of descriptors of many processes or threads in two threads of ours. See
 * procfd.h for what is made of it.
 */
#ifndef TABLES_FDWALK_H
#define TABLES_FDWALK_H

#include "tables/inode_set.h"
#include "tables/pids.h"
#include "tables/procfd.h"
#include "tables/samefile.h"

/* A descriptor of a wanted socket. */
struct fdwalk_hit {
	uint64_t inode;
	uint32_t fd;
	struct pw_actor actor; /* the process; tgid is its number in /proc */
};

struct fdwalk {
	int proc; /* an open directory */
	const struct inode_set *wanted;
	bool own_tables; /* of threads, where they are not that of their process */
	struct samefile same;
	VEC(struct fdwalk_hit) hits;
	struct procfd_blind blind;
};

void fdwalk_done(struct fdwalk *w);

/* Looks at these processes, and adds to hits and blind. 0 or a negative errno. */
int fdwalk_run(struct fdwalk *w, const struct pids *pids);

#endif
