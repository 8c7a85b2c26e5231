/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The interface between the program that guards ports (bpf/guard/) and `portwatch guard`: the
 * records of its maps, and the layout's number. It has nothing in common with the tracker's
 * (portwatch.h): guards live on through unload, load and an upgrade.
 *
 * A change is made whole by one write. What a batch adds is `born` in it, what a batch takes away
 * is `dying` in it, and neither counts before guard_meta.committed has reached the batch. What a
 * killed process has left of a batch is taken back by the next that holds the lock.
 *
 * Rules as in portwatch.h: fixed-width types, explicit padding, times of CLOCK_BOOTTIME, ports in
 * host byte order. Any change raises PW_GUARD_ABI; abi and version of guard_meta stay where they
 * are.
 */
#ifndef GUARDED_H
#define GUARDED_H

#define PW_GUARD_ABI 1

#define PW_GUARD_RULES 1024
#define PW_GUARD_SLOTS 262144
#define PW_GUARD_WHOS 8	   /* alternatives of one rule */
#define PW_GUARD_PARTS 16  /* components of the path of a cgroup: a power of two */
#define PW_GUARD_NAME 128  /* of a component, at most 126 bytes: see name_is() */
#define PW_GUARD_TEXT 256  /* of an alternative as it was given */
#define PW_GUARD_DEPTH 32  /* levels of cgroups that a process may be below the root */
#define PW_GUARD_RESERVE 0 /* in place of a protocol: the port is reserved, not guarded */

enum pw_guard_kind {
	PW_GUARD_UNIT = 1,  /* the first component that is no slice is part[0] */
	PW_GUARD_CGROUP,    /* in the cgroup of this path, or below */
	PW_GUARD_CONTAINER, /* likewise; the path is that of a container */
	PW_GUARD_USER,	    /* id is the user's number in the initial user namespace */
	PW_GUARD_EXE,	    /* id, device and generation of the program's inode */
};

/* How a guarded port is found. */
struct pw_guard_key {
	__u64 netns; /* cookie: no later namespace has it, as a later one may have the inode number
		      */
	__u16 port;
	__u8 proto; /* PW_TCP, PW_UDP, PW_GUARD_RESERVE */
	__u8 pad[5];
};

struct pw_guard_slot {
	__u32 rule;
	__u32 pad;
	__u64 born;
	__u64 dying; /* 0: stays */
};

struct pw_guard_rule {
	__u64 since_ns;
	__u64 until_ns; /* 0: without an end */
	__u32 netns;	/* inode number, to be shown */
	__u32 uid;	/* who made it; see login */
	__u32 login;	/* as whom that user had logged in; -1: not known */
	__u32 nr_whos;
	__u8 audit; /* told and not refused */
	__u8 pad[7];
};

struct pw_guard_who_key {
	__u32 rule;
	__u32 index;
};

struct pw_guard_who {
	__u32 kind;  /* enum pw_guard_kind */
	__u32 depth; /* of a cgroup: how many parts */
	__u64 id;
	__u64 device;
	__u64 generation;
	__u64 seen; /* the cgroup that was found to be allowed last: its id is given once */
	char text[PW_GUARD_TEXT];
	char part[PW_GUARD_PARTS][PW_GUARD_NAME];
};

/* Refusals at a guarded port. */
struct pw_guard_count {
	struct bpf_spin_lock lock;
	__u32 pid; /* of the last one, as the initial PID namespace numbers it */
	__u32 uid;
	__u32 pad;
	__u64 refused; /* audit: would have been */
	__u64 last_ns; /* 0: never */
	__u64 cgroup;
	char comm[16];
};

/* The ports that any slot is for, in whatever namespace: most binds are let pass by a look at one
 * bit. It is set before a slot is made. */
struct pw_guard_ports {
	__u64 bits[1024];
};

struct pw_guard_meta {
	__u32 abi;
	__u32 pad;
	char version[32];
	__u64 committed;
};

/* A question that a process of portwatch asks about itself, by a bind(). */
struct pw_guard_asked {
	__u64 cookie; /* of the socket that is bound */
	__s32 fd;     /* an open file; -1: none */
	__u32 answered;
	__u64 netns; /* cookie of its namespace */
	__u64 inode, device, generation;
};

_Static_assert(sizeof(struct pw_guard_key) == 16, "layout");
_Static_assert(sizeof(struct pw_guard_slot) == 24, "layout");
_Static_assert(sizeof(struct pw_guard_rule) == 40, "layout");
_Static_assert(sizeof(struct pw_guard_who) == 40 + 256 + 2048, "layout");
_Static_assert(sizeof(struct pw_guard_count) == 56, "layout");
_Static_assert(sizeof(struct pw_guard_meta) == 48, "layout");

#endif
