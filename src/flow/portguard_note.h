/* SPDX-License-Identifier: GPL-2.0-or-later */
/* portguard_note: for whom a port is guarded, as a fact of the verdict on it or as the reason of a
 * refusal. */
#ifndef FLOW_PORTGUARD_NOTE_H
#define FLOW_PORTGUARD_NOTE_H

#include <stdint.h>

#include "base/strbuf.h"
#include "model/answer.h"

/* Add it to the verdicts of an answer about this network namespace (inode number). Whoever may not
 * look at the guards is told nothing of them. 0 or -ENOMEM. */
int portguard_note(const char *pin_dir, uint32_t netns, struct answer *a);

/* Add "guarded for nginx.service", or nothing if the port is not guarded, or if that is not known.
 */
void portguard_reason(const char *pin_dir, uint32_t netns, uint8_t proto, uint16_t port,
		      struct strbuf *out);

#endif
