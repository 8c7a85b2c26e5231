/* SPDX-License-Identifier: GPL-2.0-or-later */
/* audit_sockets: entries against the kernel's sockets, the port index and its counters. */
#ifndef MODEL_AUDIT_SOCKETS_H
#define MODEL_AUDIT_SOCKETS_H

#include "model/faults.h"

/* Of a sorted picture. 0 or -ENOMEM. */
int audit_sockets(const struct picture *p, struct faults *ret);

#endif
