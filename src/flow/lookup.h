/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lookup: what the pure model asks the system through callbacks: numbers of services, users,
 * namespaces and cgroups by their names. sys/ answers.
 */
#ifndef FLOW_LOOKUP_H
#define FLOW_LOOKUP_H

#include "model/filter.h"

extern const struct filter_lookup lookup_system;

/* Add the default without --netns: all namespaces for root, else only our own. */
int lookup_default_netns(struct filter *f);

#endif
