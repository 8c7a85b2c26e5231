// SPDX-License-Identifier: GPL-2.0-or-later
#include "sys/device.h"

#include <inttypes.h>
#include <net/if.h>
#include <stdio.h>

#include "sys/netns.h"

_Static_assert(PW_DEVICE_LEN == IF_NAMESIZE, "a name of the kernel's fits");

void device_here(uint32_t ifindex, char ret[PW_DEVICE_LEN])
{
	ret[0] = '\0';
	if (ifindex && !if_indextoname(ifindex, ret))
		snprintf(ret, PW_DEVICE_LEN, "%" PRIu32, ifindex);
}

const char *device_name(uint32_t netns, uint32_t ifindex)
{
	static char name[PW_DEVICE_LEN];
	uint32_t self;

	if (!ifindex)
		return NULL;
	if (!netns_self(&self) && netns && netns != self)
		snprintf(name, sizeof(name), "%" PRIu32, ifindex);
	else
		device_here(ifindex, name);
	return name;
}
