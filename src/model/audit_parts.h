/* SPDX-License-Identifier: GPL-2.0-or-later */
/* audit_parts: what the two files of audit know of each other. */
#ifndef MODEL_AUDIT_PARTS_H
#define MODEL_AUDIT_PARTS_H

#include "model/audit.h"

#define COMPARE(a, b)                                                                              \
	do {                                                                                       \
		if ((a) != (b))                                                                    \
			return (a) < (b) ? -1 : 1;                                                 \
	} while (0)

struct fault *audit_add(struct faults *f, enum fault_kind kind);
int audit_add_socket(struct faults *f, enum fault_kind kind, const struct audit_socket *s);

/* for qsort() and bsearch() */
int audit_by_sk(const void *pa, const void *pb);
int audit_by_task(const void *pa, const void *pb);
int audit_by_tgid(const void *pa, const void *pb);
int audit_by_tuple(const void *pa, const void *pb);

int audit_families(const struct picture *p, struct faults *ret);
int audit_timewait(struct picture *p, struct faults *ret);
int audit_diag(struct picture *p, struct faults *ret);

#endif
