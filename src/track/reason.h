/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * reason: one line that says what failed last and what to do about it. It is the process's own and
 * stands until the next failure; tracker_reason() (tracker.h) reads it.
 */
#ifndef TRACK_REASON_H
#define TRACK_REASON_H

/* Keep the line as the reason of a failure. Return err, so that `return failed(-EPERM, "…")` ends a
 * function. */
int failed(int err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Forget the reason of an earlier failure. */
void reason_clear(void);

#endif
