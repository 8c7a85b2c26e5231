/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * user: names of users and their numbers. /etc/passwd is asked first, because it
 * answers nearly always and costs a fortieth of what loading the name service
 * modules does; only an unknown user makes them load.
 */
#ifndef SYS_USER_H
#define SYS_USER_H

#include <sys/types.h>

/* The name of the user, good until the next call; NULL: it has none. */
const char *user_name(uid_t uid);

/* The number of the user with this name. 0 or -ENOENT. */
int user_by_name(const char *name, uid_t *ret);

/* Find the number of a group by its name or number. 0 or -ENOENT. */
int user_group(const char *name_or_number, gid_t *ret);

#endif
