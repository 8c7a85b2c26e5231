/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * card_text: the answer about one port for a person: the verdict first, then who, then the sockets
 * as counts, then how to free it. Facts that are not known are left out.
 *
 *	8000/tcp is in use by python3 (pid 4063, root) for 6 min
 *	  command    python3 -m http.server 8000    directory  /srv/site
 *	  started    6 min ago by bash (pid 812) <- sshd
 *	  sockets    listening on 0.0.0.0:8000; 38 in TIME-WAIT (last expires in 59 s)
 *	  free it    sudo portwatch --free 8000
 */
#ifndef PRINT_CARD_TEXT_H
#define PRINT_CARD_TEXT_H

#include "base/strbuf.h"
#include "print/sink.h"

/* Adds the cards of all protocols of the answer's port. Escaped, not wrapped. 0 or -ENOMEM. */
int card_text_add(struct strbuf *out, const struct answer *a, const struct out_opts *opts);

#endif
