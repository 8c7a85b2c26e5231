/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * audit: compares what the tracker's maps say with what the kernel's own tables say. Pure: two
 * pictures in, a list of faults out.
 *
 * The pictures are not of one moment, so a fault may be a change that fell in between. One that
 * is found again in later pictures is real (audit_persisting).
 */
#ifndef MODEL_AUDIT_H
#define MODEL_AUDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vec.h"
#include "portwatch.h"

struct audit_socket {
	uint64_t sk;
	struct pw_sock s;
	bool alive; /* of an entry: the struct sock is there and has its cookie */
};

struct audit_slot {
	struct pw_slot_key key;
	uint64_t sk;
};

struct audit_proc {
	uint32_t tgid;
	struct pw_proc p;
};

struct audit_kin {
	struct pw_member_key key;
	uint32_t tgid;
};

struct audit_timewait {
	struct pw_tw_key key;
	struct pw_tw tw;
};

struct picture {
	/* the maps */
	VEC(struct audit_socket) entries;
	VEC(struct audit_slot) slots;
	VEC(struct audit_proc) procs;
	VEC(struct audit_kin) kin;
	VEC(struct audit_timewait) timewait; /* only where the tracker hears of their end */
	struct pw_port *ports;		     /* [PW_PORTS] */
	/* the kernel */
	VEC(struct audit_socket) kernel; /* iterators: sockets that have a port */
	VEC(struct pw_tw_key) kernel_timewait;
	VEC(struct pw_sock) diag;   /* sock_diag: only addresses, ports, netns */
	VEC(struct pw_actor) tasks; /* empty: not all of them can be seen */
	size_t nr_netns;
};

void picture_done(struct picture *p);

enum fault_kind {
	FAULT_MISSING,	/* a socket without entry */
	FAULT_STALE,	/* an entry without socket */
	FAULT_WRONG,	/* `field` of the entry */
	FAULT_SLOT,	/* a place in the port index that is nobody's */
	FAULT_UNPLACED, /* an entry whose place is not its own */
	FAULT_COUNT,	/* counters of a port */
	FAULT_PROC,	/* a process that has ended */
	FAULT_KIN,	/* a member of a family that is none */
	FAULT_TIMEWAIT, /* a TIME-WAIT that has ended */
	FAULT_UNSEEN,	/* sock_diag shows a socket that the iterators do not */
};

struct fault {
	enum fault_kind kind;
	bool repaired;
	struct audit_socket at; /* MISSING … UNPLACED, TIMEWAIT, UNSEEN: as far as known */
	struct pw_sock kernel;	/* WRONG */
	const char *field;	/* WRONG */
	struct pw_slot_key slot;
	struct pw_member_key kin;
	uint32_t tgid;
	uint32_t port_index;  /* COUNT: element of `ports` */
	struct pw_port said;  /* COUNT */
	struct pw_port found; /* COUNT */
};

struct faults {
	VEC(struct fault) list;
};

void faults_done(struct faults *f);

/* Sorts the picture. 0 or -ENOMEM. */
int audit(struct picture *p, struct faults *ret);

/* Keeps of `f` what is in `again` as well. */
void audit_persisting(struct faults *f, const struct faults *again);

/* Is the same fault among these? */
bool audit_has(const struct faults *f, const struct fault *one);

#endif
