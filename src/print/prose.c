// SPDX-License-Identifier: GPL-2.0-or-later
#include "print/prose.h"

#include <errno.h>

#include "base/cleanup.h"
#include "base/wrap.h"

int prose_print(struct strbuf *text, FILE *out, const struct out_opts *opts)
{
	_cleanup_(strbuf_done) struct strbuf lines = {};

	wrap_add(&lines, strbuf_str(text), strbuf_len(text), opts->width);
	if (strbuf_error(text) || strbuf_error(&lines))
		return -ENOMEM;
	strbuf_reset(text);
	errno = 0;
	if (lines.len && fwrite_unlocked(lines.s, 1, lines.len, out) != lines.len)
		return errno ? -errno : -EIO;
	return 0;
}
