/* SPDX-License-Identifier: GPL-2.0-or-later */
/* query_kernel: an answer from the kernel's own tables. */
#ifndef TRACK_QUERY_KERNEL_H
#define TRACK_QUERY_KERNEL_H

#include "track/gather.h"

/* Fill the answer: without a tracker, and where its maps are not complete. 0 or a negative errno.
 */
int query_kernel(struct gather *g);

#endif
