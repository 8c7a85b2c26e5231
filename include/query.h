/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Questions to the programs that read tables (bpf/tables), and the records that they answer with.
 */
#ifndef PW_QUERY_H
#define PW_QUERY_H

#include "record.h"

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
PW_ASSERT_SIZE(pw_query, 8200);

/* Programs that are run by hand (BPF_PROG_TEST_RUN) get the question as their context: at most
 * MAX_BPF_FUNC_ARGS (12, include/linux/bpf.h) numbers. More ports than fit are asked for as all;
 * the reader filters once more. */
#define PW_ASK_PORTS 24

struct pw_ask {
	__u8 flags;
	__u8 proto; /* 0: both */
	__u8 nr_ports;
	__u8 claim;  /* the number of a struct pw_claim */
	__u32 pid;   /* walk: only this process, as the caller's PID namespace numbers it; 0: all */
	__u64 token; /* what the claim holds while it stands */
	__u32 first; /* element of `records` to begin with, and how many there is room for */
	__u32 room;
	__u32 part; /* only the part-th of `parts` parts of what there is: when not all fits */
	__u32 parts;
	__u32 socket; /* walk: a descriptor of the caller's that is a socket, plus 1; or 0 */
	__u32 spare[3];
	__u16 ports[PW_ASK_PORTS];
};
PW_ASSERT_SIZE(pw_ask, 96);

/* A reader claims a part of `records` by putting a number of its own into a free claim. A claim
 * that is older than any question lasts was left by a reader that was killed, and is taken
 * over; nothing is written for a claim that does not stand, so its former owner notices. */
#define PW_CLAIMS 4
#define PW_CLAIM_RECORDS 1024

struct pw_claim {
	__u64 token; /* 0: free */
	__u64 since_ns;
};

struct pw_claims {
	struct pw_claim v[PW_CLAIMS];
};
PW_ASSERT_SIZE(pw_claims, 64);

/* A task for the program `mend`, with up to three numbers. */
enum pw_mend {
	PW_MEND_IS_THERE, /* sk, cookie: is that socket there? */
	PW_MEND_DROP,	  /* sk, cookie: remove the entry, unless it is */
	PW_MEND_REFRESH,  /* sk: the entry from the kernel's socket */
	PW_MEND_MOVE,	  /* sk: another slot in the port index */
	PW_MEND_RECOUNT,  /* element of `ports`, what to add to indexed, to live */
	PW_MEND_NOTE,	  /* count something put right elsewhere */
};

/* The state of a socket that a later bind() to its port looks at, beyond struct pw_sock. The fast_…
 * are those of all TCP sockets of a port in a namespace (struct inet_bind_bucket). */
struct pw_bind {
	struct pw_addr fast_addr;
	union {
		__u64 next; /* UDP: the struct sock that follows in its hash chain; 0: none */
		__u64 vrf;  /* TCP: the index of the VRF that its port is counted in; 0: none */
	};
	__u32 uid; /* of the socket, for SO_REUSEPORT */
	__u32 fast_uid;
	__s8 fastreuse;
	__s8 fastreuseport;
	__u8 fast_family; /* 0: no bucket, the fast_… say nothing */
	__u8 fast_v6only;
	__u8 hashed; /* can be found by what comes in; not so in the middle of listen() */
	__u8 known;  /* 0: nothing of all this is */
	__u8 pad[2];
};
PW_ASSERT_SIZE(pw_bind, 40);

/* Kinds of records: a holder (task_file), a socket (tcp, udp, map) or a process (task). */
enum pw_rec_kind {
	PW_REC_HOLDER = 1, /* iter/task_file: one fd of one process */
	PW_REC_TCP,	   /* iter/tcp */
	PW_REC_UDP,	   /* iter/udp */
	PW_REC_ENTRY,	   /* our own map `sockets` */
	PW_REC_TASK,	   /* iter/task: one process (netns and identity) */
};

/* Facts about a socket that some tables of the kernel do not tell. */
enum pw_lacks {
	PW_LACKS_V6ONLY = 1 << 0,
	PW_LACKS_BACKLOG = 1 << 1,
};

struct pw_rec {
	__u8 kind;
	__u8 timewait; /* a TIME-WAIT socket, also in state FIN_WAIT2 */
	__u8 has_uid;  /* bind.uid is the socket's user, whatever bind.known says */
	__u8 has_drops;
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
	__u32 waiting;	       /* LISTEN: connections that wait for accept() */
	__u32 drops;	       /* connections or packets that it had no room for, with has_drops */
	__u32 pid;	       /* HOLDER, TASK: as the reader's PID namespace numbers it */
	__u32 netns;	       /* TASK */
	__u16 has_socket;      /* a struct socket exists: an fd, in flight, or the kernel's own */
	__u16 lacks;	       /* enum pw_lacks: what `sock` does not tell; none if bind.known */
	struct pw_actor actor; /* HOLDER, TASK: the process */
	struct pw_sock sock;   /* ENTRY: the map's; else what the kernel's socket says, without
				* creator, user and times */
	struct pw_bind bind;
};
PW_ASSERT_SIZE(pw_rec, 328);

/* Whether a TIME-WAIT has a timestamp of its peer: connect() takes no port over without one. */
enum pw_stamps { PW_STAMPS_UNKNOWN, PW_STAMPS_NONE, PW_STAMPS_KNOWN };

/* A record of dump_churn: a TIME-WAIT socket, or another that occupies a port. Small, for there may
 * be hundreds of thousands. */
struct pw_churn_rec {
	struct pw_tw_key pair;
	__u64 start_ns; /* the process that left it, or has it; with tgid */
	__u64 since_ns; /* TIME-WAIT: when it began; 0: older than the tracker, or none loaded */
	__u64 jiffies;	/* TIME-WAIT: as in struct pw_rec; 0: the next two are in milliseconds */
	__s32 ends;	/* jiffies until its timer runs */
	__s32 expires;	/* jiffies to what the timer is set to, which may be earlier */
	__u32 tgid;
	__u8 family;
	__u8 state;	   /* of a TIME-WAIT socket its substate */
	__u8 side : 2;	   /* enum pw_side */
	__u8 stamps : 2;   /* TIME-WAIT: enum pw_stamps */
	__u8 own_port : 1; /* bind() has taken its port: connect() to wherever leaves it alone */
	__u8 timewait;	   /* else a live socket */
};
PW_ASSERT_SIZE(pw_churn_rec, 80);

#endif
