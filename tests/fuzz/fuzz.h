/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz: what the fuzz targets share. A target is one NAME_fuzz.c with LLVMFuzzerTestOneInput();
 * `make fuzz SECONDS=n` runs each for n seconds over what is in corpus/NAME, and `make test`
 * replays that. A target does not only wait for the sanitizers: it states what must hold of
 * any input (FUZZ_CHECK).
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "base/text.h"

#define fuzz_fn __attribute__((unused)) static

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_CHECK(condition)                                                                      \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);    \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

struct fuzz_input {
	const uint8_t *p;
	size_t left;
};

fuzz_fn uint8_t fuzz_byte(struct fuzz_input *in)
{
	if (!in->left)
		return 0;
	in->left--;
	return *in->p++;
}

/* As far as the input goes; the rest stays as it was. */
fuzz_fn void fuzz_fill(struct fuzz_input *in, void *to, size_t len)
{
	size_t n = len < in->left ? len : in->left;

	memcpy(to, in->p, n);
	in->p += n;
	in->left -= n;
}

/* A copy on the heap that ends where the bytes do, so that a read past it is seen. */
fuzz_fn char *fuzz_exact(const void *data, size_t len)
{
	char *copy = malloc(len ? len : 1);

	FUZZ_CHECK(copy);
	memcpy(copy, data, len);
	return copy;
}

/* Take it as a string: up to the first NUL, if there is one. */
fuzz_fn char *fuzz_string(const void *data, size_t len)
{
	char *copy = strndup(data, len);

	FUZZ_CHECK(copy);
	return copy;
}

/* Take the text before the next `separator` as a string; NULL at the end. */
fuzz_fn char *fuzz_word(struct fuzz_input *in, char separator)
{
	const uint8_t *end;
	size_t len;
	char *word;

	if (!in->left)
		return NULL;
	end = memchr(in->p, separator, in->left);
	len = end ? (size_t)(end - in->p) : in->left;
	word = fuzz_string(in->p, len);
	in->p += len + !!end;
	in->left -= len + !!end;
	return word;
}

/* Nothing in it that a terminal would obey: valid UTF-8 in whole lines, and neither a control
 * character nor one that hides or turns text round. */
fuzz_fn void fuzz_check_clean(const char *text, size_t len)
{
	struct strbuf escaped = {};
	size_t at = 0;

	while (at < len) {
		const char *nl = memchr(text + at, '\n', len - at);
		size_t line = nl ? (size_t)(nl - text) - at : len - at;

		for (size_t i = 0, step; i < line; i += step) {
			uint32_t c;

			step = text_decode(text + at + i, line - i, &c);
			FUZZ_CHECK(step && c >= 0x20 && c != 0x7f && !(c >= 0x80 && c < 0xa0));
			strbuf_reset(&escaped);
			text_escape(&escaped, text + at + i, step);
			/* But for the backslash, what is safe is not escaped. */
			FUZZ_CHECK(c == '\\' || escaped.len == step);
		}
		at += line + 1;
	}
	strbuf_done(&escaped);
}

#endif
