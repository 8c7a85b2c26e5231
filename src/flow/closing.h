/* SPDX-License-Identifier: GPL-2.0-or-later */
/* closing: when the connections of an answer end that are closing and have no process. */
#ifndef FLOW_CLOSING_H
#define FLOW_CLOSING_H

#include "model/answer.h"

/* Gives each of the own network namespace its time, if there are any: a look into the kernel's
 * table more. What cannot be found out stays unknown. */
void closing_fill(struct answer *a);

#endif
