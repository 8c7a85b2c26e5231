/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * text: hostile strings (comm, command lines, unit names, arguments) made safe for
 * a terminal, and how many columns a text takes there.
 *
 * Printable UTF-8 stays as it is. Control characters (C0, DEL, C1), bytes that are
 * no valid UTF-8, and the backslash itself are written \xNN; characters that
 * would reorder or hide text (bidirectional overrides, zero-width, line and
 * paragraph separators, tags, noncharacters) become \u{NNNN}. The result never
 * contains a line break, an escape or an unbalanced direction.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"

/* Decodes one character of valid UTF-8. Returns its length in bytes, or 0: the
 * first byte does not begin a valid sequence (overlong, surrogate, cut short). */
size_t text_decode(const char *s, size_t len, uint32_t *ret);

void text_escape(struct strbuf *out, const char *s, size_t len);

/* A comm: at most 16 bytes, ends at its NUL. */
void text_escape_comm(struct strbuf *out, const char *comm);

/* At most `most` bytes of a text that is not escaped yet; never splits a character of UTF-8. */
size_t text_cut(const char *s, size_t len, size_t most);

/* Columns of an escaped text on a terminal; wide characters count two, combining
 * ones none. Not for text with colour sequences. */
size_t text_width(const char *s, size_t len);

/* How many bytes of an escaped text fit in `columns`; never splits a character. */
size_t text_fit(const char *s, size_t len, size_t columns);

#endif
