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

/* The ifindex of a device that no socket is bound to: nothing more is known of such a device. */
#define BIND_UNUSED_DEVICE UINT32_MAX

/* Fill in ifindex and vrf of a request, from the sockets that are bound to the device with this
 * name ("": no device) or, if the name is NULL, to the device with r->ifindex. */
void bind_on_device(struct bind_request *r, const struct socket *const *all, size_t nr,
		    const char *device);

/* Fill in vrf for the ifindex that is in the request, from the sockets of an answer. 0 or
 * -ENOMEM. */
int bind_in_vrf(struct bind_request *r, const struct answer *a);

/* Are the two addresses in each other's way, whatever the options? */
bool bind_overlaps(const struct bind_request *r, const struct socket *s);

#endif
