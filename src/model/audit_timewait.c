// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/audit_timewait.h"

#include <errno.h>
#include <stdlib.h>

int audit_timewait(const struct picture *p, struct faults *ret)
{
	for (size_t i = 0; i < p->timewait.nr && !(p->uncompared & UNCOMPARED_TIMEWAIT); i++) {
		const struct pw_tw_key *key = &p->timewait.v[i].key;
		struct fault *new;

		if (p->kernel_timewait.nr &&
		    bsearch(key, p->kernel_timewait.v, p->kernel_timewait.nr, sizeof(*key),
			    picture_by_timewait))
			continue;
		new = faults_add(ret, FAULT_TIMEWAIT);
		if (!new)
			return -ENOMEM;
		new->at.s = (struct pw_sock){
			.proto = PW_TCP,
			.family = p->timewait.v[i].tw.family,
			.state = PW_TIME_WAIT,
			.laddr = key->laddr,
			.raddr = key->raddr,
			.lport = key->lport,
			.rport = key->rport,
			.netns = key->netns,
		};
	}
	return 0;
}
