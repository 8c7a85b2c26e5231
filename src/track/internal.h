/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The inside of a tracker, for the files of track/. Nobody else includes it. */
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
	bool verbose;
	int map[MAP_MAX];		       /* -1: not opened yet */
	int prog[PROG_MAX];		       /* -1: not opened or loaded yet */
	int prog_error[PROG_MAX];	       /* why it cannot be; 0: can, or was not tried */
	const struct source *source[FACT_MAX]; /* that answered last */
	int refused[MAX_SOURCES];	       /* errno of a source; 0: works, or was not tried */
	struct pw_meta meta;
	struct pw_self self;
	/* Do programs loaded with types from a file find our own socket? 1, 0 or a negative errno.
	 * NULL: they cannot be proved, and no file is used. */
	int (*prove)(struct tracker *t);
	bool distrusts_cache; /* the file of the kernel's types has failed a proof */
	bool in_init_pidns;   /* our PIDs are the kernel's */
};

/* Allocate a tracker; nothing is loaded or opened. */
int tracker_alloc(const struct tracker_opts *opts, enum tracker_kind kind, struct tracker **ret);

DEFINE_CLEANUP(struct tracker *, tracker_free);

/* Return the fd of a map, which is opened on first use, or a negative errno. The tracker's own. */
int tracker_map(struct tracker *t, enum map_id id);

/* Open a pin by its path. This takes several times as long as opening by ID (about 4 us), but is
 * allowed without CAP_SYS_ADMIN. Return an fd of the caller's, or a negative errno. */
int tracker_open_pin(struct tracker *t, enum pin_kind kind, const char *name, uint32_t flags);

/* Return the fd that opening by ID gave, or a negative errno. -EPERM: open the pin instead. */
int tracker_opened_by_id(int fd);

/* Refreshes t->meta from the map. */
int tracker_read_meta(struct tracker *t);

/* Puts everything that is older than the hooks into the maps. */
int tracker_seed(struct tracker *t);

#endif
