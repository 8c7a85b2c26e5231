/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lockdown: the kernel's own limits to what root may do, as far as they concern BPF:
 * "integrity" leaves us alone, "confidentiality" forbids programs to read kernel memory.
 */
#ifndef TRACK_LOCKDOWN_H
#define TRACK_LOCKDOWN_H

#include <stddef.h>

/* "none", "integrity", "confidentiality"; untouched where that is not known. */
void lockdown_read(char *ret, size_t size);

/* The error of something refused: if lockdown is why, that is said and -EOPNOTSUPP returned. */
int lockdown_blamed(int err);

#endif
