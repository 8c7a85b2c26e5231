/* SPDX-License-Identifier: GPL-2.0-or-later */
/* portguard_holders: who has a port that it is now guarded from. */
#ifndef FLOW_PORTGUARD_HOLDERS_H
#define FLOW_PORTGUARD_HOLDERS_H

#include "flow/portguard.h"
#include "track/tracker.h"

/* Write "443/tcp is held by apache2 (pid 812)" of the first process that is none of the allowed
 * ones, and nothing if there is none or nobody can tell. 0 or a negative errno. */
int portguard_holders(const struct tracker_opts *opts, const struct portguard_wish *w,
		      struct strbuf *ret);

#endif
