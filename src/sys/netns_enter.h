/* SPDX-License-Identifier: GPL-2.0-or-later */
/* netns_enter: enters a network namespace, with the thread that calls. */
#ifndef SYS_NETNS_ENTER_H
#define SYS_NETNS_ENTER_H

/* A name under /run/netns, a path, or "self", which changes nothing. 0; -ENOENT, -EINVAL: there is
 * none; -EPERM; or another negative errno. */
int netns_enter(const char *name_or_path);

#endif
