// SPDX-License-Identifier: GPL-2.0-or-later
#include "live/binds.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/xattr.h>

#define MAX_CALLS 65536

struct call {
	uint64_t tid;
	int32_t fd;	       /* BIND; -1: ended */
	uint8_t proto, family; /* SOCKET; 0: neither TCP nor UDP */
};

struct made {
	uint64_t key; /* thread and descriptor */
	uint8_t proto, family;
};

struct bound {
	uint64_t inode;
	uint64_t time_ns;
	struct pw_actor actor;
};

void binds_init(struct binds *b, struct procs *procs)
{
	*b = (struct binds){
		.procs = procs,
		.calls = HMAP(struct call, tid),
		.made = HMAP(struct made, key),
		.done = HMAP(struct bound, inode),
	};
}

void binds_done(struct binds *b)
{
	hmap_done(&b->calls);
	hmap_done(&b->made);
	hmap_done(&b->done);
}

static uint64_t key_of(uint32_t tid, int fd)
{
	return (uint64_t)tid << 32 | (uint32_t)fd;
}

/* The kernel's name of a descriptor's protocol (sockfs_xattr_get in net/socket.c). False: it is
 * neither TCP nor UDP, or the descriptor is gone. */
static bool protocol_of(uint32_t tid, int fd, uint8_t *ret_proto, uint8_t *ret_family)
{
	char path[64], name[32] = "";

	snprintf(path, sizeof(path), "/proc/%u/fd/%d", tid, fd);
	if (getxattr(path, "system.sockprotoname", name, sizeof(name) - 1) <= 0)
		return false;
	if (strncmp(name, "TCP", 3) != 0 && strncmp(name, "UDP", 3) != 0)
		return false;
	*ret_proto = name[0] == 'T' ? PW_TCP : PW_UDP;
	*ret_family = !strcmp(name + 3, "v6") ? PW_INET6 : PW_INET;
	return name[3] == '\0' || *ret_family == PW_INET6;
}

/* The protocol that socket() is asked for; 0: neither TCP nor UDP. */
static uint8_t asked_for(const struct trace *t)
{
	int type = t->type & ~(SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (t->family != PW_INET && t->family != PW_INET6)
		return 0;
	if (type == SOCK_STREAM && (!t->proto || t->proto == PW_TCP))
		return PW_TCP;
	return type == SOCK_DGRAM && (!t->proto || t->proto == PW_UDP) ? PW_UDP : 0;
}

static int begun(struct binds *b, const struct trace *t)
{
	uint64_t thread = t->tid;
	struct call *c;

	if (b->calls.nr >= MAX_CALLS)
		hmap_clear(&b->calls);
	c = hmap_put(&b->calls, &thread);
	if (!c)
		return -ENOMEM;
	c->fd = t->fd;
	c->proto = t->kind == TRACE_SOCKET ? asked_for(t) : 0;
	c->family = t->family;
	return 0;
}

static int made(struct binds *b, const struct trace *t)
{
	uint64_t thread = t->tid, key = key_of(t->tid, (int)t->ret);
	const struct call *c = hmap_get(&b->calls, &thread);
	struct made *m;

	if (!c || t->ret < 0)
		return 0;
	if (b->made.nr >= MAX_CALLS)
		hmap_clear(&b->made);
	m = hmap_put(&b->made, &key);
	if (!m)
		return -ENOMEM;
	m->proto = c->proto;
	m->family = c->family;
	return 0;
}

static int ended_well(struct binds *b, const struct trace *t, int fd)
{
	uint64_t inode = procs_socket(t->tid, fd);
	struct bound *s;
	struct pw_actor actor;
	uint32_t netns;

	if (!inode || !procs_find(b->procs, t->tid, &actor, &netns))
		return 0;
	s = hmap_put(&b->done, &inode);
	if (!s)
		return -ENOMEM;
	s->time_ns = t->time_ns;
	s->actor = actor;
	return 0;
}

static int failed(struct binds *b, const struct trace *t, int fd, live_event_fn fn, void *arg)
{
	struct pw_event ev = {
		.time_ns = t->time_ns,
		.kind = PW_EV_BIND_FAILED,
		.error = (uint16_t)-t->ret,
	};
	uint64_t key = key_of(t->tid, fd);
	const struct made *m = hmap_get(&b->made, &key);

	if (!protocol_of(t->tid, fd, &ev.proto, &ev.family) && m) {
		ev.proto = m->proto;
		ev.family = m->family;
	}
	if (!ev.proto || !procs_find(b->procs, t->tid, &ev.actor, &ev.netns))
		return 0;
	return fn(arg, &ev);
}

int binds_tell(struct binds *b, const struct trace *t, live_event_fn fn, void *arg)
{
	uint64_t thread = t->tid;
	struct call *c;
	int fd;

	if (t->kind == TRACE_SOCKET || t->kind == TRACE_BIND)
		return begun(b, t);
	if (t->kind == TRACE_MADE)
		return made(b, t);
	c = hmap_get(&b->calls, &thread);
	if (!c || c->fd < 0)
		return 0;
	fd = c->fd;
	c->fd = -1;
	return t->ret ? failed(b, t, fd, fn, arg) : ended_well(b, t, fd);
}

bool binds_want_look(const struct binds *b)
{
	return b->done.nr;
}

bool binds_find(const struct binds *b, uint64_t inode, struct pw_actor *ret)
{
	const struct bound *s = inode ? hmap_get(&b->done, &inode) : NULL;

	if (!s)
		return false;
	*ret = s->actor;
	return true;
}

int binds_looked(struct binds *b, uint64_t began_ns)
{
	struct hmap later = HMAP(struct bound, inode);

	for (size_t i = 0; i < b->done.nr; i++) {
		const struct bound *s = hmap_row(&b->done, i);
		struct bound *copy;

		if (s->time_ns < began_ns)
			continue;
		copy = hmap_put(&later, &s->inode);
		if (!copy) {
			hmap_done(&later);
			return -ENOMEM;
		}
		*copy = *s;
	}
	hmap_done(&b->done);
	b->done = later;
	return 0;
}
