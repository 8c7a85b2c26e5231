/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel side (bpf/) and the program (src/) share: the records of the
 * pinned maps, the events, and the ABI number that guards them.
 *
 * Rules: fixed-width types, natural alignment, explicit padding, a static
 * assertion on every size. A pinned tracker may be older than the program that
 * reads it, so any change to a struct or to the meaning of a field raises
 * PW_ABI; the program then refuses with "portwatch unload && portwatch load".
 *
 * Units and byte order: times are nanoseconds of CLOCK_BOOTTIME, ports are in
 * host byte order, addresses in network byte order in 16 bytes (an IPv4
 * address occupies the first four, the rest is zero).
 */
#ifndef PORTWATCH_H
#define PORTWATCH_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

#define PW_ABI 7

#define PW_COMM_LEN 16	   /* TASK_COMM_LEN, include/linux/sched.h */
#define PW_MAX_READERS 64  /* bits of pw_meta.reader_mask */
#define PW_MAX_SLOTS 128   /* indexed sockets per {protocol, port}; beyond: PW_PORT_OVERFLOW */
#define PW_MAX_KIN 1024	   /* processes remembered per family; beyond: walk */
#define PW_MAX_PAST 8	   /* former owners remembered per {protocol, port, netns} */
#define PW_PASTS 8192	   /* former owners remembered in all */
#define PW_USER_PASTS 2048 /* of these, at most so many of one user who is not root */
#define PW_WORDS_LEN 120   /* of a command line */
#define PW_FILTER_PIDS 16  /* more than these are left to the reader's own filter */
#define PW_FILTER_NETNS 16 /* likewise */
#define PW_FILTER_NONE 0xffffffffu

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

struct pw_addr {
	__u8 b[16];
};

/* A process as it knows itself: the inode number of its PID namespace and its
 * number in there. Names a reader to the kernel side, also from in a container. */
struct pw_self {
	__u32 pidns;
	__u32 pid;
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
	__u64 kin;		 /* family to look for holders in (struct pw_family); 0: none */
	struct pw_actor creator; /* who bound, listened or connected first; immutable */
	struct pw_actor user;	 /* last one seen using it from process context */
	struct pw_addr laddr;
	struct pw_addr raddr;
	__u32 netns; /* inode number of its network namespace */
	__u32 flags;
	__u32 backlog;
	__u16 lport; /* 0: the kernel has not chosen one yet */
	__u16 rport;
	__u16 slot; /* its slot in the port index, with PW_F_INDEXED */
	__u8 family;
	__u8 proto;
	__u8 state;
	__u8 pad[3];
};

/* Index: {protocol, port, slot} -> address of a bound or listening socket. */
struct pw_slot_key {
	__u16 port;
	__u16 slot;
	__u8 proto;
	__u8 pad[3];
};

/*
 * One element per {protocol, port}, over all network namespaces: does any
 * tracked socket use this local port? Answers "nobody" without a scan.
 */
struct pw_port {
	__u32 indexed;	  /* sockets that hold a slot */
	__u32 live;	  /* others: connections, autobound; they need a scan to list */
	__u64 last_tw_ns; /* when a socket with this local port last entered TIME-WAIT */
	__u64 accepted;	  /* connections that a listener on it has taken, ever */
};

/* Element number of a port in the array `ports`; element 0 of each half counts
 * sockets whose port the kernel has not told us yet. */
#define PW_PORT_INDEX(proto, port) (((proto) == PW_UDP ? 65536u : 0u) + (__u16)(port))
#define PW_PORTS (2 * 65536)

/* Who left a TIME-WAIT socket. LRU: what is pushed out loses only its owner. */
struct pw_tw_key {
	struct pw_addr laddr;
	struct pw_addr raddr;
	__u32 netns;
	__u16 lport;
	__u16 rport;
};

struct pw_tw {
	/* What the look at all of them wants, beside the key. */
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

/* Which end of the connection a socket was: whose port was chosen by the kernel? */
enum pw_side {
	PW_SIDE_UNKNOWN,
	PW_SIDE_CONNECTED, /* its local port is one of many */
	PW_SIDE_ACCEPTED,  /* its peer's is */
};

/*
 * Who makes TIME-WAIT, and where to. The port of the side that connected is left out (0).
 * LRU: the heaviest are counted so often that they stay. What was counted and pushed out
 * is the difference between PW_STAT_TW_ENTERED and the sum over the map.
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

struct pw_churn {
	__u64 since_ns; /* first counted; tells it from an earlier one that was pushed out */
	__u64 entered;
	struct pw_actor actor;
};

/*
 * Who leaves TIME-WAIT at a place: a pw_tw_key without the port that the kernel chose. As long
 * as it is always the same process, nobody needs to look up each socket's own entry.
 * Not LRU: a place that is forgotten must not come back with half of its past.
 */
struct pw_place {
	__u64 start_ns; /* the last one, with tgid */
	__u64 last_ns;
	__u64 mixed_until_ns; /* until then some may be another's; 0: there never was another */
	__u32 tgid;
	__u32 pad;
};

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

struct pw_tally {
	__u64 entered;
	__u64 ended;
};

/*
 * Families: the processes in which holders are looked for first. Who binds or listens founds
 * one; whoever a member forks joins, and whoever receives a descriptor. A family is known by
 * the start time of its founder, so it outlives it.
 */
struct pw_family {
	__u32 next; /* place to try first for the next member */
	__u32 high; /* places ever taken lie below */
};

struct pw_kin_key {
	__u64 family;
	__u32 place;
	__u32 pad;
};

/* Names a command line: the process that executed it, and the how manieth of its it is. */
struct pw_words_key {
	__u64 start_ns;
	__u32 tgid;
	__u32 execs;
};

/* A member. */
struct pw_proc {
	__u64 start_ns;
	__u64 family;
	struct pw_words_key words; /* its own, or of the ancestor whose program it still runs */
	__u32 place;
	__u32 pad;
};

/* The first bytes of a command line, arguments separated by NUL. */
struct pw_words {
	__u32 len;
	__u32 cut; /* there was more */
	char s[PW_WORDS_LEN];
};

/* What is left of a member that has ended. */
struct pw_life_key {
	__u64 start_ns;
	__u32 tgid;
	__u32 pad;
};

struct pw_life {
	__u64 end_ns;
	struct pw_words_key words;
	__u32 status; /* as wait() gives it */
	__u32 pad;
};

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
	__u8 place; /* 0 … PW_MAX_PAST - 1; in no order */
};

/* The places in the history that a user has taken, one after another. */
struct pw_turn {
	__u32 uid;
	__u32 nr;
};

/* A former owner of a port. */
struct pw_past {
	__u64 until_ns;
	__u64 since_ns;		   /* bind or listen; 0: older than the tracker */
	struct pw_actor actor;	   /* whose descriptor was the last; DROPPED: the last one seen */
	struct pw_actor creator;   /* of the socket */
	struct pw_words_key words; /* the actor's */
	__u64 netns_cookie;	   /* numbers of namespaces are used again; 0: not known (5.10) */
	__u32 status;		   /* ENDED: as wait() gives it */
	__u8 how;
	__u8 pad[3];
};

/* Events. */
enum pw_event_kind {
	PW_EV_BIND = 1,
	PW_EV_BIND_FAILED,
	PW_EV_LISTEN,
	PW_EV_CONNECT,
	PW_EV_ACCEPT,
	PW_EV_STATE,
	PW_EV_CLOSE,
	PW_EV_TIMEWAIT,
	PW_EV_TIMEWAIT_END,
	PW_EV_LOST, /* made by the reader, never by the kernel side */
	PW_EV_MAX
};

enum {
	PW_EF_INFERRED = 1 << 0, /* actor is the listener's */
	PW_EF_V6ONLY = 1 << 1,
	PW_EF_REUSEPORT = 1 << 2,
	PW_EF_REUSEADDR = 1 << 3,
	PW_EF_SEEDED = 1 << 4,	  /* socket is older than the tracker */
	PW_EF_REUSED = 1 << 5,	  /* TIME-WAIT ended early by a new connection */
	PW_EF_ESTIMATED = 1 << 6, /* seen by comparison (iter/tcp), not by a hook */
};

struct pw_event {
	__u64 time_ns;
	__u32 netns;
	__u16 lport;
	__u16 rport;
	__u8 kind;
	__u8 family;
	__u8 proto;
	__u8 old_state;
	__u8 new_state;
	__u8 flags;
	__u8 pad[2];
	/* Up to here is what filters look at, with actor.tgid. */
	struct pw_actor actor; /* the process the socket belongs to; tgid 0: unknown */
	__u64 sk;	       /* address of the struct sock: identity within one stream */
	__u64 cookie;	       /* 0: unknown */
	__u64 age_ns; /* PW_EV_CLOSE: life of the socket; 0: unknown. PW_EV_LOST: how many */
	struct pw_addr laddr;
	struct pw_addr raddr;
	__u32 backlog;
	__s32 error; /* PW_EV_BIND_FAILED: positive errno */
};

/* A reader's wishes, applied in the kernel. An empty set means "everything".
 * It may let through too much (the reader filters once more), never too little. */
enum {
	PW_WANT_PORTS = 1 << 0,
	PW_WANT_PIDS = 1 << 1,
	PW_WANT_NETNS = 1 << 2,
	PW_WANT_WAKE = 1 << 3, /* wake the reader at every event */
};

struct pw_filter {
	__u32 want;
	__u32 events; /* bit per pw_event_kind; 0: all */
	__u32 states; /* bit per pw_state, matched on the new state; 0: all */
	__u8 proto;   /* 0: both */
	__u8 family;  /* 0: both */
	__u8 pad[2];
	__u32 pids[PW_FILTER_PIDS]; /* unused ones: PW_FILTER_NONE */
	__u32 netns[PW_FILTER_NETNS];
	__u64 ports[1024]; /* bit per local port */
};

struct pw_reader {
	struct pw_self self; /* the reading process; pid 0: the slot is free */
	__u64 sent;
	__u64 lost; /* ring full */
	__u64 last_wake_ns;
	struct pw_filter filter;
};

/* What must be known; one hook or several per need (src/track/hooks.c). */
enum pw_need {
	PW_NEED_BIND,
	PW_NEED_BIND_FAILED,
	PW_NEED_LISTEN,
	PW_NEED_CONNECT,
	PW_NEED_STATE,
	PW_NEED_RELEASE,
	PW_NEED_ACCEPT,
	PW_NEED_TW_ENTER,
	PW_NEED_TW_LEAVE,
	PW_NEED_RECEIVE,
	PW_NEED_FORK,
	PW_NEED_EXEC,
	PW_NEED_EXIT,
	PW_NEED_MAX
};

enum pw_variant {
	PW_VAR_NONE, /* nothing attached; the need is met at query time or not at all */
	PW_VAR_FENTRY,
	PW_VAR_KPROBE,
	PW_VAR_TRACEPOINT, /* tp_btf, cgroup */
	PW_VAR_SYSCALL,	   /* tp/syscalls, attached by a reader while it reads */
	PW_VAR_ITER,
	PW_VAR_MAX
};

#define PW_RECOVERING 2

/* The only element of the map `meta`. Written last when loading: abi == 0 means
 * a load that did not finish. */
struct pw_meta {
	__u32 abi;
	__u32 max_sockets;
	__u32 max_timewait;
	__u32 degraded;	   /* not 0: a socket was refused (map full): maps are not complete;
			    * PW_RECOVERING: they are being filled again */
	__u64 loaded_ns;   /* 0: not finished */
	__u64 reader_mask; /* bit per taken slot of `readers` */
	__u64 tw_pass;	   /* number of the current pass over TIME-WAIT */
	__u64 tw_seeded;  /* jiffies at which the last of those ends that are older than us; 0: none
			   */
	__u8 variant[16]; /* enum pw_variant by enum pw_need */
	char version[16]; /* of the program that loaded it */
	__u32 map_id[24]; /* the kernel's numbers of the maps and of the programs that read */
	__u32 prog_id[24]; /* tables, in the loader's order (src/track/register.h); 0: none */
};

/* Counters, per CPU (map `stats`). */
enum pw_stat {
	PW_STAT_EVENTS,	    /* hooks that changed or told something */
	PW_STAT_SOCKETS,    /* insertions */
	PW_STAT_REMOVED,    /* deletions; the difference is the number of entries */
	PW_STAT_REFUSED,    /* map full: a socket is not tracked */
	PW_STAT_INDEX_FULL, /* no slot for a bound or listening socket: listed by scan */
	PW_STAT_LATE,	    /* sockets first met in the middle of their life */
	PW_STAT_TW_ENTERED,
	PW_STAT_TW_LEFT,
	PW_STAT_SENT, /* records put into rings */
	PW_STAT_LOST, /* records refused by a full ring */
	PW_STAT_REPAIRED,
	PW_STAT_KIN_FULL, /* no slot for a descendant: walk instead */
	PW_STAT_ACCEPTS,
	/* bind() refused, by reason; system calls count only while they are traced. */
	PW_STAT_BIND_INUSE,
	PW_STAT_BIND_ACCESS, /* EACCES, EPERM */
	PW_STAT_BIND_NOADDR, /* EADDRNOTAVAIL */
	PW_STAT_BIND_INVALID,
	PW_STAT_BIND_OTHER,
	PW_STAT_NESTED,	      /* skips of one of two copies of a program that the other made good */
	PW_STAT_TW_FIN_WAIT2, /* of those entered: in FIN_WAIT2, the peer's FIN yet to come */
	PW_STAT_TW_REUSED,    /* of those left: for a new connection on the same pair */
	PW_STAT_PASTS,	      /* places taken in the history */
	PW_STAT_PASTS_OVER,   /* places given back, for the user had his share */
	PW_STAT_TW_NAMELESS,  /* of those entered: not in the map `tallies`, which was full */
	PW_STAT_MAX
};

/* Questions to the programs that read the kernel's tables (bpf/tables). */
enum {
	PW_Q_PORTS = 1 << 0,   /* only sockets with one of these local ports */
	PW_Q_TASKS = 1 << 1,   /* walk: processes, not their descriptors */
	PW_Q_TW_ONLY = 1 << 2, /* iter/tcp: only TIME-WAIT, request sockets and orphans */
	PW_Q_NETNS = 1 << 3,   /* with PW_Q_TASKS: some of each network namespace will do */
	PW_Q_SWEEP = 1 << 4,   /* our own map: only remove what is no longer there */
};

/* Iterators take no arguments. The reading process leaves its question in the map `queries`,
 * under its own number; they run in its context and look it up. */
struct pw_query {
	__u32 flags;
	__u8 proto; /* 0: both */
	__u8 pad[3];
	__u64 ports[1024];
};

/* Programs that are run by hand (BPF_PROG_TEST_RUN) get the question as their context: at most
 * MAX_BPF_FUNC_ARGS (12, include/linux/bpf.h) numbers. More ports than fit are asked for as all;
 * the reader filters once more. */
#define PW_ASK_PORTS 24

struct pw_ask {
	__u8 flags;
	__u8 proto; /* 0: both */
	__u8 nr_ports;
	__u8 slot;   /* of `records` */
	__u32 pid;   /* walk: only this process, as the caller's PID namespace numbers it; 0: all */
	__u64 token; /* the claim on the slot */
	__u32 first; /* element of `records` to begin with, and how many there is room for */
	__u32 room;
	__u32 part; /* only the part-th of `parts` parts of what there is: when not all fits */
	__u32 parts;
	__u32 socket; /* walk: a descriptor of the caller's that is a socket, plus 1; or 0 */
	__u32 spare[3];
	__u16 ports[PW_ASK_PORTS];
};

/* A reader claims a slot of `records` by putting a number of its own into a free one. A claim
 * that is older than any question lasts was left by a reader that was killed, and is taken
 * over; nothing is written for a claim that does not stand, so its former owner notices. */
#define PW_RECORD_SLOTS 4
#define PW_SLOT_RECORDS 1024

struct pw_claim {
	__u64 token; /* 0: free */
	__u64 since_ns;
};

struct pw_claims {
	struct pw_claim slot[PW_RECORD_SLOTS];
};

/* What the program `mend` is asked to do, with up to three numbers. */
enum pw_mend {
	PW_MEND_LOOK,	 /* sk, cookie: is that socket there? */
	PW_MEND_DROP,	 /* sk, cookie: remove the entry, unless it is */
	PW_MEND_REFRESH, /* sk: the entry from the kernel's socket */
	PW_MEND_MOVE,	 /* sk: another place in the port index */
	PW_MEND_RECOUNT, /* element of `ports`, what to add to indexed, to live */
	PW_MEND_NOTE,	 /* count something put right elsewhere */
};

/* What a later bind() to a socket's port will look at, beyond struct pw_sock. The fast_…
 * are those of the TCP sockets of one port in one namespace together
 * (struct inet_bind_bucket). */
struct pw_bind {
	struct pw_addr fast_addr;
	__u64 next; /* UDP: the struct sock that follows in its hash chain; 0: none */
	__u32 uid;  /* of the socket, for SO_REUSEPORT */
	__u32 fast_uid;
	__s8 fastreuse;
	__s8 fastreuseport;
	__u8 fast_family; /* 0: no bucket, the fast_… say nothing */
	__u8 fast_v6only;
	__u8 hashed; /* can be found by what comes in; not so in the middle of listen() */
	__u8 known;  /* 0: nothing of all this is */
	__u8 pad[2];
};

/* What the iterators write: a holder (task_file) or a socket (tcp, udp, map). */
enum pw_rec_kind {
	PW_REC_HOLDER = 1, /* iter/task_file: one fd of one process */
	PW_REC_TCP,	   /* iter/tcp */
	PW_REC_UDP,	   /* iter/udp */
	PW_REC_ENTRY,	   /* our own map `sockets` */
	PW_REC_TASK,	   /* iter/task: one process (netns and identity) */
};

struct pw_rec {
	__u8 kind;
	__u8 timewait; /* a TIME-WAIT socket, also in state FIN_WAIT2 */
	__u8 has_uid;  /* bind.uid is the socket's user, whatever bind.known says */
	__u8 pad0;
	union {
		__u32 fd; /* HOLDER */
		__u32 hz; /* ticks a second of `expires`; 0: the kernel's jiffies, see `jiffies` */
	};
	__u64 sk;
	__u64 inode; /* of the socket, as in /proc/PID/fd; 0: none */
	__u64 refs;  /* HOLDER: references to the struct file by fds, in flight or by unknown
		      * users; 0: not to be told just now */
	__u64 files; /* HOLDER: identity of the fd table; threads and some processes share one */
	union {
		__s64 expires;		   /* TIME-WAIT: ticks until it ends, see `hz` */
		struct {		   /* HOLDER */
			__u32 table_users; /* threads that use the fd table, of any process */
			__u32 threads;	   /* of this process that have not begun to end */
		};
	};
	__u64 jiffies;	       /* with expires and no hz: jiffies64 now, from which HZ follows */
	__u32 qlen;	       /* LISTEN: request sockets in SYN_RECV */
	__u32 pid;	       /* HOLDER, TASK: as the reader's PID namespace numbers it */
	__u32 netns;	       /* TASK */
	__u32 has_socket;      /* a struct socket exists: an fd, in flight, or the kernel's own */
	struct pw_actor actor; /* HOLDER, TASK: the process */
	struct pw_sock sock;   /* ENTRY: the map's; else what the kernel's socket says, without
				* creator, user and times */
	struct pw_bind bind;
};

/* What the iterator of TIME-WAIT and of what else occupies ephemeral ports writes: small,
 * for there may be hundreds of thousands. */
struct pw_churn_rec {
	struct pw_tw_key pair;
	__u64 start_ns; /* the process that left it, or has it; with tgid */
	__u64 since_ns; /* TIME-WAIT: when it began; 0: older than the tracker, or none loaded */
	__u64 jiffies;	/* TIME-WAIT: as in struct pw_rec; 0: the next two are in milliseconds */
	__s32 ends;	/* jiffies until its timer runs */
	__s32 expires;	/* jiffies to what the timer is set to, which may be earlier */
	__u32 tgid;
	__u8 family;
	__u8 state;    /* of a TIME-WAIT socket its substate */
	__u8 side;     /* enum pw_side */
	__u8 timewait; /* else a live socket */
};

#define PW_ASSERT_SIZE(type, size)                                                                 \
	_Static_assert(sizeof(struct type) == (size), #type " is " #size " bytes on both sides")

PW_ASSERT_SIZE(pw_actor, 40);
PW_ASSERT_SIZE(pw_sock, 168);
PW_ASSERT_SIZE(pw_slot_key, 8);
PW_ASSERT_SIZE(pw_port, 24);
PW_ASSERT_SIZE(pw_tw_key, 40);
PW_ASSERT_SIZE(pw_tw, 80);
PW_ASSERT_SIZE(pw_churn_key, 56);
PW_ASSERT_SIZE(pw_churn, 56);
PW_ASSERT_SIZE(pw_place, 32);
PW_ASSERT_SIZE(pw_tally_key, 24);
PW_ASSERT_SIZE(pw_tally, 16);
PW_ASSERT_SIZE(pw_self, 8);
PW_ASSERT_SIZE(pw_family, 8);
PW_ASSERT_SIZE(pw_kin_key, 16);
PW_ASSERT_SIZE(pw_words_key, 16);
PW_ASSERT_SIZE(pw_proc, 40);
PW_ASSERT_SIZE(pw_words, 128);
PW_ASSERT_SIZE(pw_life_key, 16);
PW_ASSERT_SIZE(pw_life, 32);
PW_ASSERT_SIZE(pw_past_key, 8);
PW_ASSERT_SIZE(pw_past, 128);
PW_ASSERT_SIZE(pw_event, 128);
PW_ASSERT_SIZE(pw_filter, 8336);
PW_ASSERT_SIZE(pw_reader, 8368);
PW_ASSERT_SIZE(pw_meta, 272);
PW_ASSERT_SIZE(pw_query, 8200);
PW_ASSERT_SIZE(pw_ask, 96);
PW_ASSERT_SIZE(pw_claims, 64);
PW_ASSERT_SIZE(pw_bind, 40);
PW_ASSERT_SIZE(pw_rec, 320);
PW_ASSERT_SIZE(pw_churn_rec, 80);

#endif
