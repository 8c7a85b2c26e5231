/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plan: what `free` is going to do, and what came of it. From an answer about the
 * ports follows which processes have to end, why, what is lost with each, and which
 * of them must not be ended, with the command that frees the port properly instead.
 *
 * Pure: an answer and a few facts in, a plan out. cmd/ carries it out and writes the
 * fates into it, print/ prints it.
 *
 * Scope: sockets whose *local* port was asked for (the answer is filtered already). Who
 * only talks to such a port is in no answer, and so in no plan.
 *
 * Invariants: a process is in a plan once, told apart by its exact start time, whatever
 * becomes of its number. A plan only grows: plan_add() of a later answer adds those that
 * got hold of a planned socket meanwhile (fork, passed fd) and connections accepted
 * meanwhile, but never one that took the port anew: that is reported (plan_judge()).
 */
#ifndef MODEL_PLAN_H
#define MODEL_PLAN_H

#include "model/answer.h"
#include "model/condition.h"
#include "model/portspec.h"

#define PLAN_MAX_SIGNALS 3 /* TERM, CONT, KILL */

/* Why a process is left alone, strongest last. */
enum guard {
	GUARD_NONE,
	GUARD_COMPANION,   /* all its ports have another holder that is left alone: useless */
	GUARD_CHANCE,	   /* a UDP client: the kernel chose its port, and UDP was not asked for */
	GUARD_ANCESTOR,	   /* portwatch was started by it, or by a descendant of it */
	GUARD_HANDED,	   /* another user opened the socket and handed it over */
	GUARD_PROXY,	   /* forwards ports for containers, or runs them */
	GUARD_ACTIVATED,   /* systemd holds the socket for a unit, and would start it again */
	GUARD_INIT,	   /* PID 1 */
	GUARD_SELF,	   /* portwatch itself, by an fd that it inherited */
	GUARD_UNREACHABLE, /* not in our PID namespace; --force does not help */
	GUARD_MAX
};

enum fate {
	FATE_PLANNED,
	FATE_GUARDED,  /* refused */
	FATE_DECLINED, /* answered no */
	FATE_MISSED,   /* had ended, or no longer held the port, before any signal */
	FATE_FAILED,   /* could not be signalled: error */
	FATE_WAITING,  /* signalled */
	FATE_GONE,     /* ended */
	FATE_RELEASED, /* goes on, without the port */
	FATE_ALIVE,    /* goes on, with the port */
	FATE_CLOSED,   /* --close: its sockets were destroyed */
	FATE_NOTHING,  /* --close: it has none that can be destroyed */
	FATE_MAX
};

/* Who may start it again. */
enum keeper {
	KEEPER_NONE,   /* nobody: init has adopted it, or a shell started it */
	KEEPER_PARENT, /* a program that has started it, and may do it again */
	KEEPER_LOOP,   /* a shell that waits for it, and runs a loop */
	KEEPER_UNIT,   /* systemd, by Restart= of its unit */
	KEEPER_CONTAINER,
};

/* Does it forward ports into other network namespaces, or run containers? */
struct plan_forwards {
	bool yes;
	char tool[16];	    /* "docker": what frees the port; "" unknown */
	char container[65]; /* into which; "" unknown */
	char what[64];	    /* "it holds the tun device tap0 of another network namespace" */
};

#define PLAN_MAX_ALSO 4
#define PLAN_RESTART_LEN 16

struct plan_also {
	uint16_t port;
	uint8_t proto;
};

struct plan_socket {
	uint64_t sk, inode; /* both: one alone is used again */
	struct pw_sock s;
	bool closed; /* destroyed by --close */
};

struct target {
	struct process process;	     /* a copy of its own */
	struct plan_socket *sockets; /* in scope */
	size_t nr_sockets;
	uint32_t *fds; /* of those sockets */
	size_t nr_fds;
	unsigned int nr_listening;	      /* LISTEN, BOUND, UDP without a peer */
	unsigned int nr_established;	      /* TCP connections that are lost with it */
	unsigned int nr_children;	      /* that live on and are no targets themselves */
	unsigned int nr_die_with;	      /* others that the kernel ends with it */
	unsigned int nr_also;		      /* its other ports that listen or are bound */
	struct plan_also also[PLAN_MAX_ALSO]; /* the first of them */
	unsigned int nr_also_established;     /* TCP connections on other ports */
	bool terminal;			      /* its end hangs up the terminal of its session */
	uint32_t parent;
	enum keeper keeper;
	char parent_comm[PW_COMM_LEN];
	char restart[PLAN_RESTART_LEN]; /* KEEPER_UNIT: of the unit, "" unknown */
	struct condition condition;	/* when the plan was made; of one that stays: in the end */
	enum guard guard;
	struct plan_forwards forwards;
	bool forced;   /* guarded, but --force was given */
	char *instead; /* guard: the command that frees the port properly; NULL: none */
	/* Filled in by who carries it out. */
	enum fate fate;
	int error;		       /* FATE_FAILED: negative errno */
	int signals[PLAN_MAX_SIGNALS]; /* sent, in this order; 0: none */
	uint64_t took_ns;	       /* from the first signal to its end or release */
};

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
	size_t nr_timewait;    /* TIME-WAIT, and FIN_WAIT2 without a process */
	size_t nr_closing;     /* others that close without a process */
	size_t nr_connections; /* with a process */
	struct plan_left *left;
	size_t nr_left;
	/* Filled in by who carries it out. */
	size_t nr_ended;    /* --timewait: TIME-WAIT sockets destroyed */
	int timewait_error; /* --timewait: why not; 0 or a negative errno */
};

/* What /proc says of one process; zero where it says nothing. */
struct plan_kin {
	unsigned int nr_children;
	unsigned int nr_die_with;
	bool terminal;
	struct condition condition;
	enum keeper keeper;
	char restart[PLAN_RESTART_LEN];
	struct plan_forwards forwards;
	uint32_t parent;
	char parent_comm[PW_COMM_LEN];
};

struct plan_facts {
	uint32_t self;		   /* our PID */
	const uint32_t *ancestors; /* PIDs, 1 excepted */
	size_t nr_ancestors;
	bool force;
	bool listening;		      /* only processes with a listening or bound socket */
	bool strict;		      /* free: for a bind() without any option */
	const struct portspec *asked; /* NULL: both protocols are meant */
	void *arg;
	void (*kin)(void *arg, const struct process *p, struct plan_kin *ret);
	/* All sockets of this process, whatever their port; NULL: not known. */
	int (*sockets_of)(void *arg, const struct process *p, struct answer *ret);
	/* The socket unit that listens on this port, NULL: unknown; good until the next call. */
	const char *(*socket_unit)(void *arg, uint8_t proto, uint16_t port);
};

struct plan {
	struct target *targets;
	size_t nr_targets;
	unsigned int unknown; /* enum unknown, of the last answer */
	struct plan_port *ports;
	size_t nr_ports;
	unsigned int nr_unaccepted; /* established, waiting for accept(): lost, too */
};

void plan_done(struct plan *p);

/* Does this socket count as the port's owner: listening, bound, waiting for datagrams? */
bool plan_is_listening(const struct socket *s);

/* Adds what an answer has that the plan has not: targets by age, the oldest first, so
 * that a master goes before its workers. *ret_new: the number of targets added that are
 * not guarded. 0 or -ENOMEM. */
int plan_add(struct plan *p, const struct answer *a, const struct plan_facts *f, size_t *ret_new);

/* Writes into every port how it stands by this answer. 0 or -ENOMEM. */
int plan_judge(struct plan *p, const struct answer *a, const struct plan_facts *f);

/* Are all ports free that were meant? */
bool plan_all_free(const struct plan *p);

/* A UDP port that was not written as such, a number alone means the server. */
bool plan_udp_is_aside(const struct plan_facts *f, uint16_t port);

/* A UDP socket whose port the kernel chose. */
bool plan_is_by_chance(const struct socket *s);

/* Is anybody there that was not, and holds what the plan was to free? */
bool plan_respawned(const struct plan *p);

/* Does this process hold anything in scope, by this answer? */
bool plan_holds(const struct answer *a, const struct plan_facts *f, const struct pw_actor *id);

/* To be carried out? */
static inline bool target_is_due(const struct target *t)
{
	return t->fate == FATE_PLANNED;
}

/* Why it is left alone: half a sentence for people, "it is PID 1". */
const char *guard_text(enum guard g);

const char *names_guard(enum guard g); /* "init": for scripts */
const char *names_fate(enum fate f);   /* "gone" */

#endif
