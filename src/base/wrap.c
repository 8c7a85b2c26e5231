// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/wrap.h"

#include <stdbool.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/num.h"
#include "base/text.h"

#define COLUMNS_USUAL 80
#define COLUMNS_MAX 10000
#define NARROWEST 8 /* columns for text behind an indent, at least */

/* Bytes of the colour sequence that the text begins with; 0: with none. */
static size_t color_len(const char *s, size_t len)
{
	size_t n = 2;

	if (len < 3 || s[0] != '\033' || s[1] != '[')
		return 0;
	while (n < len && s[n] != 'm')
		n++;
	return n < len ? n + 1 : 0;
}

size_t wrap_width(const char *text, size_t len)
{
	size_t width = 0, i = 0, n;

	while (i < len) {
		size_t color = color_len(text + i, len - i);

		for (n = color; !color && i + n < len && text[i + n] != '\033'; n++)
			;
		if (!color) {
			n = n ? n : 1; /* an escape that is no colour */
			width += text_width(text + i, n);
		}
		i += n;
	}
	return width;
}

/* Bytes until the next blank or the end. */
static size_t word_len(const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && s[n] != ' ')
		n++;
	return n;
}

static size_t blanks_len(const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && s[n] == ' ')
		n++;
	return n;
}

/* Where the rest of this line begins, in columns. */
static size_t hanging(const char *line, size_t len, size_t width)
{
	size_t start = blanks_len(line, len), at = start;

	/* A label is short: it ends before the second half of the screen. */
	while (at < len) {
		size_t word = word_len(line + at, len - at);
		size_t gap = blanks_len(line + at + word, len - at - word);
		size_t behind = wrap_width(line, at + word + gap);

		if (gap >= 2 && behind <= width / 2 && at + word + gap < len)
			return behind;
		if (behind > width / 2 || !gap)
			break;
		at += word + gap;
	}
	return start + 2 + NARROWEST <= width ? start + 2 : 0;
}

/* A word that is wider than a line, in pieces, from this column on. Returns the column behind it.
 */
static size_t add_pieces(struct strbuf *out, const char *word, size_t len, size_t width,
			 size_t indent, size_t column)
{
	while (len) {
		size_t n = color_len(word, len);

		if (!n) {
			uint32_t c;
			size_t w;

			n = text_decode(word, len, &c);
			n = n ? n : 1;
			w = text_width(word, n);
			if (column + w > width && column > indent) {
				strbuf_addc(out, '\n');
				strbuf_addn(out, ' ', indent);
				column = indent;
			}
			column += w;
		}
		strbuf_add(out, word, n);
		word += n;
		len -= n;
	}
	return column;
}

static void add_line(struct strbuf *out, const char *line, size_t len, size_t width)
{
	size_t indent = hanging(line, len, width), column = 0, at = 0;
	bool begun = false;

	while (at < len) {
		size_t blanks = blanks_len(line + at, len - at);
		size_t word = word_len(line + at + blanks, len - at - blanks);
		size_t w = wrap_width(line + at + blanks, word);

		if (begun && column + blanks + w > width) {
			strbuf_addc(out, '\n');
			strbuf_addn(out, ' ', indent);
			column = indent;
		} else if (word) {
			strbuf_addn(out, ' ', blanks);
			column += blanks;
		}
		if (column + w > width) {
			column = add_pieces(out, line + at + blanks, word, width, indent, column);
		} else {
			strbuf_add(out, line + at + blanks, word);
			column += w;
		}
		begun = begun || word;
		at += blanks + word;
	}
}

void wrap_add(struct strbuf *out, const char *text, size_t len, size_t width)
{
	while (len) {
		const char *end = memchr(text, '\n', len);
		size_t n = end ? (size_t)(end - text) : len;

		if (width && wrap_width(text, n) > width)
			add_line(out, text, n, width);
		else
			strbuf_add(out, text, n);
		if (end)
			strbuf_addc(out, '\n');
		n += end != NULL;
		text += n;
		len -= n;
	}
}

unsigned int wrap_terminal(int fd)
{
	const char *columns = getenv("COLUMNS");
	struct winsize ws = {};
	uint64_t said;

	if (!isatty(fd))
		return 0;
	if (!ioctl(fd, TIOCGWINSZ, &ws) && ws.ws_col)
		return ws.ws_col;
	if (columns && !num_parse_u64(columns, 1, COLUMNS_MAX, &said))
		return (unsigned int)said;
	return COLUMNS_USUAL;
}
