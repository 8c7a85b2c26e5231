/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records of the pinned maps. */
#ifndef PW_RECORD_H
#define PW_RECORD_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

#define PW_ASSERT_SIZE(type, size)                                                                 \
	_Static_assert(sizeof(struct type) == (size), #type " is " #size " bytes on both sides")

#define PW_COMM_LEN 16	    /* TASK_COMM_LEN, include/linux/sched.h */
#define PW_MAX_SLOTS 128    /* indexed sockets per {protocol, port}; beyond: counted only */
#define PW_DEVICE_LEN 16    /* IFNAMSIZ, include/uapi/linux/if.h */
#define PW_MAX_MEMBERS 1024 /* processes remembered per family; beyond: walk */
#define PW_MAX_PAST 8	    /* former owners remembered per {protocol, port, netns} */
#define PW_PASTS 8192	    /* former owners remembered in all */
#define PW_USER_PASTS 2048  /* of these, at most so many of one user who is not root */
#define PW_CMDLINE_LEN 120  /* of a command line */

/* TCP states: include/net/tcp_states.h, stable since 2.6. PW_BOUND is ours. */
enum pw_state {
	PW_ESTABLISHED = 1,
	PW_SYN_SENT = 2,
	PW_SYN_RECV = 3,
	PW_FIN_WAIT1 = 4,
	PW_FIN_WAIT2 = 5,
	PW_TIME_WAIT = 6,
	PW_CLOSE = 7,
	PW_CLOSE_WAIT = 8,
	PW_LAST_ACK = 9,
	PW_LISTEN = 10,
	PW_CLOSING = 11,
	PW_NEW_SYN_RECV = 12, /* a request socket; shown as SYN_RECV */
	PW_BOUND = 13,	      /* TCP, has a local port, neither listening nor connected */
	PW_UNCONN = 14,	      /* UDP without a peer */
	PW_STATE_MAX
};

/* Protocols and families as in linux/in.h and linux/socket.h. */
#define PW_TCP 6
#define PW_UDP 17
#define PW_INET 2
#define PW_INET6 10

/* A process, told apart from a later one with the same number by its start. */
struct pw_actor {
	__u64 start_ns;	 /* task->group_leader->start_boottime; 0: unknown */
	__u64 cgroup_id; /* cgroup2 id (inode number of its directory); 0: unknown */
	__u32 tgid;	 /* as the initial PID namespace numbers it; 0: unknown */
	__u32 uid;	 /* effective, as the initial user namespace numbers it */
	char comm[PW_COMM_LEN];
};
PW_ASSERT_SIZE(pw_actor, 40);

/* Both sides of the tracker inline what little they compute from records. */
#define PW_INLINE static inline __attribute__((always_inline, unused))

PW_INLINE _Bool actor_same(const struct pw_actor *a, const struct pw_actor *b)
{
	return a->tgid == b->tgid && a->start_ns == b->start_ns;
}

struct pw_addr {
	__u8 b[16];
};

/* Flags of struct pw_sock. */
enum {
	PW_F_REUSEADDR = 1 << 0,
	PW_F_REUSEPORT = 1 << 1,
	PW_F_V6ONLY = 1 << 2,
	PW_F_INFERRED = 1 << 3,	  /* creator is the listener's, the socket was accepted */
	PW_F_SEEDED = 1 << 4,	  /* older than the tracker: creator unknown */
	PW_F_RELEASED = 1 << 5,	  /* last fd gone; lives on as an orphan */
	PW_F_EXPLICIT = 1 << 6,	  /* port set by bind() (SOCK_BINDPORT_LOCK) */
	PW_F_INDEXED = 1 << 7,	  /* has a slot in the port index */
	PW_F_COUNTED = 1 << 8,	  /* counted in pw_port.live */
	PW_F_KERNEL = 1 << 9,	  /* made by the kernel for itself, never has an fd */
	PW_F_TIMEWAIT = 1 << 10,  /* has left a TIME-WAIT socket behind */
	PW_F_RESETS = 1 << 11,	  /* was closed with a reset: leaves no TIME-WAIT behind */
	PW_F_ESTIMATED = 1 << 12, /* its TIME-WAIT is inferred, no hook told */
	PW_F_CONNECTED = 1 << 13, /* this side called connect() */
	PW_F_ACCEPTED = 1 << 14,  /* made by a listener. Neither: older than the tracker */
};

/* A live socket. Key of the map `sockets`: the address of its struct sock. */
struct pw_sock {
	__u64 cookie;		 /* SO_COOKIE; 0: none made yet */
	__u64 since_ns;		 /* bind, connect or accept; 0: older than the tracker */
	__u64 listen_ns;	 /* 0: never listened */
	__u64 family_id;	 /* family to look for holders in (struct pw_family); 0: none */
	struct pw_actor creator; /* who bound, listened or connected first; immutable */
	struct pw_actor user;	 /* last one seen using it from process context */
	struct pw_addr laddr;
	struct pw_addr raddr;
	__u32 netns; /* inode number of its network namespace */
	__u32 flags;
	__u32 backlog;
	__u32 ifindex; /* of the device that it is bound to (SO_BINDTODEVICE, a scope, VRF); 0: none
			*/
	__u16 lport;   /* 0: the kernel has not chosen one yet */
	__u16 rport;
	__u8 slot; /* its slot in the port index, with PW_F_INDEXED */
	__u8 family;
	__u8 proto;
	__u8 state;
};
_Static_assert(PW_MAX_SLOTS <= 256, "a slot fits in pw_sock");
PW_ASSERT_SIZE(pw_sock, 168);

/* Return the process that a socket belongs to: the last one seen using it, else its creator. */
PW_INLINE const struct pw_actor *sock_owner(const struct pw_sock *s)
{
	return s->user.tgid ? &s->user : &s->creator;
}

/* Index: {protocol, port, slot} -> address of a bound or listening socket. */
struct pw_slot_key {
	__u16 port;
	__u16 slot;
	__u8 proto;
	__u8 pad[3];
};
PW_ASSERT_SIZE(pw_slot_key, 8);

/*
 * Use of a local port by the sockets that we track, in all network namespaces: one element per
 * {protocol, port}. It answers "nobody" without a scan.
 */
struct pw_port {
	__u32 indexed;	  /* sockets that hold a slot */
	__u32 live;	  /* others: connections, autobound; they need a scan to list */
	__u64 last_tw_ns; /* when a socket with this local port last entered TIME-WAIT */
	__u64 accepted;	  /* connections that a listener on it has taken, ever */
};
PW_ASSERT_SIZE(pw_port, 24);

/* Element number of a port in the array `ports`; element 0 of each half counts
 * sockets whose port the kernel has not told us yet. */
#define PW_PORT_INDEX(proto, port) (((proto) == PW_UDP ? 65536u : 0u) + (__u16)(port))
#define PW_PORTS (2 * 65536)

/* A TIME-WAIT socket and the process that left it. LRU: what is pushed out loses only its owner. */
struct pw_tw_key {
	struct pw_addr laddr;
	struct pw_addr raddr;
	__u32 netns;
	__u16 lport;
	__u16 rport;
};
PW_ASSERT_SIZE(pw_tw_key, 40);

struct pw_tw {
	/* A query for all of them wants these, beside the key. */
	__u64 since_ns; /* 0: older than the tracker */
	__u8 family;
	__u8 substate; /* PW_TIME_WAIT or PW_FIN_WAIT2; 0: inferred, not known */
	__u8 side;     /* enum pw_side */
	__u8 pad[5];
	struct pw_actor actor;
	__u64 seen;	 /* pass number of the last iteration that met it in the kernel */
	__u64 cookie;	 /* of the socket it was */
	__u64 wanted_ns; /* when a new connection last wanted the pair; 0: none did */
};
PW_ASSERT_SIZE(pw_tw, 80);

/*
 * After so long nothing is left of a TIME-WAIT on the same pair: it lives 60 s (TCP_TIMEWAIT_LEN),
 * and FIN_WAIT2 may come before it for up to 120 s (TCP_FIN_TIMEOUT_MAX, both include/net/tcp.h).
 */
#define PW_TW_GONE_NS 200000000000ull

/* The end of the connection that a socket was: the kernel has chosen the port of either. */
enum pw_side {
	PW_SIDE_UNKNOWN,
	PW_SIDE_CONNECTED, /* its local port is one of many */
	PW_SIDE_ACCEPTED,  /* its peer's is */
};

/*
 * Number of TIME-WAIT sockets by process and peer. The port of the side that connected is left out
 * (0). LRU: the heaviest are counted so often that they stay. The counts that were pushed out are
 * the difference between PW_STAT_TW_ENTERED and the sum over the map.
 */
struct pw_churn_key {
	struct pw_addr laddr;
	struct pw_addr raddr;
	__u64 start_ns; /* of the process that closed; with tgid; both 0: unknown */
	__u32 tgid;
	__u32 netns;
	__u16 lport;
	__u16 rport;
	__u8 family;
	__u8 pad[3];
};
PW_ASSERT_SIZE(pw_churn_key, 56);

struct pw_churn {
	__u64 since_ns; /* first counted; tells it from an earlier one that was pushed out */
	__u64 entered;
	struct pw_actor actor;
};
PW_ASSERT_SIZE(pw_churn, 56);

/*
 * The process that leaves TIME-WAIT on a pair: a pw_tw_key without the port that the kernel chose.
 * As long as it is always the same process, nobody needs to look up each socket's own entry. Not
 * LRU: a pair that is forgotten must not come back with half of its past.
 */
struct pw_pair_owner {
	__u64 start_ns; /* the last one, with tgid */
	__u64 last_ns;
	__u64 mixed_until_ns; /* until then some may be another's; 0: there never was another */
	__u32 tgid;
	__u32 pad;
};
PW_ASSERT_SIZE(pw_pair_owner, 32);

/*
 * TIME-WAIT by port and name of process, since the tracker was loaded: what is counted here
 * never goes down, so that differences of any two looks are true. Not LRU for that reason:
 * when the map is full, a new name is counted in PW_STAT_TW_NAMELESS alone.
 */
struct pw_tally_key {
	char comm[PW_COMM_LEN]; /* of who left it */
	__u16 port;		/* 0: one that the kernel chose for connect() */
	__u8 pad[6];
};
PW_ASSERT_SIZE(pw_tally_key, 24);

struct pw_tally {
	__u64 entered;
	__u64 ended;
};
PW_ASSERT_SIZE(pw_tally, 16);

/*
 * Families: the processes in which holders are looked for first. A process that binds or listens
 * founds a family; the children of a member join it, and so does a process that receives a
 * descriptor. A family is known by the start time of its founder, so it outlives the founder.
 */
struct pw_family {
	__u32 next; /* number to try first for the next member */
	__u32 high; /* all numbers ever taken lie below */
};
PW_ASSERT_SIZE(pw_family, 8);

struct pw_member_key {
	__u64 family;
	__u32 nr;
	__u32 pad;
};
PW_ASSERT_SIZE(pw_member_key, 16);

/* Identity of a command line: the process, and how many programs it had executed before. */
struct pw_cmdline_key {
	__u64 start_ns;
	__u32 tgid;
	__u32 execs;
};
PW_ASSERT_SIZE(pw_cmdline_key, 16);

/* A member. */
struct pw_proc {
	__u64 start_ns;
	__u64 family;
	struct pw_cmdline_key cmdline; /* its own, or of the ancestor whose program it still runs */
	__u32 member_nr;
	__u32 pad;
};
PW_ASSERT_SIZE(pw_proc, 40);

/* The first bytes of a command line, arguments separated by NUL. */
struct pw_cmdline {
	__u32 len;
	__u32 cut; /* there was more */
	char s[PW_CMDLINE_LEN];
};
PW_ASSERT_SIZE(pw_cmdline, 128);

/* The end of a process that was a member of a family. */
struct pw_exit_key {
	__u64 start_ns;
	__u32 tgid;
	__u32 pad;
};
PW_ASSERT_SIZE(pw_exit_key, 16);

struct pw_exit {
	__u64 end_ns;
	struct pw_cmdline_key cmdline;
	__u32 status; /* as wait() gives it */
	__u32 pad;
};
PW_ASSERT_SIZE(pw_exit, 32);

/* How the last descriptor of a bound or listening socket went. */
enum pw_how {
	PW_HOW_CLOSED = 1, /* closed by a living process */
	PW_HOW_ENDED,	   /* with its process */
	PW_HOW_DROPPED,	   /* by the kernel: in flight, or in an io_uring that went */
};

struct pw_past_key {
	__u32 netns;
	__u16 port;
	__u8 proto;
	__u8 nr; /* 0 … PW_MAX_PAST - 1; in no order */
};
PW_ASSERT_SIZE(pw_past_key, 8);

/* The records of the history that a user has taken, one after another. */
struct pw_turn {
	__u32 uid;
	__u32 nr;
};

/* A former owner of a port. */
struct pw_past {
	__u64 until_ns;
	__u64 since_ns;		 /* bind or listen; 0: older than the tracker */
	struct pw_actor actor;	 /* whose descriptor was the last; DROPPED: the last one seen */
	struct pw_actor creator; /* of the socket */
	struct pw_cmdline_key cmdline; /* the actor's */
	__u64 netns_cookie; /* numbers of namespaces are used again; 0: not known (5.10) */
	__u32 status;	    /* ENDED: as wait() gives it */
	__u8 how;
	__u8 pad[3];
};
PW_ASSERT_SIZE(pw_past, 128);

#endif
