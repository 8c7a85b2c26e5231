// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/lookup.h"

#include <string.h>
#include <unistd.h>

#include "sys/cgroup.h"
#include "sys/cgroup_path.h"
#include "sys/device.h"
#include "sys/netns.h"
#include "sys/resolve.h"
#include "sys/user.h"

#define UNUSED __attribute__((unused))

static int service(UNUSED void *arg, const char *name, uint8_t proto, uint16_t *ret)
{
	return resolve_service(name, proto, ret);
}

static int user(UNUSED void *arg, const char *name, uint32_t *ret_uid)
{
	return user_by_name(name, ret_uid);
}

static int netns(UNUSED void *arg, const char *text, uint32_t *ret_inode)
{
	return !strcmp(text, "self") ? netns_self(ret_inode) : netns_lookup(text, ret_inode);
}

static int cgroup(UNUSED void *arg, const char *text, char **ret_path, uint64_t *ret_id)
{
	return cgroup_lookup(text, ret_path, ret_id);
}

static const char *path_of(UNUSED void *arg, uint64_t cgroup_id)
{
	return cgroup_path(cgroup_id);
}

static const char *unit_of(UNUSED void *arg, uint64_t cgroup_id)
{
	static char unit[256]; /* UNIT_NAME_MAX of systemd, with its NUL */
	const char *path = cgroup_path(cgroup_id);
	struct span s;

	if (!path || !cgroup_path_unit(path, strlen(path), &s) || s.len >= sizeof(unit))
		return NULL;
	memcpy(unit, s.s, s.len);
	unit[s.len] = '\0';
	return unit;
}

static const char *container_of(UNUSED void *arg, uint64_t cgroup_id)
{
	static char container[65];
	const char *path = cgroup_path(cgroup_id);
	struct span s;

	if (!path || !cgroup_path_container(path, strlen(path), &s) || s.len >= sizeof(container))
		return NULL;
	memcpy(container, s.s, s.len);
	container[s.len] = '\0';
	return container;
}

static const char *device_of(UNUSED void *arg, uint32_t netns, uint32_t ifindex)
{
	return device_name(netns, ifindex);
}

const struct filter_lookup lookup_system = {
	.service = service,
	.user = user,
	.netns = netns,
	.cgroup = cgroup,
	.path_of = path_of,
	.unit_of = unit_of,
	.container_of = container_of,
	.device_of = device_of,
};

int lookup_default_netns(struct filter *f)
{
	uint32_t self;
	int err;

	if (f->netns_given || !geteuid())
		return 0;
	err = netns_self(&self);
	return err ? err : filter_add_netns(f, self);
}
