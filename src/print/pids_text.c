// SPDX-License-Identifier: GPL-2.0-or-later
#include "print/pids_text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/cleanup.h"

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

int pids_text_print(uint32_t *pids, size_t nr, FILE *out)
{
	if (nr)
		qsort(pids, nr, sizeof(*pids), compare);
	errno = 0;
	for (size_t i = 0; i < nr; i++)
		if (pids[i] && (i == 0 || pids[i] != pids[i - 1]))
			fprintf(out, "%" PRIu32 "\n", pids[i]);
	if (fflush(out) || ferror(out))
		return errno ? -errno : -EIO;
	return 0;
}

int pids_text(const struct answer *a, FILE *out)
{
	_cleanup_free_ uint32_t *pids = NULL;
	size_t nr = 0, most = 0;

	for (size_t i = 0; i < a->nr_sockets; i++)
		most += a->sockets[i].nr_holders;
	pids = malloc((most + 1) * sizeof(*pids));
	if (!pids)
		return -ENOMEM;
	for (size_t i = 0; i < a->nr_sockets; i++)
		for (size_t k = 0; k < a->sockets[i].nr_holders; k++)
			pids[nr++] = a->processes[a->sockets[i].holders[k].process].pid;
	return pids_text_print(pids, nr, out);
}
