/* SPDX-License-Identifier: GPL-2.0-or-later */
/* device: names of network devices. They belong to a network namespace, as their numbers do. */
#ifndef SYS_DEVICE_H
#define SYS_DEVICE_H

#include <stdint.h>

#include "portwatch.h"

/* The name of a device in the network namespace that the calling thread is in; its number where
 * there is none any more. ifindex 0: "". */
void device_here(uint32_t ifindex, char ret[PW_DEVICE_LEN]);

/* Likewise of any network namespace; of another than our own the number. Good until the next call;
 * NULL for ifindex 0. */
const char *device_name(uint32_t netns, uint32_t ifindex);

#endif
