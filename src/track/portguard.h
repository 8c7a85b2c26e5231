/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * portguard: the programs that guard ports, and their maps (include/guarded.h), in a directory of
 * their own beside the tracker's: DIR-guard. They stay until nothing is guarded or reserved any
 * more; load, unload and another version of portwatch leave them alone.
 *
 * Changes are made under the lock of that directory, and by batches: add or mark, then commit.
 * Whoever takes the lock first takes back what a killed process has left of a batch.
 *
 * Functions return 0 or a negative errno and say why (tracker_reason()).
 */
#ifndef TRACK_PORTGUARD_H
#define TRACK_PORTGUARD_H

#include "model/portguard.h"
#include "track/pins.h"

enum portguard_map { PG_PORTS, PG_RULES, PG_WHOS, PG_SLOTS, PG_COUNTS, PG_KEPT, PG_META, PG_MAPS };

struct portguard {
	struct pins pins;
	int map[PG_MAPS];
	uint64_t committed;
};

#define PORTGUARD_NONE                                                                             \
	{                                                                                          \
		.pins = PINS_NONE, .map = { -1, -1, -1, -1, -1, -1, -1 }                           \
	}

/* To change something, or only to look. pin_dir: the tracker's, NULL: the default. -ENOENT: nothing
 * is guarded, and `create` was not asked for; -ESTALE: of another layout. */
int portguard_lock(const char *pin_dir, bool create, struct portguard *ret);
int portguard_look(const char *pin_dir, struct portguard *ret);
void portguard_close(struct portguard *g);

/* Can this kernel? Everything is loaded and attached, once, and not left there. */
int portguard_try(void);

/* Does a link of each program still stand? False: somebody has detached them. */
bool portguard_attached(const struct portguard *g);

/* Take the programs out of the kernel if no slot is left. */
int portguard_leave(struct portguard *g);

/* Is any of these ports (bit per port) guarded, in whatever namespace? One look-up; what cannot be
 * read is not. */
bool portguard_any(const struct portguard *g, const uint64_t *ports);

/* Add everything there is to the list. */
int portguard_read(const struct portguard *g, struct portguard_list *ret);

/* The next batch. The rule gets its number here. -ENOSPC: there is no room. */
int portguard_add(struct portguard *g, struct portguard_rule *r);
int portguard_mark(struct portguard *g, const struct pw_guard_key *keys, size_t nr);
int portguard_commit(struct portguard *g);

/* Set the end of a rule; 0: none. It counts at once. */
int portguard_set_end(struct portguard *g, uint32_t rule, uint64_t until_ns);

/* Remove what does not count: of batches that were begun, of rules that have ended. */
int portguard_sweep(struct portguard *g);

/* The ports of this namespace that portwatch has reserved. Overwrites the map (PORTSPEC_WORDS). */
int portguard_kept(const struct portguard *g, uint64_t netns, uint64_t *ret_map);
int portguard_keep(const struct portguard *g, uint64_t netns, uint16_t port, bool keep);

/* Forget all of them, and tell how many there were. */
int portguard_forget_kept(const struct portguard *g, size_t *ret_nr);

#endif
