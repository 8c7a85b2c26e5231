/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * crew: processes of one command name that hold the same sockets, as a server and its workers do:
 * for people they are one. Pure.
 */
#ifndef MODEL_CREW_H
#define MODEL_CREW_H

#include "base/vec.h"
#include "model/answer.h"

struct crew {
	size_t leader; /* index of the process that started first: it is the others' parent */
	size_t others; /* how many there are besides */
};

struct crews {
	VEC(struct crew) list; /* in the order in which their first member was added */
	VEC(size_t) members;   /* processes that are counted */
};

void crews_done(struct crews *c);

/* Counts a process of the answer; each once. 0 or -ENOMEM. */
int crews_add(struct crews *c, const struct answer *a, size_t process);

/* Add the processes that hold this socket. */
int crews_add_holders(struct crews *c, const struct answer *a, const struct socket *s);

#endif
