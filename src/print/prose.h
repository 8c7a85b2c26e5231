/* SPDX-License-Identifier: GPL-2.0-or-later */
/* prose: lines of text for people, broken between words where the terminal is too narrow. */
#ifndef PRINT_PROSE_H
#define PRINT_PROSE_H

#include <stdio.h>

#include "base/strbuf.h"
#include "print/sink.h"

/* Prints an escaped text and empties it. Uses the width. 0, -ENOMEM or the FILE's error. */
int prose_print(struct strbuf *text, FILE *out, const struct out_opts *opts);

#endif
