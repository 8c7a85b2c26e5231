// SPDX-License-Identifier: GPL-2.0-or-later
/* The header Accept of whoever connects to the exporter. */
#include "fuzz.h"

#include "http/accept.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *header = fuzz_string(data, size), *name;

	if (accept_openmetrics(header)) {
		/* Only who names it gets it. */
		name = strcasestr(header, "application/openmetrics-text");
		FUZZ_CHECK(name);
	}
	free(header);
	return 0;
}
