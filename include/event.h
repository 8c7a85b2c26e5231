/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events, and the readers that they are for. */
#ifndef PW_EVENT_H
#define PW_EVENT_H

#include "record.h"

#define PW_MAX_READERS 64  /* bits of pw_meta.reader_mask */
#define PW_FILTER_PIDS 16  /* more than these are left to the reader's own filter */
#define PW_FILTER_NETNS 16 /* likewise */
#define PW_FILTER_NONE 0xffffffffu

/* A process as it knows itself: the inode number of its PID namespace and its
 * number in there. Names a reader to the kernel side, also from in a container. */
struct pw_self {
	__u32 pidns;
	__u32 pid;
};
PW_ASSERT_SIZE(pw_self, 8);

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

/* Is it told in the context of the process that has called? */
PW_INLINE _Bool event_is_call(__u8 kind)
{
	return kind >= PW_EV_BIND && kind <= PW_EV_ACCEPT;
}

/* The system call that has been refused a local port. */
enum pw_call { PW_CALL_BIND, PW_CALL_LISTEN, PW_CALL_CONNECT, PW_CALL_MAX };

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
	__u16 error : 12; /* PW_EV_BIND_FAILED: positive errno, at most MAX_ERRNO (linux/err.h) */
	__u16 call : 4;	  /* PW_EV_BIND_FAILED: enum pw_call */
	/* Up to here is what filters look at, with actor.tgid. */
	struct pw_actor actor; /* the process the socket belongs to; tgid 0: unknown */
	__u64 sk;	       /* address of the struct sock: identity within one stream */
	__u64 cookie;	       /* 0: unknown */
	union {
		__u64 age_ns; /* PW_EV_CLOSE: life of the socket; 0: unknown. PW_EV_LOST: how many
			       */
		/* Of a system call's event: which thread of the actor's called, as the initial
		 * PID namespace numbers it; 0: unknown. */
		__u64 thread;
	};
	struct pw_addr laddr;
	struct pw_addr raddr;
	__u32 backlog;
	__u32 ifindex; /* as in struct pw_sock */
};
PW_ASSERT_SIZE(pw_event, 128);

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
PW_ASSERT_SIZE(pw_filter, 8336);

struct pw_reader {
	struct pw_self self; /* the reading process; pid 0: the seat is free */
	__u64 sent;
	__u64 lost; /* ring full */
	__u64 last_wake_ns;
	struct pw_filter filter;
};
PW_ASSERT_SIZE(pw_reader, 8368);

#endif
