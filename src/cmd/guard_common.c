// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/guard_common.h"

#include <errno.h>

#include "base/log.h"
#include "cmd/fail.h"
#include "cmd/operands.h"
#include "sys/netns_enter.h"
#include "track/tracker.h"

/* A guard is about a port as a whole: what is bound to one address takes it from a server on all.
 */
static bool has_address(const struct portspec *p)
{
	for (size_t i = 0; i < p->nr; i++)
		if (p->ranges[i].family || p->ranges[i].device[0])
			return true;
	return false;
}

static bool has_zero(const struct portspec *p)
{
	for (size_t i = 0; i < p->nr; i++)
		if (!p->ranges[i].first)
			return true;
	return false;
}

bool guard_place_read(const struct command *self, struct guard_place *p,
		      const struct opt_operands *o, int *ret_status)
{
	int err;

	if (!operands_read(self, o, &p->filter, ret_status))
		return false;
	if (has_address(&p->filter.ports))
		*ret_status = fail_usage(self, "a port is kept on every address: leave it out");
	else if (has_zero(&p->filter.ports))
		*ret_status = fail_usage(self, "0 is no port to keep");
	else if (p->netns && (err = netns_enter(p->netns)))
		*ret_status = fail(err, "cannot enter the network namespace '%s'", p->netns);
	else
		return true;
	return false;
}

int guard_fail(int err)
{
	if (err != -ENOENT && err != -EEXIST)
		return fail_tracker(err);
	log_error("%s", tracker_reason());
	return EXIT_NO;
}
