/* SPDX-License-Identifier: GPL-2.0-or-later */
/* closing: when the connections of an answer end that are closing and have no process. */
#ifndef FLOW_CLOSING_H
#define FLOW_CLOSING_H

#include "model/answer.h"
#include "track/tracker.h"

/* Give each in this network namespace (0: in all) its time, if there are any: one look more into
 * the table of each namespace that has them. Note in a->unknown if that cannot be found out. */
void closing_fill(struct tracker *t, uint32_t netns, struct answer *a);

#endif
