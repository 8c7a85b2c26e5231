/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * churn_users: whose the sockets of a peer or of a network namespace are, by the name of the
 * command: short-lived clients have a number each, and one name.
 */
#ifndef MODEL_CHURN_USERS_H
#define MODEL_CHURN_USERS_H

#include "base/strbuf.h"
#include "model/churn.h"

/* Fill in `user` of each peer and namespace, from the cells. 0 or -ENOMEM. */
int churn_find_users(struct churn *c);

/* Add "; most belong to worker (pid 812)", "; most belong to 230 processes named one", or, if it
 * has no more than half, "; 40 of them belong to ..."; nothing if nobody is known. */
void churn_say_user(const struct churn *c, const struct churn_user *u, struct strbuf *out);

#endif
