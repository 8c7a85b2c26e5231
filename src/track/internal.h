/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of track/ know of each other. Nobody else includes it. */
#ifndef TRACK_INTERNAL_H
#define TRACK_INTERNAL_H

#include <sys/types.h>

#include "base/cleanup.h"
#include "tables/procfd.h"
#include "track/facts.h"
#include "track/object.h"
#include "track/pins.h"
#include "track/progs.h"
#include "track/register.h"
#include "track/share.h"
#include "track/tracker.h"
#include "track/reason.h"

_Static_assert(MAP_MAX <= ARRAY_SIZE(((struct pw_meta *)0)->map_id), "room in pw_meta");
_Static_assert(PROG_MAX <= ARRAY_SIZE(((struct pw_meta *)0)->prog_id), "room in pw_meta");

struct tracker {
	enum tracker_kind kind;
	struct object *object; /* NULL when pinned */
	char *pin_dir;
	struct pins pins;	   /* of a pinned one */
	__u32 meta_id;		   /* of the map meta: each load makes another */
	struct procfd_blind blind; /* of the last look at holders in /proc */
	int gone_fd;		   /* inotify; -1: not asked for yet */
	size_t unvisited; /* network namespaces that the last look at all could not enter */
	bool verbose;
	int map[MAP_MAX];		       /* -1: not opened yet */
	int prog[PROG_MAX];		       /* -1: not opened or loaded yet */
	int prog_error[PROG_MAX];	       /* why it cannot be; 0: can, or was not tried */
	const struct source *source[FACT_MAX]; /* that answered last */
	int refused[MAX_SOURCES];	       /* errno of a source; 0: works, or was not tried */
	struct pw_meta meta;
	struct pw_self self;
	bool distrusts_cache; /* the file of the kernel's types has failed a proof */
	bool in_init_pidns;   /* our PIDs are the kernel's */
};

/* One that has nothing in the kernel yet. */
int tracker_alloc(const struct tracker_opts *opts, enum tracker_kind kind, struct tracker **ret);

DEFINE_CLEANUP(struct tracker *, tracker_free);

/* fds, opened on first use; negative errno. */
int tracker_map(struct tracker *t, enum map_id id);
int tracker_prog(struct tracker *t, enum prog_id id);

/* Can it be had without loading it? */
bool tracker_prog_at_hand(const struct tracker *t, enum prog_id id);

/* Refreshes t->meta from the map. */
int tracker_read_meta(struct tracker *t);

/* Puts everything that is older than the hooks into the maps. */
int tracker_seed(struct tracker *t);

#endif
