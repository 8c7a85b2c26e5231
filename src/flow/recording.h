/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * recording: the file of `stream --record` and `--replay`; its format is
 * model/record.h. Written by appending whole events and flushing at batch ends, so
 * that a recording cut short anywhere (a full disk, SIGKILL) is read up to its last
 * whole event, and the damage is told.
 *
 * A new file is readable by its owner only: it tells who talks to whom on this host. No address of
 * the kernel's is in it: each socket has a number instead, a hash with a key of this recording's.
 */
#ifndef FLOW_RECORDING_H
#define FLOW_RECORDING_H

#include <stdint.h>

#include "base/cleanup.h"
#include "model/record.h"

struct recording;

/* An old file of that name is overwritten. */
int recording_create(const char *path, const struct record_info *info, struct recording **ret);
int recording_add(struct recording *r, const struct pw_event *ev);
/* 0, or the first error since recording_create(), such as -ENOSPC. */
int recording_flush(struct recording *r);

/* 0; an error of open(); or one of record_header_decode(). */
int recording_open(const char *path, struct record_info *ret_info, struct recording **ret);
/* 1 and an event; 0 at the end; -EBADMSG: damaged here; an error of read(). */
int recording_next(struct recording *r, struct pw_event *ret);
/* How many events were added or read. */
uint64_t recording_count(const struct recording *r);

struct recording *recording_free(struct recording *r); /* returns NULL */
DEFINE_CLEANUP(struct recording *, recording_free);

#endif
