// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/devices.h"

#include <inttypes.h>
#include <stdio.h>

#include "sys/device.h"
#include "track/tour.h"

static bool lacks_name(const struct socket *s)
{
	return s->s.ifindex && !s->device[0];
}

static int name_those_here(void *arg, uint32_t netns)
{
	struct answer *a = arg;

	for (size_t i = 0; i < a->nr_sockets; i++)
		if (lacks_name(&a->sockets[i]) && a->sockets[i].s.netns == netns)
			device_here(a->sockets[i].s.ifindex, a->sockets[i].device);
	return 0;
}

static void number_those_of(struct answer *a, uint32_t netns)
{
	for (size_t i = 0; i < a->nr_sockets; i++) {
		struct socket *s = &a->sockets[i];

		if (lacks_name(s) && s->s.netns == netns)
			snprintf(s->device, sizeof(s->device), "%" PRIu32, s->s.ifindex);
	}
}

void devices_name(struct tracker *t, struct answer *a)
{
	for (size_t i = 0; i < a->nr_sockets; i++) {
		uint32_t netns = a->sockets[i].s.netns;

		if (!lacks_name(&a->sockets[i]))
			continue;
		if (netns)
			tour(t, netns, name_those_here, a);
		number_those_of(a, netns);
	}
}
