/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * portbits: sets of ports as the kernel writes and reads them in its sysctls: "80,443,8000-8010".
 * Pure. A set is a bit map of PORTSPEC_WORDS words (model/portspec.h).
 */
#ifndef MODEL_PORTBITS_H
#define MODEL_PORTBITS_H

#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"

/* Add the ports of the text to the set. -EINVAL: it is no such list; the set is untouched. */
int portbits_parse(const char *text, size_t len, uint64_t *ret_map);

/* Write the set, each run of ports as a range. */
void portbits_format(const uint64_t *map, struct strbuf *out);

#endif
