/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * verdict: the judgement on each port asked for: may this user bind it now, and if
 * not, why and until when. Pure: all facts about the system come in an argument.
 *
 * "bindable" is a plain bind() to the wildcard address (or to the address that was
 * asked for) in the caller's network namespace, without SO_REUSEADDR. So TIME-WAIT
 * is in the way, and so is every socket with that local port. With family 0 the
 * wildcard is a dual-stack [::], which conflicts with everything.
 *
 * Of several reasons the strongest is named: held, bound, kernel, inflight, orphan,
 * timewait; then, for a port with nothing in the way: privileged, other-netns,
 * reserved, free. `reserved` is bindable by number: only the kernel's own choice of
 * ports skips it.
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
	uint32_t netns;		     /* inode of the caller's namespace; 0: unknown, all count */
	uint16_t unprivileged_start; /* net.ipv4.ip_unprivileged_port_start */
	bool may_bind_low;	     /* CAP_NET_BIND_SERVICE */
	const uint64_t *reserved;    /* ip_local_reserved_ports, PORTSPEC_WORDS; NULL: unknown */
	/* Not in the initial PID namespace: a walk over all processes sees only ours, so
	 * a socket without holders proves nothing. */
	bool partial_view;
	uint8_t family; /* -4 or -6: judge 0.0.0.0 or [::]; 0: both */
};

/* Adds the verdicts to the answer. 0 or -ENOMEM. */
int verdict_fill(struct answer *a, const struct portspec *asked, const struct verdict_facts *facts);

/* Is the port of this verdict in use at all (`who` exits 0)? Not free, privileged
 * or reserved. */
bool verdict_is_busy(const struct verdict *v);

#endif
