/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * faults: the differences that an audit has found between the tracker and the kernel. A picture is
 * not of one moment, so a fault may be a change that fell in between. A fault that several pictures
 * show is real (faults_keep).
 */
#ifndef MODEL_FAULTS_H
#define MODEL_FAULTS_H

#include "model/picture.h"

enum fault_kind {
	FAULT_MISSING,	/* a socket without entry */
	FAULT_STALE,	/* an entry without socket */
	FAULT_WRONG,	/* `field` of the entry */
	FAULT_SLOT,	/* a place in the port index that is nobody's */
	FAULT_UNPLACED, /* an entry whose place is not its own */
	FAULT_COUNT,	/* counters of a port */
	FAULT_PROC,	/* a process that has ended */
	FAULT_MEMBER,	/* a member of a family that is none */
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
	struct pw_member_key member;
	uint32_t tgid;
	uint32_t port_index;  /* COUNT: element of `ports` */
	struct pw_port said;  /* COUNT */
	struct pw_port found; /* COUNT */
};

struct faults {
	VEC(struct fault) list;
};

void faults_done(struct faults *f);

/* Add a fault, zeroed but for its kind; NULL without memory. */
struct fault *faults_add(struct faults *f, enum fault_kind kind);
/* Add a fault about this socket. 0 or -ENOMEM. */
int faults_add_socket(struct faults *f, enum fault_kind kind, const struct audit_socket *s);

/* Return whether this fault is among them. */
bool faults_have(const struct faults *f, const struct fault *one);

/* Keep of f what is in `again` as well. */
void faults_keep(struct faults *f, const struct faults *again);

#endif
