// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "base/wrap.h"

static int verbosity;

void log_set_verbosity(int v)
{
	verbosity = v;
}

int log_verbosity(void)
{
	return verbosity;
}

static void print(const char *prefix, const char *fmt, va_list ap)
{
	_cleanup_(strbuf_done) struct strbuf line = {}, wrapped = {};
	_cleanup_free_ char *message = NULL;
	int saved = errno, n;

	n = vasprintf(&message, fmt, ap);
	if (n < 0) {
		message = NULL;
		fputs("portwatch: out of memory\n", stderr);
		errno = saved;
		return;
	}
	strbuf_adds(&line, prefix);
	text_escape(&line, message, (size_t)n);
	strbuf_addc(&line, '\n');
	wrap_add(&wrapped, strbuf_str(&line), strbuf_len(&line), wrap_terminal(STDERR_FILENO));
	/* Write once, so that lines of several processes do not mix. */
	fwrite(strbuf_str(&wrapped), 1, strbuf_len(&wrapped), stderr);
	fflush(stderr);
	errno = saved;
}

#define PRINT(prefix, fmt)                                                                         \
	do {                                                                                       \
		va_list ap_;                                                                       \
		va_start(ap_, fmt);                                                                \
		print(prefix, fmt, ap_);                                                           \
		va_end(ap_);                                                                       \
	} while (0)

void log_error(const char *fmt, ...)
{
	PRINT("portwatch: ", fmt);
}

void log_warn(const char *fmt, ...)
{
	if (verbosity >= 0)
		PRINT("portwatch: ", fmt);
}

void log_info(const char *fmt, ...)
{
	if (verbosity >= 0)
		PRINT("", fmt);
}

void log_verbose(const char *fmt, ...)
{
	if (verbosity > 0)
		PRINT("portwatch: ", fmt);
}
