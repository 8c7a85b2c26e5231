/* SPDX-License-Identifier: GPL-2.0-or-later */
/* card_sockets: the sockets of a port as counts, for its card (print/card_text.h). */
#ifndef PRINT_CARD_SOCKETS_H
#define PRINT_CARD_SOCKETS_H

#include "base/strbuf.h"
#include "print/sink.h"

/* Is the socket one of the verdict's port and protocol? */
bool card_is_of(const struct verdict *v, const struct socket *s);

/* Is it in the network namespace that the verdict is about? */
bool card_is_here(const struct verdict *v, const struct out_opts *opts, const struct socket *s);

/* Adds "listening on *:8000; 12 ESTABLISHED; 38 in TIME-WAIT (last expires in 59 s)". Not escaped.
 */
void card_sockets_add(struct strbuf *out, const struct answer *a, const struct verdict *v,
		      const struct out_opts *opts);

#endif
