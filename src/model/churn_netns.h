/* SPDX-License-Identifier: GPL-2.0-or-later */
/* churn_netns: the limits of a network namespace, and which of its ports connect() may choose. */
#ifndef MODEL_CHURN_NETNS_H
#define MODEL_CHURN_NETNS_H

#include "model/churn.h"

/* Return the namespace with this inode number, or NULL. */
struct churn_netns *churn_netns_of(const struct churn *c, uint32_t inode);

/* Return whether connect() may choose this local port. */
bool churn_in_range(const struct churn_netns *n, uint16_t port);

/* Note a listener, whose port connect() cannot get. */
void churn_note_listener(struct churn_netns *n, uint16_t port);

/* Forget the namespaces that are not there any more. */
void churn_forget_netns(struct churn *c);

#endif
