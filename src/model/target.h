/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * target: a process that `free` may end: what it holds, what is lost with it, who may start it
 * again, and what became of it. Pure: what /proc and the tracker say comes through plan_facts.
 */
#ifndef MODEL_TARGET_H
#define MODEL_TARGET_H

#include "model/answer.h"
#include "model/condition.h"
#include "model/portspec.h"

#define PLAN_MAX_SIGNALS 3 /* TERM, CONT, KILL */
#define PLAN_MAX_ALSO 4
#define PLAN_RESTART_LEN 16

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

/* The kinds of supervisors that may start a process again. */
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

struct plan_also {
	uint16_t port;
	uint8_t proto;
	uint32_t netns; /* another network namespace than that of the port asked for; 0: its own */
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
	bool parent_ends; /* its parent is to be ended, too */
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

/* Facts of /proc about a process and its relatives; zero where it says nothing. */
struct plan_relatives {
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
	void (*relatives)(void *arg, const struct process *p, struct plan_relatives *ret);
	/* Give all sockets of this process, whatever their port. NULL: not known. */
	int (*sockets_of)(void *arg, const struct process *p, struct answer *ret);
	/* Return the socket unit that listens on this port; NULL: unknown. The string is good until
	 * the next call. */
	const char *(*socket_unit)(void *arg, uint8_t proto, uint16_t port);
};

/* Fill in a target of this process of the answer. 0 or -ENOMEM; target_done() in both cases. */
int target_fill(struct target *t, const struct answer *a, size_t process,
		const struct plan_facts *f);
void target_done(struct target *t);

/* Return whether this is an established TCP connection. */
bool target_is_connection(const struct socket *s);

/* Does this socket count as the port's owner: listening, bound, waiting for datagrams? */
bool plan_is_listening(const struct socket *s);

/* Whether UDP on this port was not asked for: a number alone means the server. */
bool plan_udp_is_aside(const struct plan_facts *f, uint16_t port);

/* Whether this is a UDP socket whose port the kernel chose. */
bool plan_is_by_chance(const struct socket *s);

/* Whether the process holds a socket in scope, by this answer. */
bool plan_holds(const struct answer *a, const struct plan_facts *f, const struct pw_actor *id);

/* Whether the target is still to be ended. */
static inline bool target_is_due(const struct target *t)
{
	return t->fate == FATE_PLANNED;
}

const char *names_fate(enum fate f); /* "gone": for scripts */

#endif
