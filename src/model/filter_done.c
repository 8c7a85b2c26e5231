// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/filter.h"

#include <stdlib.h>

static void free_texts(char **texts, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		free(texts[i]);
	free(texts);
}

void filter_done(struct filter *f)
{
	portspec_done(&f->ports);
	free_texts(f->comms, f->nr_comms);
	free_texts(f->units, f->nr_units);
	free_texts(f->containers, f->nr_containers);
	free_texts(f->devices, f->nr_devices);
	for (size_t i = 0; i < f->nr_cgroups; i++)
		free(f->cgroups[i].path);
	free(f->cgroups);
	free(f->pids);
	free(f->uids);
	free(f->peers);
	free(f->netns);
	strbuf_done(&f->said);
	if (f->not )
		filter_done(f->not );
	free(f->not );
	*f = (struct filter){};
}
