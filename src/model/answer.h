/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * answer: what `who`, `list` and `free` know about sockets and their holders at
 * one moment. Pure data: track/ fills in sockets and holders, sys/ what a person
 * needs to recognise a process, model/verdict.c the judgement on each port, print/
 * prints it.
 *
 * Ownership: an answer owns everything it points to; answer_done() frees it all.
 * A holder refers to a process by index, because many sockets share one process.
 */
#ifndef MODEL_ANSWER_H
#define MODEL_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/condition.h"
#include "model/lasts.h"
#include "model/queue.h"
#include "model/reach.h"
#include "portwatch.h"

/* How the holders of a socket were found out (portwatch.json(5), "resolved"). */
enum resolved {
	RESOLVED_UNKNOWN,  /* not asked for: absent in the output */
	RESOLVED_PROC,	   /* every process that may be read was looked at in /proc: not proven */
	RESOLVED_VERIFIED, /* candidates looked at in the kernel, proven complete */
	RESOLVED_WALK,	   /* every process was looked at in the kernel */
};

/* Facts that could not be found out (portwatch.json(5), "unknown"). */
enum unknown {
	UNKNOWN_HOLDERS = 1 << 0,	/* who has a socket that is shown without a process */
	UNKNOWN_OTHER_HOLDERS = 1 << 1, /* whether somebody else has it, too */
	UNKNOWN_CREATOR = 1 << 2,	/* who made it, and who had the port before */
	UNKNOWN_BOUND = 1 << 3,		/* sockets that are bound and do nothing yet */
	UNKNOWN_NETNS = 1 << 4,		/* other network namespaces */
	UNKNOWN_BIND = 1 << 5,		/* options that decide whether a port can be bound */
	UNKNOWN_DEVICE = 1 << 6,	/* which device a socket is bound to */
	UNKNOWN_NETNS_BOUND = 1 << 7,	/* as UNKNOWN_BOUND, in other network namespaces */
	UNKNOWN_CLOSING = 1 << 8,	/* when a closing connection ends */
	UNKNOWN_MAX = 1 << 9,
};

/* How well the sockets of a network namespace can be seen. */
enum how_seen {
	SEEN_WHOLE,
	SEEN_OUTSIDE, /* without being entered, which does not show what is only bound */
	SEEN_NOT,
};

/* A fact and the name of the source that told it. Both strings are constants. */
struct answer_source {
	const char *fact, *name;
};

#define ANSWER_SOURCES 6

/* Processes whose descriptors may not be read. */
struct blind {
	size_t processes;   /* looked at */
	size_t unreadable;  /* of them: not even a list of descriptors */
	size_t descriptors; /* of others: single ones */
	bool concealed;	    /* /proc does not show all processes */
	bool confined;	    /* nor those outside of our PID namespace */
	uint32_t pid, uid;  /* an example; pid 0: none */
};

#define PROCESS_PARENTS 16 /* at most */

struct parent {
	uint32_t pid; /* as our own PID namespace numbers it */
	char comm[PW_COMM_LEN];
};

struct process {
	struct pw_actor id; /* initial namespaces' numbers; comm as it is now */
	uint32_t pid;	    /* as our own PID namespace numbers it; 0: not in it */
	/* The rest is filled in by sys/, NULL when unknown. */
	char *cmdline; /* NUL-separated arguments, cmdline_len bytes */
	size_t cmdline_len;
	char *user;
	char *cgroup;
	char *unit;
	char *container;
	char *cwd, *exe;
	struct parent *parents; /* the own one first */
	size_t nr_parents;
	struct condition condition; /* nothing is special where it was not asked for */
};

struct holder {
	size_t process; /* index into answer.processes */
	uint32_t *fds;
	size_t nr_fds;
};

struct socket {
	uint64_t sk; /* address of the struct sock; 0 for TIME-WAIT and request sockets */
	uint64_t inode;
	struct pw_sock s;    /* addresses, state, flags, netns, creator, times */
	struct pw_bind bind; /* what a bind() to its port depends on, too */
	bool creator_alive;  /* meaningful when s.creator.tgid is not 0; neither: not known, */
	bool creator_gone;   /* from another PID namespace */
	bool timewait;	     /* the small structure of TIME-WAIT, also in state FIN_WAIT2 */
	bool has_expires;
	uint64_t expires_ms; /* TIME-WAIT and what closes without a process, with has_expires */
	uint8_t waits_for;   /* enum lasts_for: what closes without a process */
	uint8_t retransmits; /* LASTS_ANSWER: so often was sent again what the peer has not
				confirmed */
	bool reusable;	     /* TIME-WAIT: left by a socket that had SO_REUSEADDR */
	/* If no descriptor leads to the socket: the process that has a thread inside a system call
	 * on a descriptor that has been closed, or has it in an io_uring. 0: none was found. */
	uint32_t kept_pid;
	char kept_comm[PW_COMM_LEN];
	const char *kept_call; /* "accept()"; NULL: the io_uring */
	bool kept_others;      /* other processes have the io_uring, too */
	uint32_t qlen;	       /* LISTEN: connections in SYN_RECV */
	/* With has_drops, else neither is known. */
	uint32_t waiting; /* LISTEN: those that wait for accept(), whatever their clients did since
			   */
	uint32_t drops;	  /* what it had no room for since it was made, with has_drops */
	bool has_drops;
	char device[PW_DEVICE_LEN]; /* name of s.ifindex; "": it has none, or no name is known */
	uint8_t lacks;		    /* enum pw_lacks: not known of `s` */
	bool has_uid;
	uint32_t uid; /* of who made it, with has_uid */
	enum resolved resolved;
	struct holder *holders;
	size_t nr_holders;
};

/* Why a port is, or is not, free to be bound (portwatch.json(5), "why"). */
enum why {
	WHY_FREE,
	WHY_HELD,
	WHY_BOUND,
	WHY_TIMEWAIT,
	WHY_ORPHAN,
	WHY_INFLIGHT,
	WHY_KERNEL,
	WHY_OTHER_NETNS,
	WHY_PRIVILEGED,
	WHY_RESERVED,
	WHY_UNKNOWN, /* nothing is seen, and not everything can be */
	WHY_MAX
};

enum remark_kind {
	REMARK_MATTERS,
	REMARK_COUNT,  /* how many sockets of a kind there are besides */
	REMARK_DETAIL, /* true of every usual server: told with -v only */
};

struct remark {
	char *text; /* a clause */
	enum remark_kind kind;
};

struct verdict {
	uint16_t port;
	uint8_t proto;
	bool bindable;
	enum why why;
	bool has_frees_in;
	uint64_t frees_in_ms;
	/* The struct sock in the way whose end must be waited for before anything else is worth
	 * a look; 0: none is, or only TIME-WAIT. */
	uint64_t blocker;
	bool wildcard;	     /* no address was asked for */
	bool with_reuseaddr; /* not bindable, but it would be with this option alone */
	bool with_reuseport;
	char *hint;	    /* one sentence; NULL: none */
	bool implied;	    /* no protocol was asked for by its name */
	struct queue queue; /* at the listeners here */
	struct reach reach; /* to which of them connections come */
	char *guarded_for; /* who alone may bind it (portwatch guard); NULL: nobody in particular */
	struct remark *facts; /* what there is to know besides */
	size_t nr_facts;
};

/* How a former owner of a port went (portwatch.json(5), "history"). */
enum past_how {
	PAST_CLOSED,
	PAST_EXITED,
	PAST_KILLED,
	PAST_PASSED, /* others had the socket when it was closed or had it no more */
};

struct past {
	uint16_t port;
	uint8_t proto;
	enum past_how how;
	uint32_t netns;
	int code; /* EXITED: its exit status; KILLED: the signal */
	struct pw_actor id;
	uint64_t since_ns, until_ns; /* 0: unknown */
	char *cmdline;		     /* as in struct process; NULL: unknown */
	size_t cmdline_len;
	bool cmdline_cut; /* there was more of it */
};

struct answer {
	uint64_t time_ns;  /* CLOCK_BOOTTIME of the look */
	bool from_tracker; /* else a snapshot */
	bool degraded; /* the tracker refused or missed something; the kernel's tables answered */
	unsigned int unknown;	  /* enum unknown */
	enum how_seen about_seen; /* the namespace that the question is about */
	bool is_root;		  /* who asks: what to advise */
	struct blind blind;
	struct answer_source sources[ANSWER_SOURCES];
	size_t nr_sources;
	struct socket *sockets;
	size_t nr_sockets, cap_sockets;
	struct process *processes;
	size_t nr_processes, cap_processes;
	struct verdict *verdicts;
	size_t nr_verdicts, cap_verdicts;
	struct past *pasts; /* by port, the last one first */
	size_t nr_pasts, cap_pasts;
};

/* Is it not known what a later bind() depends on? A request has no port of its own: its listener's
 * decides. */
static inline bool socket_lacks_bind(const struct socket *s)
{
	return !s->bind.known && s->s.state != PW_SYN_RECV;
}

void answer_init(struct answer *a);
void answer_done(struct answer *a);

void verdict_done(struct verdict *v);

/* Free all that /proc told of a process, except its user. */
void process_forget(struct process *p);
/* Free all that /proc told of a process. */
void process_done(struct process *p);

/* Copy into an empty process who it is, its command line, user, unit and container. 0 or -ENOMEM;
 * process_done() in both cases. */
int process_copy(struct process *to, const struct process *from);

/* Return whether both are one process. Without a start time a process cannot be told from a later
 * process of its number, so the answer is no. */
bool process_is(const struct pw_actor *a, const struct pw_actor *b);

/* Return whether this process holds the socket. */
bool answer_held_by(const struct answer *a, const struct socket *s, const struct pw_actor *id);

/* Return a new, zeroed element, or NULL when out of memory. The answer owns it, and the next call
 * that adds to its array may move it. */
struct socket *answer_add_socket(struct answer *a);
struct verdict *answer_add_verdict(struct answer *a);
struct past *answer_add_past(struct answer *a);

/* Give the index of the process with this identity, which is added if it is new. 0 or -ENOMEM. */
int answer_add_process(struct answer *a, const struct pw_actor *id, uint32_t pid, size_t *ret);

/* Remove the sockets for which keep() is false. */
void answer_keep(struct answer *a,
		 bool (*keep)(void *arg, const struct answer *a, const struct socket *s),
		 void *arg);

/* Add an fd of a process to a socket. An fd that is there already changes nothing. 0 or -ENOMEM. */
int socket_add_holder(struct socket *s, size_t process, uint32_t fd);

/* Keep the last line of each process and port, the most recent first. Remove the lines of
 * processes that hold the port now. */
void answer_settle_pasts(struct answer *a);

/* Sort the sockets for people: by local port, then listening before bound before connected, then
 * protocol, family and addresses. With `listening_first` the listening sockets of all ports come
 * before all others. TIME-WAIT is always last of its port. */
void answer_sort(struct answer *a, bool listening_first);

#endif
