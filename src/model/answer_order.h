/* SPDX-License-Identifier: GPL-2.0-or-later */
/* answer_order: the sockets of an answer in the order that somebody asked for. Pure. */
#ifndef MODEL_ANSWER_ORDER_H
#define MODEL_ANSWER_ORDER_H

#include "model/answer.h"

enum answer_order {
	ORDER_PORT, /* as they are: by port, listening first */
	ORDER_PROCESS,
	ORDER_PID,
	ORDER_USER,
	ORDER_STATE,
	ORDER_AGE, /* the youngest first */
	ORDER_UNIT,
};

/* Their names for --sort, NULL-terminated. */
extern const char *const answer_orders[];

/* Sort the sockets by what is known of the first of their holders. Sockets of which it is not known
 * come last. Equal sockets keep their order. 0 or -ENOMEM. */
int answer_order(struct answer *a, enum answer_order order);

#endif
