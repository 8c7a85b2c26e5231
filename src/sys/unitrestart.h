/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unitrestart: what a service's unit files say about starting it again. From the files, as
 * systemd would read them: no question to systemd, which may be busy or somebody else.
 */
#ifndef SYS_UNITRESTART_H
#define SYS_UNITRESTART_H

#include <stddef.h>

/* The value of Restart= of a unit ("always"), by its file and drop-ins in these folders, the first
 * of which counts most. 0: found, "no" where nothing is set; -ENOENT: no such file. */
int unitrestart_read(const char *const *dirs, const char *unit, char *ret, size_t size);

#endif
