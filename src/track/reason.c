// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/reason.h"

#include <stdarg.h>
#include <stdio.h>

#include "track/tracker.h"

static char line[512];

int failed(int err, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	return err;
}

void reason_clear(void)
{
	line[0] = '\0';
}

const char *tracker_reason(void)
{
	return line;
}
