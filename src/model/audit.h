/* SPDX-License-Identifier: GPL-2.0-or-later */
/* audit: compares what the tracker's maps say with what the kernel's own tables say. Pure. */
#ifndef MODEL_AUDIT_H
#define MODEL_AUDIT_H

#include "model/faults.h"

/* Sort the picture and add its faults. 0 or -ENOMEM. */
int audit(struct picture *p, struct faults *ret);

#endif
