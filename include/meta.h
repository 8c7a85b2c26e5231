/* SPDX-License-Identifier: GPL-2.0-or-later */
/* State of a tracker: the needs and how they are met, the map `meta`, the counters. */
#ifndef PW_META_H
#define PW_META_H

#include "record.h"

/* The needs: what must be known. Each is met by one hook or several (src/track/hooks.c). */
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
	__u64 reader_mask; /* bit per taken seat of `readers` */
	__u64 tw_pass;	   /* number of the current pass over TIME-WAIT */
	__u64 tw_seeded;  /* jiffies at which the last of those ends that are older than us; 0: none
			   */
	__u8 variant[16]; /* enum pw_variant by enum pw_need */
	char version[16]; /* of the program that loaded it */
	__u32 map_id[24]; /* the kernel's numbers of the maps and of the programs that read */
	__u32 prog_id[24]; /* tables, in the loader's order (src/track/register.h); 0: none */
};
PW_ASSERT_SIZE(pw_meta, 272);

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
	PW_STAT_FAMILY_FULL, /* no number for a descendant: walk instead */
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
	PW_STAT_PASTS,	      /* records of the history taken */
	PW_STAT_PASTS_OVER,   /* records given back: the user had his share */
	PW_STAT_TW_NAMELESS,  /* of those entered: not in the map `tallies`, which was full */
	PW_STAT_UNTOLD,	      /* sockets that ended in another state than the last one told */
	PW_STAT_MAX
};

#endif
