/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lockedmem: the limit on locked memory (RLIMIT_MEMLOCK), which maps and programs count against
 * before 5.11. Root raises it for itself, a member of a group that may ask cannot.
 */
#ifndef TRACK_LOCKEDMEM_H
#define TRACK_LOCKEDMEM_H

/* Tell a member, once, if it is the limit that keeps this process from making what a question
 * takes. Tried, not concluded. */
void lockedmem_note(void);

#endif
