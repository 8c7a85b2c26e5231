/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * verdict: the judgement on each port asked for: may this user bind it now, and if
 * not, why and until when. Pure: all facts about the system come in an argument.
 *
 * "bindable" is a plain bind(), without SO_REUSEADDR or SO_REUSEPORT, to the address that was
 * asked for, in the caller's network namespace. Without an address it is a bind() to both
 * wildcards, 0.0.0.0 and [::], each with a socket of its own and the system's default of
 * IPV6_V6ONLY. The rules are the kernel's (model/bindrules.h).
 *
 * Of several reasons the strongest is named: held, bound, kernel, inflight, orphan,
 * timewait; then, for a port with nothing in the way: privileged, other-netns,
 * reserved, free. `reserved` is bindable: only the kernel's own choice of ports skips it.
 *
 * One verdict per port and protocol asked for, by port, TCP first. Of more than
 * VERDICT_MAX_PORTS ports only those that some socket in the answer uses are judged.
 */
#ifndef MODEL_VERDICT_H
#define MODEL_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

#include "model/answer.h"
#include "model/portspec.h"

#define VERDICT_MAX_PORTS 64

struct verdict_facts {
	uint32_t netns; /* inode of the caller's namespace; 0: unknown, all count */
	const char *(*netns_name)(uint32_t inode); /* of another one; NULL: numbers only */
	const char *(*user_name)(uint32_t uid);	   /* NULL: numbers only */
	uint16_t unprivileged_start;		   /* net.ipv4.ip_unprivileged_port_start */
	bool may_bind_low;			   /* CAP_NET_BIND_SERVICE */
	const uint64_t *reserved; /* ip_local_reserved_ports, PORTSPEC_WORDS; NULL: unknown */
	uint16_t range_first, range_last; /* net.ipv4.ip_local_port_range; 0: unknown */
	uint32_t uid;			  /* the user that would bind */
	bool by_sudo;			  /* that user asks through sudo, which may bind more */
	/* Not in the initial PID namespace: a walk over all processes sees only ours, so
	 * a socket without holders proves nothing. */
	bool partial_view;
	uint8_t family;	      /* -4 or -6: judge 0.0.0.0 or [::]; 0: both */
	bool bound_unknown;   /* TCP sockets that are only bound cannot be seen */
	bool bound_elsewhere; /* the same, since that namespace may not be entered */
	bool netns_unknown;   /* that namespace may be neither entered nor read */
	bool no_ipv6;	      /* this kernel has none: a bare PORT is 0.0.0.0 */
	bool v6only;	      /* net.ipv6.bindv6only */
};

/* Adds the verdicts to the answer. 0 or -ENOMEM. */
int verdict_fill(struct answer *a, const struct portspec *asked, const struct verdict_facts *facts);

/* Is the port of this verdict in use at all (`who` exits 0)? Not free, privileged
 * or reserved. */
bool verdict_is_busy(const struct verdict *v);

/* Is there one of which it cannot be told whether it is free? */
bool verdict_any_unknown(const struct answer *a);

#endif
