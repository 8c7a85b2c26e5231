/* SPDX-License-Identifier: GPL-2.0-or-later */
/* devices: the names of the devices that the sockets of an answer are bound to. */
#ifndef TRACK_DEVICES_H
#define TRACK_DEVICES_H

#include "model/answer.h"
#include "track/tracker.h"

/* Look each up in the network namespace of its socket. Where that cannot be entered, its number
 * stands for it. */
void devices_name(struct tracker *t, struct answer *a);

#endif
