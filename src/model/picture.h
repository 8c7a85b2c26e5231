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
	bool alive; /* of an entry: the struct sock is there and has its cookie */
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

struct picture {
	/* the maps */
	VEC(struct audit_socket) entries;
	VEC(struct audit_slot) slots;
	VEC(struct audit_proc) procs;
	VEC(struct audit_member) members;
	VEC(struct audit_timewait) timewait; /* only where the tracker hears of their end */
	struct pw_port *ports;		     /* [PW_PORTS] */
	/* the kernel */
	VEC(struct audit_socket) kernel; /* iterators: sockets that have a port */
	VEC(struct pw_tw_key) kernel_timewait;
	VEC(struct pw_sock) diag;   /* sock_diag: only addresses, ports, netns */
	VEC(struct pw_actor) tasks; /* empty: not all of them can be seen */
	size_t nr_netns;
};

void picture_done(struct picture *p);

/* Sort what is searched: entries, slots, processes and tasks, TIME-WAIT, and the kernel's sockets,
 * of which each is left once. */
void picture_sort(struct picture *p);

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
