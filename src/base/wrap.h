/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * wrap: prose for a terminal, broken between words, so that the terminal breaks none itself. The
 * text is escaped already (base/text.h) and may hold colour sequences ("\033[31m"), which take no
 * columns.
 *
 * The rest of a line that is too long goes on under its own beginning: behind "label  " (a word or
 * two and at least two blanks), else two columns further in than the line begins.
 */
#ifndef BASE_WRAP_H
#define BASE_WRAP_H

#include <stddef.h>
#include <stdio.h>

#include "base/strbuf.h"

/* Adds the lines of a text, each at most `width` columns wide; 0: as they are. */
void wrap_add(struct strbuf *out, const char *text, size_t len, size_t width);

/* Columns of a text with colour sequences. */
size_t wrap_width(const char *text, size_t len);

/* Columns of the terminal behind this descriptor; 0: it is none. Without a size that it knows:
 * that of COLUMNS, else 80. */
unsigned int wrap_terminal(int fd);

#endif
