/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * incall: who is inside a system call on a socket whose descriptor has been closed meanwhile? The
 * call keeps the socket open, and no descriptor shows it.
 */
#ifndef SYS_INCALL_H
#define SYS_INCALL_H

#include <stdbool.h>
#include <stdint.h>

#include "portwatch.h"

struct incall {
	uint32_t pid;
	char comm[PW_COMM_LEN];
	const char *call; /* "accept()" */
};

/* A thread that is inside accept() (listens) or a receiving call on a descriptor that is closed, in
 * this network namespace. pid 0: looks through all processes. False: none, or not permitted. */
bool incall_find(uint32_t pid, uint32_t netns, bool listens, struct incall *ret);

#endif
