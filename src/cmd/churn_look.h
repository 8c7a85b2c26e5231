/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * churn_look: one look at TIME-WAIT in all network namespaces that the filter lets through,
 * added to what earlier looks have left in a struct churn.
 */
#ifndef CMD_CHURN_LOOK_H
#define CMD_CHURN_LOOK_H

#include "model/churn.h"
#include "model/filter.h"
#include "track/tracker.h"

/* interval_ns: what rates of a first look are about. 0 or a negative errno. */
int churn_look(struct tracker *t, const struct filter *f, uint64_t interval_ns, struct churn *c);

#endif
