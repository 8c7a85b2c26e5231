/* SPDX-License-Identifier: GPL-2.0-or-later */
/* churn_sort: the rows of a table in its order. */
#ifndef MODEL_CHURN_SORT_H
#define MODEL_CHURN_SORT_H

#include "model/churn.h"

enum churn_order { CHURN_BY_CURRENT, CHURN_BY_RATE };

/* Rows of one of the three maps in the order of a table, heaviest first; rows without any
 * TIME-WAIT and rate are left out. malloc'd, NULL: out of memory. */
struct churn_port **churn_sort_ports(const struct churn *c, enum churn_order by, size_t *ret_nr);
struct churn_peer **churn_sort_peers(const struct churn *c, enum churn_order by, size_t *ret_nr);
struct churn_process **churn_sort_processes(const struct churn *c, enum churn_order by,
					    size_t *ret_nr);

#endif
