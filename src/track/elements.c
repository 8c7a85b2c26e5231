// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/elements.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

#define BATCH 4096

int elements_each(struct tracker *t, enum map_id id, size_t key_size, size_t value_size,
		  int (*fn)(void *arg, const void *key, const void *value), void *arg)
{
	_cleanup_free_ char *keys = NULL, *values = NULL;
	__u32 bucket, room = BATCH / 2, *from = NULL, nr;
	int fd = tracker_map(t, id), err = 0, r = -ENOSPC;

	if (fd < 0)
		return fd;
	while (!err && r != -ENOENT) { /* which means: these were the last */
		if (r == -ENOSPC) {    /* a bucket holds more than a batch */
			free(keys);
			free(values);
			room *= 2;
			keys = calloc(room, key_size);
			values = calloc(room, value_size);
			if (!keys || !values)
				return failed(-ENOMEM, "out of memory");
		}
		nr = room;
		r = bpf_map_lookup_batch(fd, from, &bucket, keys, values, &nr, NULL) ? -errno : 0;
		if (r == -ENOSPC)
			continue;
		if (r && r != -ENOENT)
			return failed(r, "cannot read the map %s: %s", map_rows[id].name,
				      strerror(-r));
		for (__u32 i = 0; i < nr && !err; i++)
			err = fn(arg, keys + i * key_size, values + i * value_size);
		from = &bucket;
	}
	return err;
}
