/* SPDX-License-Identifier: GPL-2.0-or-later */
/* accept: what a client would like to have, from its header Accept (RFC 9110, 12.5.1). */
#ifndef HTTP_ACCEPT_H
#define HTTP_ACCEPT_H

#include <stdbool.h>

/* Whether to answer with OpenMetrics 1.0: only if the header names it. NULL and "*" do not. */
bool accept_openmetrics(const char *header);

#endif
