/* SPDX-License-Identifier: GPL-2.0-or-later */
/* guard_common: what guard, reserve and unguard have in common: PORTs of one network namespace. */
#ifndef CMD_GUARD_COMMON_H
#define CMD_GUARD_COMMON_H

#include "cmd/cmd.h"
#include "cmd/common.h"

struct guard_place {
	struct common common;
	struct filter filter; /* its ports */
	const char *netns;    /* NULL: our own */
};

#define OPT_GUARD_NETNS(type)                                                                      \
	OPT_STRING(0, "netns", type, place.netns, "NETNS",                                         \
		   "in this network namespace instead of the own one: a path or a name")

/* Read the PORTs and enter the namespace. False: the program ends here with *ret_status. */
bool guard_place_read(const struct command *self, struct guard_place *p,
		      const struct opt_operands *o, int *ret_status);

/* The status of a failure of flow/portguard.h, which has been told. */
int guard_fail(int err);

#endif
