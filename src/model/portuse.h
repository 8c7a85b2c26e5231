/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * portuse: by whom the ports that the kernel chooses from are used up, after it has refused a call
 * one (an event PW_EV_BIND_FAILED without a local port). Pure.
 */
#ifndef MODEL_PORTUSE_H
#define MODEL_PORTUSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/answer.h"

#define PORTUSE_MOST 3

/* Kinds of sockets that keep a port, the strongest first: a port counts once. */
enum portuse_kind {
	PORTUSE_LISTENING,
	PORTUSE_BOUND,
	PORTUSE_CONNECTED,
	PORTUSE_TIMEWAIT,
	PORTUSE_KINDS
};

struct portuse_user {
	struct pw_actor actor;
	size_t ports;
};

struct portuse {
	uint16_t first, last; /* net.ipv4.ip_local_port_range */
	size_t total;	      /* of them, without net.ipv4.ip_local_reserved_ports */
	size_t used;	      /* of these: not to be had for this call */
	size_t by[PORTUSE_KINDS];
	struct portuse_user most[PORTUSE_MOST]; /* who has most of them */
	size_t nr_most;
};

/* Is this the failure of a call that left the choice to the kernel? */
bool portuse_applies(const struct pw_event *ev);

/* With first and last set: count the sockets of the answer that are in the way of what was asked.
 * reserved: a bit per port. 0 or -ENOMEM. */
int portuse_count(const struct answer *a, const struct pw_event *ev, const uint64_t *reserved,
		  struct portuse *ret);

/* Is none left? A few may have been given back since the call; else the call had a range of its own
 * (IP_LOCAL_PORT_RANGE), or another reason. */
bool portuse_is_exhausted(const struct portuse *u);

/* "listening", "bound", "connected", "timewait" */
const char *portuse_kind_name(enum portuse_kind kind);

#endif
