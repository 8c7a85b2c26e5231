// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/why.h"

#include <stdarg.h>
#include <stdio.h>

#include "track/tracker.h"

static char line[512];

int why(int err, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	return err;
}

const char *tracker_why(void)
{
	return line;
}
