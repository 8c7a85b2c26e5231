/* SPDX-License-Identifier: GPL-2.0-or-later */
/* verdict_text: a verdict in words: its sentence, who had the port before, and the facts. */
#ifndef PRINT_VERDICT_TEXT_H
#define PRINT_VERDICT_TEXT_H

#include "print/sink.h"

/* Adds "8000/tcp: in use by tracd (pid 1479)" and, in VIEW_WHO, a line for each thing that is worth
 * knowing besides. Escaped. */
void verdict_text_add(struct strbuf *out, const struct answer *a, const struct verdict *v,
		      enum answer_view view, const struct out_opts *opts);

/* Whether the verdict is left out: nobody asked for its protocol by name, the port is free, and the
 * other protocol's is not. */
bool verdict_text_is_idle(const struct answer *a, const struct verdict *v);

/* Adds a line for each former owner, where these say why the port is as it is. Escaped. */
void verdict_text_add_pasts(struct strbuf *out, const struct answer *a, const struct verdict *v,
			    const struct out_opts *opts);

#endif
