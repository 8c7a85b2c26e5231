/* SPDX-License-Identifier: GPL-2.0-or-later */
/* export_guard: metrics of guarded ports. */
#ifndef FLOW_EXPORT_GUARD_H
#define FLOW_EXPORT_GUARD_H

#include "model/export_sockets.h"

/* How often the kernel has refused each of the limits->top that were refused most often; nothing if
 * none is guarded, or if it is not known. pin_dir: the tracker's, NULL: the default. 0 or -ENOMEM.
 */
int export_guard(const char *pin_dir, struct export_limits *limits, struct metrics *m);

#endif
