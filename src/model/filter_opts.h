/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter_opts: the option table of the FILTERs. Every command that filters puts it
 * among its sets, with its struct filter as base (its lookup filled in before
 * parsing):
 *
 *	struct filter f = { .lookup = … };
 *	struct opt_set sets[] = { …, { "Filters", filter_opts, &f }, … };
 */
#ifndef MODEL_FILTER_OPTS_H
#define MODEL_FILTER_OPTS_H

#include "base/opt.h"
#include "model/filter.h"

/* Where in the table a part of it begins; each runs to the end. */
enum { FILTER_OPTS_SOCKET = 1, FILTER_OPTS_PLACE = 13 };

extern const struct opt filter_opts[];
#define filter_socket_opts (filter_opts + FILTER_OPTS_SOCKET) /* all but --event */
#define filter_place_opts (filter_opts + FILTER_OPTS_PLACE)   /* --netns, -4 and -6 */

/* --netns, -4 and -6 for commands that look at the own network namespace by default. */
extern const struct opt filter_own_place_opts[];

#endif
