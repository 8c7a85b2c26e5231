/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lookup: the model and the sinks are pure, so what they must ask the system (names of
 * services, users, namespaces, cgroups, hosts) comes from here, answered by sys/.
 */
#ifndef CMD_LOOKUP_H
#define CMD_LOOKUP_H

#include "model/filter.h"
#include "print/sink.h"

extern const struct filter_lookup lookup_system;
extern const struct out_names lookup_names; /* for --resolve */

/* The default of one who did not say --netns: all for root, else only the own one. */
int lookup_default_netns(struct filter *f);

#endif
