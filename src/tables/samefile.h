/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * samefile: tells by kcmp(2) that a descriptor is none of the sockets that are looked for, without
 * a look at what it is: a fifth of the time that it takes to list and to read its link in /proc.
 *
 * A socket has a single open file (sock_alloc_file, net/socket.c), which all its descriptors share,
 * whoever forked, duplicated or received them. So as soon as one descriptor of every wanted socket
 * is known, its reference, a descriptor whose file is that of no reference is no wanted socket. A
 * reference's process may close it meanwhile: what was told is only true if samefile_hold() says so
 * afterwards.
 */
#ifndef TABLES_SAMEFILE_H
#define TABLES_SAMEFILE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* With more of them kcmp has to be called so often for a descriptor that its link is read sooner.
 */
#define SAMEFILE_MAX 15

struct samefile_ref {
	uint64_t inode;
	uint32_t pid, fd;
};

/* Several threads use one of these. */
struct samefile {
	int proc;      /* an open directory */
	size_t wanted; /* how many sockets; 0: it is of no use here */
	bool by_number;
	pthread_mutex_t lock;			/* of what follows, until it is ready */
	struct samefile_ref refs[SAMEFILE_MAX]; /* ready: in kcmp's order */
	size_t nr;
	atomic_bool ready;
};

/* wanted: the number of sockets that are looked for. */
void samefile_init(struct samefile *s, int proc, size_t wanted);

/* A descriptor of a wanted socket was found. */
void samefile_learn(struct samefile *s, uint64_t inode, uint32_t pid, uint32_t fd);

/* Is there a reference for each? */
static inline bool samefile_ready(struct samefile *s)
{
	return atomic_load_explicit(&s->ready, memory_order_acquire);
}

/* Is there use for a reference? */
bool samefile_wants(struct samefile *s);

/* 0: this descriptor is no wanted socket. 1: it is, or who knows. -EBADF: there is no such
 * descriptor. */
int samefile_ask(const struct samefile *s, uint32_t pid, uint32_t fd);

/* Are the references those sockets still? Once they are not, it is never ready again. */
bool samefile_hold(struct samefile *s);

#endif
