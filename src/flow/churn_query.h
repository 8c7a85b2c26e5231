/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * churn_query: one look at TIME-WAIT in all network namespaces that the filter lets through,
 * added to what earlier looks have left in a struct churn.
 */
#ifndef FLOW_CHURN_QUERY_H
#define FLOW_CHURN_QUERY_H

#include "model/churn.h"
#include "model/filter.h"
#include "track/tracker.h"

/* interval_ns: what rates of a first look are about. 0 or a negative errno. */
int churn_query(struct tracker *t, const struct filter *f, uint64_t interval_ns, struct churn *c);

#endif
