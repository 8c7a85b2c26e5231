// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/holds.h"

#include <errno.h>

#include "base/cleanup.h"
#include "tables/diag.h"
#include "track/byhand.h"

/* Where no program may be run by hand: is the socket still in sock_diag's tables? It leaves them a
 * moment before it gives the port back; the query that follows tells. */
static int holds_by_diag(const struct pw_sock *s)
{
	int r = s->cookie ? diag_alive(s->cookie, s) : 0;

	return r == -ENOMEM ? r : r > 0;
}

int holds_port(struct tracker *t, uint64_t sk, const struct pw_sock *s)
{
	const uint64_t args[] = { sk, s->lport, s->cookie };
	int r;

	if (!sk || !s->lport)
		return 0;
	r = byhand_run(t, PROG_HOLDS_PORT, args, ARRAY_SIZE(args));
	return r < 0 ? holds_by_diag(s) : r != 0;
}
