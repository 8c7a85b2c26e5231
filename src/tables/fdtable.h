/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fdtable: reads the descriptors of one process, or of its threads, for fdwalk. */
#ifndef TABLES_FDTABLE_H
#define TABLES_FDTABLE_H

#include "tables/fdwalk.h"

/* State of a thread of ours. */
struct fdtables {
	struct fdwalk *walk; /* what is asked: all threads share it */
	struct fdwalk *own;  /* where hits and blind go */
	bool by_file; /* a table was read that is only right if samefile_hold() then says so */
};

/* Look at the table of a process. 0 or a negative errno. */
int fdtable_process(struct fdtables *w, uint32_t pid);

/* Look at its first descriptors, those behind standard error, for a reference alone (samefile.h):
 * most servers open the sockets that they listen to before all else. */
void fdtable_glance(struct fdtables *w, uint32_t pid);

/* The tables of its threads that are not the process's. */
int fdtable_threads(struct fdtables *w, uint32_t pid);

#endif
