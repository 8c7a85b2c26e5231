/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * picture: what the tracker's maps say and what the kernel's own tables say, read one after the
 * other. The owner of the picture owns its arrays.
 */
#ifndef MODEL_PICTURE_H
#define MODEL_PICTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vec.h"
#include "portwatch.h"

struct audit_socket {
	uint64_t sk;
	struct pw_sock s;
	bool alive;	/* of an entry: the struct sock is there and has its cookie */
	bool undecided; /* whether it is alive: nobody could tell */
};

struct audit_slot {
	struct pw_slot_key key;
	uint64_t sk;
};

struct audit_proc {
	uint32_t tgid;
	struct pw_proc p;
};

struct audit_member {
	struct pw_member_key key;
	uint32_t tgid;
};

struct audit_timewait {
	struct pw_tw_key key;
	struct pw_tw tw;
};

/* Comparisons that could not be made, as the kernel refuses what they take. */
enum uncompared {
	UNCOMPARED_SOCKETS = 1 << 0, /* sockets that no descriptor leads to */
	UNCOMPARED_BOUND = 1 << 1,   /* TCP sockets that are only bound */
	UNCOMPARED_STALE = 1 << 2,   /* entries of sockets that no table shows */
	UNCOMPARED_TIMEWAIT = 1 << 3,
	UNCOMPARED_PROCESSES = 1 << 4, /* of the families */
	UNCOMPARED_NETNS = 1 << 5,     /* sockets of other network namespaces */
};

struct picture {
	/* the maps */
	VEC(struct audit_socket) entries;
	VEC(struct audit_slot) slots;
	VEC(struct audit_proc) procs;
	VEC(struct audit_member) members;
	VEC(struct audit_timewait) timewait; /* only where the tracker hears of their end */
	struct pw_port *ports;		     /* [PW_PORTS] */
	/* the kernel */
	VEC(struct audit_socket) kernel; /* sockets that have a port, by their struct sock */
	VEC(struct pw_tw_key) kernel_timewait;
	VEC(struct pw_sock) diag;   /* sock_diag: addresses, ports, netns, state, cookie */
	VEC(struct pw_actor) tasks; /* empty: not all of them can be seen */
	size_t nr_netns;
	bool by_diag;		 /* sock_diag stands for iterators that are refused */
	unsigned int uncompared; /* enum uncompared */
};

void picture_done(struct picture *p);

/* Sort what is searched: entries, slots, processes and tasks, TIME-WAIT, and the kernel's sockets,
 * of which each is left once. Those that only sock_diag shows join them if it stands for
 * iterators, and an entry that it shows is alive. 0 or -ENOMEM. */
int picture_sort(struct picture *p);

/* Orders, for VEC_SORT() and bsearch(). */
int picture_by_sk(const void *a, const void *b);       /* struct audit_socket */
int picture_by_place(const void *a, const void *b);    /* struct audit_slot */
int picture_by_tgid(const void *a, const void *b);     /* struct audit_proc */
int picture_by_task(const void *a, const void *b);     /* struct pw_actor */
int picture_by_timewait(const void *a, const void *b); /* struct pw_tw_key */
int picture_by_tuple(const void *a, const void *b);    /* struct pw_sock */

/* Return the entry of this socket, or NULL. */
const struct audit_socket *picture_entry(const struct picture *p, uint64_t sk);

#endif
