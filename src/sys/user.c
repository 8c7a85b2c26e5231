// SPDX-License-Identifier: GPL-2.0-or-later
#include "sys/user.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"

static struct passwd *local_lookup(const char *name, uid_t uid)
{
	static struct passwd pw;
	static char buf[4096];
	struct passwd *found = NULL;
	FILE *f = fopen("/etc/passwd", "re");

	if (!f)
		return NULL;
	while (!fgetpwent_r(f, &pw, buf, sizeof(buf), &found)) {
		/* "+" and "-" at the start are orders to the name service, no users. */
		if (found->pw_name[0] == '+' || found->pw_name[0] == '-')
			continue;
		if (name ? !strcmp(found->pw_name, name) : found->pw_uid == uid)
			break;
	}
	fclose(f);
	return found;
}

const char *user_name(uid_t uid)
{
	static struct {
		uid_t uid;
		char name[256]; /* "": nothing remembered */
	} cache[16], *c;
	struct passwd *pw;

	c = &cache[uid % 16];
	if (c->name[0] && c->uid == uid)
		return c->name;
	pw = local_lookup(NULL, uid);
	if (!pw)
		pw = getpwuid(uid);
	if (!pw || !pw->pw_name[0] || strlen(pw->pw_name) >= sizeof(c->name))
		return NULL;
	strcpy(c->name, pw->pw_name);
	c->uid = uid;
	return c->name;
}

int user_by_name(const char *name, uid_t *ret)
{
	struct passwd *pw = local_lookup(name, 0);

	if (!pw)
		pw = getpwnam(name);
	if (!pw)
		return -ENOENT;
	*ret = pw->pw_uid;
	return 0;
}

int user_group(const char *name_or_number, gid_t *ret)
{
	struct group *g = getgrnam(name_or_number);

	if (g)
		*ret = g->gr_gid;
	else if (num_parse_u32(name_or_number, 0, UINT32_MAX - 1, ret))
		return -ENOENT;
	return 0;
}
