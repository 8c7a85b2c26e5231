/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * churn_warn: what to warn of after a look, in sentences: where, how much, since or until when,
 * whose it is, and what helps.
 */
#ifndef MODEL_CHURN_WARN_H
#define MODEL_CHURN_WARN_H

#include "model/churn.h"

/* Return the cures for a destination, in the order in which they should be tried. The caller owns
 * the string; NULL when out of memory. */
char *churn_cure(const struct churn_netns *n, const struct churn_peer *p);

/* Add a sentence to c->warnings, if there is something to say. 0 or -ENOMEM. */
int churn_warn_of_peer(struct churn *c, const struct churn_netns *n, const struct churn_peer *p);
int churn_warn_of_netns(struct churn *c, const struct churn_netns *n);

#endif
