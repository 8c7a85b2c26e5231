/* SPDX-License-Identifier: GPL-2.0-or-later */
/* churn_rows: from cells to rows: each cell belongs to one port, one peer and one process. */
#ifndef MODEL_CHURN_ROWS_H
#define MODEL_CHURN_ROWS_H

#include "model/churn.h"

/* Fill in c->ports, c->peers and c->processes. 0 or -ENOMEM. */
int churn_make_rows(struct churn *c);

#endif
