/* SPDX-License-Identifier: GPL-2.0-or-later */
/* privileges: giving up capabilities for good. */
#ifndef SYS_PRIVILEGES_H
#define SYS_PRIVILEGES_H

#include <stddef.h>

/* Keeps of the capabilities that this process has only these (CAP_…, linux/capability.h), also
 * for what it may exec. 0 or a negative errno. */
int privileges_keep(const unsigned int *caps, size_t nr);

#endif
