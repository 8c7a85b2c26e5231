/* SPDX-License-Identifier: GPL-2.0-or-later */
/* audit_diag: what sock_diag shows, as a second witness, against the iterators. */
#ifndef MODEL_AUDIT_DIAG_H
#define MODEL_AUDIT_DIAG_H

#include "model/faults.h"

/* Of a sorted picture. 0 or -ENOMEM. */
int audit_diag(struct picture *p, struct faults *ret);

#endif
