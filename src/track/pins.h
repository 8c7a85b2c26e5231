/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pins: the directory in bpffs that a loaded tracker lives in, held by descriptors.
 *
 * The path is followed once, component by component, and no symbolic link on it is followed, nor
 * one of /proc. The directory and its folders must be on bpffs, belong to root or to us, and be
 * writable by nobody else. From then on everything happens through their descriptors and with
 * known names: nobody can put another directory in their place, and nothing of others is removed.
 *
 * Invariant: whoever changes anything below the directory holds the lock of exactly this
 * directory, not of one that was removed and made anew while waiting.
 *
 * pins_close() closes what pins_open() or pins_lock() has opened, and ends the lock. Functions
 * return 0 or a negative errno, and all but pins_get() and pins_put() say why.
 */
#ifndef TRACK_PINS_H
#define TRACK_PINS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum pin_kind { PIN_LINKS, PIN_PROGS, PIN_MAPS, PIN_KINDS };

extern const char *const pin_folders[PIN_KINDS];

struct pins {
	char *path; /* for messages only */
	char name[NAME_MAX + 1];
	int parent; /* the directory that `name` is in */
	int dir;
	int folder[PIN_KINDS]; /* -1: there is none */
	int lock;	       /* -1: not locked by us */
};

#define PINS_NONE                                                                                  \
	{                                                                                          \
		.parent = -1, .dir = -1, .folder = { -1, -1, -1 }, .lock = -1                      \
	}

/* -ENOENT: there is no such directory; -EPERM: it is another user's; -EINVAL: not on bpffs. */
int pins_open(const char *path, struct pins *ret);

/* Makes the directory if asked to, and mounts bpffs where it belongs; opens and locks it. As
 * pins_open(), and -EBUSY: another process has kept the lock. */
int pins_lock(const char *path, bool create, struct pins *ret);

void pins_close(struct pins *p);

/* Locks an opened directory once more, apart from every other lock of it. The lock goes with the
 * fd. -EWOULDBLOCK: not free, and `wait` was not asked for. */
int pins_lock_again(const struct pins *p, bool wait);

/* Makes the folders. */
int pins_make(struct pins *p);

/* Opens what is pinned under the name, with flags of BPF_OBJ_GET: an fd. */
int pins_get(const struct pins *p, enum pin_kind kind, const char *name, uint32_t flags);
int pins_put(const struct pins *p, enum pin_kind kind, const char *name, int fd);

/* Can something of this type be pinned at all? It is not left there. */
int pins_try(const struct pins *p, int fd);

/* A path to a pin, good as long as p is open. */
void pins_path(const struct pins *p, enum pin_kind kind, const char *name, char *ret, size_t size);

/* 0; -EEXIST: something is in there that no tracker has. */
int pins_foreign(const struct pins *p);

bool pins_empty(const struct pins *p);

/* Unpins everything that is a tracker's: what makes it one first, then links, so that hooks end
 * before their maps do. */
int pins_clear(struct pins *p);
int pins_remove(struct pins *p);

#endif
