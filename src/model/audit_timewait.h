/* SPDX-License-Identifier: GPL-2.0-or-later */
/* audit_timewait: the tracker's TIME-WAIT sockets against the kernel's table. */
#ifndef MODEL_AUDIT_TIMEWAIT_H
#define MODEL_AUDIT_TIMEWAIT_H

#include "model/faults.h"

/* Of a sorted picture. 0 or -ENOMEM. */
int audit_timewait(const struct picture *p, struct faults *ret);

#endif
