/* SPDX-License-Identifier: GPL-2.0-or-later */
/* audit_families: the tracker's processes and families against the tasks that there are. */
#ifndef MODEL_AUDIT_FAMILIES_H
#define MODEL_AUDIT_FAMILIES_H

#include "model/faults.h"

/* Of a sorted picture. 0 or -ENOMEM. */
int audit_families(const struct picture *p, struct faults *ret);

#endif
