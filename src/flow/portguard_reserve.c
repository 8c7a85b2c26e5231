// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/portguard_reserve.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "model/portspec.h"
#include "sys/netns.h"
#include "sys/netns_enter.h"
#include "sys/reserved.h"
#include "track/portguard_ask.h"
#include "track/reason.h"

static int wanted_ports(struct portguard *g, uint64_t netns, const uint64_t *coming,
			uint64_t *ret_map)
{
	_cleanup_(portguard_list_done) struct portguard_list l = {};
	int err = portguard_read(g, &l);

	memset(ret_map, 0, PORTSPEC_WORDS * sizeof(*ret_map));
	for (size_t i = 0; i < l.nr; i++)
		for (size_t k = 0; k < l.v[i].nr_ports; k++)
			if (l.v[i].ports[k].key.netns == netns)
				port_set(ret_map, l.v[i].ports[k].key.port);
	for (size_t i = 0; coming && i < PORTSPEC_WORDS; i++)
		ret_map[i] |= coming[i];
	return err;
}

/* Remember each port of the map as ours, or forget it. */
static int keep_each(struct portguard *g, uint64_t netns, const uint64_t *map, bool keep)
{
	int err = 0;

	for (uint32_t port = 0; !err && port <= UINT16_MAX; port++)
		if (port_bit(map, (uint16_t)port))
			err = portguard_keep(g, netns, (uint16_t)port, keep);
	return err;
}

static int write_all(const uint64_t *map)
{
	int err = reserved_write(map);

	if (err == -EROFS)
		return failed(err, "net.ipv4.ip_local_reserved_ports is read-only here: guard the "
				   "port on the host, with --netns");
	return err ? failed(err, "cannot write net.ipv4.ip_local_reserved_ports: %s",
			    strerror(-err)) :
		     0;
}

int portguard_reserved(uint64_t *ret_map)
{
	int err = reserved_read(ret_map);

	return err ? failed(err, "cannot read net.ipv4.ip_local_reserved_ports: %s",
			    strerror(-err)) :
		     0;
}

/* Remember what is added before it is written, and forget what is taken out afterwards, so that a
 * process that is killed in between leaves nothing that is not known to be ours. */
int portguard_reserve(struct portguard *g, uint64_t netns, const uint64_t *coming)
{
	uint64_t have[PORTSPEC_WORDS], kept[PORTSPEC_WORDS], want[PORTSPEC_WORDS];
	uint64_t add[PORTSPEC_WORDS], drop[PORTSPEC_WORDS], next[PORTSPEC_WORDS];
	int err = portguard_reserved(have);

	if (!err)
		err = portguard_kept(g, netns, kept);
	if (!err)
		err = wanted_ports(g, netns, coming, want);
	if (err)
		return err;
	for (size_t i = 0; i < PORTSPEC_WORDS; i++) {
		add[i] = want[i] & ~have[i];
		drop[i] = kept[i] & ~want[i];
		next[i] = (have[i] | want[i]) & ~drop[i];
	}
	err = keep_each(g, netns, add, true);
	if (!err && memcmp(next, have, sizeof(next)))
		err = write_all(next);
	return err ? err : keep_each(g, netns, drop, false);
}

/* A namespace that is entered for a moment. */
struct visit {
	struct portguard *g;
	int err;
};

static int visit(void *arg, uint32_t inode, const char *name)
{
	_cleanup_close_ int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	struct visit *v = arg;
	uint64_t netns;

	(void)inode;
	if (home < 0)
		return failed(-errno, "cannot open the own network namespace: %s", strerror(errno));
	if (netns_enter(name))
		return 0;
	v->err = portguard_netns(&netns);
	if (!v->err)
		v->err = portguard_reserve(v->g, netns, NULL);
	if (setns(home, CLONE_NEWNET))
		return failed(-errno, "cannot return to the own network namespace: %s",
			      strerror(errno));
	return v->err;
}

int portguard_reserve_nothing(struct portguard *g, size_t *ret_left)
{
	struct visit v = { .g = g };
	uint64_t netns;
	int err = portguard_netns(&netns);

	if (!err)
		err = portguard_reserve(g, netns, NULL);
	if (!err)
		err = netns_each_name(visit, &v);
	return err ? err : portguard_forget_kept(g, ret_left);
}
