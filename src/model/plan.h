/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plan: what `free` is going to do, and what came of it. From an answer about the
 * ports follows which processes have to end, why, what is lost with each, and which
 * of them must not be ended, with the command that frees the port properly instead.
 *
 * Pure: an answer and a few facts in, a plan out. flow/ carries it out and writes the
 * fates into it, print/ prints it.
 *
 * Scope: sockets whose *local* port was asked for (the answer is filtered already). A process
 * that only talks to such a port is in no answer, and so in no plan.
 *
 * Invariants: a process is in a plan once, told apart by its exact start time, whatever
 * becomes of its number. A plan only grows: plan_add() of a later answer adds processes that
 * got hold of a planned socket meanwhile (fork, passed fd) and connections accepted
 * meanwhile. It never adds a process that took the port anew, which is reported (plan_judge()).
 */
#ifndef MODEL_PLAN_H
#define MODEL_PLAN_H

#include "model/target.h"

/* A process that has the port when all is done. */
struct plan_left {
	struct pw_actor id;
	uint32_t pid;
	bool respawned; /* took the port after the plan was made */
	uint32_t parent;
	char parent_comm[PW_COMM_LEN];
	char *unit, *container;
	bool user_unit;
};

struct plan_port {
	uint16_t port;
	uint8_t proto;
	bool was_free; /* when the plan was made */
	/* As plan_judge() found it last. */
	bool is_free;
	bool bindable;	/* free for a bind() without any option */
	bool by_chance; /* UDP that was not asked for, used by clients only: not counted */
	enum why why;
	bool has_frees_in;
	uint64_t frees_in_ms;
	char *hint;
	struct reach reach;
	size_t nr_timewait;    /* TIME-WAIT, and FIN_WAIT2 without a process */
	size_t nr_closing;     /* others that close without a process */
	size_t nr_waiting;     /* for accept() */
	size_t nr_connections; /* with a process */
	struct plan_left *left;
	size_t nr_left;
	/* Filled in by who carries it out. */
	size_t nr_ended;    /* --timewait: TIME-WAIT sockets destroyed */
	int timewait_error; /* --timewait: why not; 0 or a negative errno */
};

struct plan {
	struct target *targets;
	size_t nr_targets;
	unsigned int unknown; /* enum unknown, of the last answer */
	struct plan_port *ports;
	size_t nr_ports;
	unsigned int nr_unaccepted; /* waiting for accept(): lost, too */
};

void plan_done(struct plan *p);

/* Adds what an answer has that the plan has not: targets by age, the oldest first, so
 * that a master goes before its workers. *ret_new: the number of targets added that are
 * not guarded. 0 or -ENOMEM. */
int plan_add(struct plan *p, const struct answer *a, const struct plan_facts *f, size_t *ret_new);

/* Leave this target of the plan alone: the answer was no. */
void plan_decline(struct plan *p, struct target *t);

#endif
