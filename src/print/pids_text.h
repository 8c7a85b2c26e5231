/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pids_text: the holders of an answer's sockets as numbers, for kill(1): each once, one a line. */
#ifndef PRINT_PIDS_TEXT_H
#define PRINT_PIDS_TEXT_H

#include <stdio.h>

#include "model/answer.h"

/* As our own PID namespace numbers them; a process that is not in it is left out. 0 or a
 * negative errno. */
int pids_text(const struct answer *a, FILE *out);

/* Sort any numbers and print them in that form; 0 is left out. */
int pids_text_print(uint32_t *pids, size_t nr, FILE *out);

#endif
