/* SPDX-License-Identifier: GPL-2.0-or-later */
/* failure_text: why a call was refused a local port, as the details of its event say it. */
#ifndef PRINT_FAILURE_TEXT_H
#define PRINT_FAILURE_TEXT_H

#include "base/strbuf.h"
#include "model/event.h"

/* For PW_EV_BIND_FAILED. Names of processes are added as they are: escape what comes out. */
void failure_text(struct strbuf *out, const struct pw_event *ev, const struct event_extra *x);

#endif
