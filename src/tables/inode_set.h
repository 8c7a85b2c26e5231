/* SPDX-License-Identifier: GPL-2.0-or-later */
/* inode_set: numbers of socket inodes. Several threads may ask one that nobody changes. */
#ifndef TABLES_INODE_SET_H
#define TABLES_INODE_SET_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/hmap.h"

struct inode_row {
	uint64_t inode;
};

struct inode_set {
	struct hmap rows; /* of struct inode_row */
};

#define INODE_SET                                                                                  \
	{                                                                                          \
		HMAP(struct inode_row, inode)                                                      \
	}

/* 0 or -ENOMEM. An inode that is 0 stands for none and is not added. */
static inline int inode_set_add(struct inode_set *s, uint64_t inode)
{
	return !inode || hmap_put(&s->rows, &inode) ? 0 : -ENOMEM;
}

static inline bool inode_set_has(const struct inode_set *s, uint64_t inode)
{
	return hmap_get(&s->rows, &inode) != NULL;
}

static inline size_t inode_set_size(const struct inode_set *s)
{
	return s->rows.nr;
}

static inline void inode_set_done(struct inode_set *s)
{
	hmap_done(&s->rows);
}

#endif
