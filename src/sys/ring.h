/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ring: sockets among the registered files of an io_uring. No descriptor leads to them. The fdinfo
 * of a ring lists them (io_uring_show_fdinfo()), on older kernels without a number by which they
 * could be recognised.
 */
#ifndef SYS_RING_H
#define SYS_RING_H

#include <stdint.h>

#include "portwatch.h"

struct ring_socket {
	uint64_t inode;
	uint32_t pid; /* of the process that has a descriptor of the ring */
	char comm[PW_COMM_LEN];
};

/* Calls fn for each socket in a ring of each process whose descriptors may be read; of a ring that
 * is busy the kernel lists none. 0 or fn's result, unless that is 0. */
int ring_each_socket(int (*fn)(void *arg, const struct ring_socket *s), void *arg);

#endif
