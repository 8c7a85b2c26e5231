/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * descriptor: the file descriptors of the socket that was bound or listened on. No hook is told
 * them: the kernel looks the socket up before. So the process is looked at when its event is read,
 * with a tenth of a processor at most, and what it has by then is told.
 */
#ifndef FLOW_DESCRIPTOR_H
#define FLOW_DESCRIPTOR_H

#include "model/answer.h"
#include "model/event.h"
#include "track/tracker.h"

struct descriptor {
	struct tracker *tracker;
	struct answer answer; /* of the last look */
	uint64_t next_ns;     /* no look before */
};

void descriptor_done(struct descriptor *d);

/* Fill in the descriptors, good until the next call. */
void descriptor_ask(struct descriptor *d, const struct pw_event *ev, struct event_extra *ret);

#endif
