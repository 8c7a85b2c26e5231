/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bindrules: would the kernel let a socket bind() to a port, with the sockets that are there?
 * Its own rules, case for case, as a pure function. The test
 * tests/kernel/bindable.bats compares every case with what the kernel does.
 *
 * Not asked here: whether the address is this host's, whether the user may bind a low port,
 * and what security modules or cgroup programs forbid, nor whether there is such a device.
 */
#ifndef MODEL_BINDRULES_H
#define MODEL_BINDRULES_H

#include <stdbool.h>
#include <stdint.h>

#include "model/answer.h"

/* A bind() that somebody might call. */
struct bind_request {
	uint32_t netns; /* inode number; 0: unknown, sockets of all count */
	uint32_t uid;	/* of the new socket: the caller's, when it calls socket() */
	struct pw_addr addr;
	uint16_t port;
	uint32_t ifindex; /* of the device that it is bound to; 0: none */
	uint32_t vrf;	  /* TCP: index of the VRF that this device is, or is in; 0: none */
	uint8_t proto;
	uint8_t family; /* of the socket; an IPv4 address on an IPv6 one is v4-mapped */
	bool reuseaddr, reuseport;
	bool v6only;
};

/* With every socket of the port in the answer: 1, 0, or -ENOMEM. */
int bindable(const struct answer *a, const struct bind_request *r);

/* As bindable(), with an array of sockets. Sockets of other ports in it do no harm. */
bool bindable_among(const struct socket *const *all, size_t nr, const struct bind_request *r);

/* Is this one socket in the way? Of several that are not, TCP's all-or-nothing memory of a port
 * and UDP's order may still refuse or allow: bindable() has the last word. */
bool bind_conflicts(const struct bind_request *r, const struct socket *s);

/* A device that no socket is bound to: all that is known of one that is not seen in use. */
#define BIND_UNUSED_DEVICE UINT32_MAX

/* Fill in ifindex and vrf of a request: those of the sockets that are bound to the device with this
 * name ("": none) or, if that is NULL, to the one with r->ifindex. */
void bind_on_device(struct bind_request *r, const struct socket *const *all, size_t nr,
		    const char *device);

/* The same for the ifindex that is in the request, with an answer. 0 or -ENOMEM. */
int bind_in_vrf(struct bind_request *r, const struct answer *a);

/* Are the two addresses in each other's way, whatever the options? */
bool bind_overlaps(const struct bind_request *r, const struct socket *s);

#endif
