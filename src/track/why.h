/* SPDX-License-Identifier: GPL-2.0-or-later */
/* why: the one line that says what failed last and what to do about it. */
#ifndef TRACK_WHY_H
#define TRACK_WHY_H

/* Remembers the line and returns err, so that `return why(-EPERM, "…")` reads well. */
int why(int err, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
