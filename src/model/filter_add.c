// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/filter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/cleanup.h"
#include "base/num.h"
#include "model/names.h"

void filter_done(struct filter *f)
{
	size_t i;

	portspec_done(&f->ports);
	for (i = 0; i < f->nr_comms; i++)
		free(f->comms[i]);
	for (i = 0; i < f->nr_units; i++)
		free(f->units[i]);
	for (i = 0; i < f->nr_cgroups; i++)
		free(f->cgroups[i].path);
	free(f->pids);
	free(f->comms);
	free(f->uids);
	free(f->peers);
	free(f->netns);
	free(f->cgroups);
	free(f->units);
	*f = (struct filter){};
}

static int append_(void **array, size_t *nr, const void *element, size_t size)
{
	char *bigger = reallocarray(*array, *nr + 1, size);

	if (!bigger)
		return -ENOMEM;
	memcpy(bigger + *nr * size, element, size);
	++*nr;
	*array = bigger;
	return 0;
}

#define APPEND(array, nr, element)                                                                 \
	({                                                                                         \
		void *array_ = (array);                                                            \
		int r_ = append_(&array_, &(nr), &(element), sizeof(element));                     \
		(array) = array_;                                                                  \
		r_;                                                                                \
	})

static int append_text(char ***array, size_t *nr, const char *text)
{
	_cleanup_free_ char *copy = strdup(text);
	int r;

	if (!copy)
		return -ENOMEM;
	r = APPEND(*array, *nr, copy);
	if (r == 0)
		copy = NULL;
	return r;
}

static int add_pid(struct filter *f, const char *s, struct strbuf *why)
{
	uint32_t pid;

	/* PID_MAX_LIMIT, include/linux/threads.h */
	if (num_parse_u32(s, 1, 4194304, &pid) < 0) {
		strbuf_addf(why, "'%s' is not a process ID", s);
		return -EINVAL;
	}
	return APPEND(f->pids, f->nr_pids, pid);
}

static int add_user(struct filter *f, const char *s, struct strbuf *why)
{
	uint32_t uid;
	int r;

	/* All ones is "no user" to the kernel. */
	r = num_parse_u32(s, 0, UINT32_MAX - 1, &uid);
	if (r == -EINVAL && f->lookup.user)
		r = f->lookup.user(f->lookup.arg, s, &uid);
	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		strbuf_addf(why, "'%s' is not a user: neither a name nor a user ID", s);
		return -EINVAL;
	}
	return APPEND(f->uids, f->nr_uids, uid);
}

static int add_state(struct filter *f, const char *s, struct strbuf *why)
{
	uint32_t mask;

	if (names_parse_state(s, strlen(s), &mask) < 0) {
		strbuf_addf(why, "'%s' is not a state: give %s", s, names_all_states());
		return -EINVAL;
	}
	f->states |= mask;
	return 0;
}

static int add_event(struct filter *f, const char *s, struct strbuf *why)
{
	uint8_t kind;

	if (names_parse_event(s, strlen(s), &kind) < 0) {
		strbuf_addf(why, "'%s' is not an event: give %s", s, names_all_events());
		return -EINVAL;
	}
	f->events |= 1u << kind;
	return 0;
}

static int add_proto(struct filter *f, const char *s, struct strbuf *why)
{
	uint8_t proto;

	if (names_parse_proto(s, strlen(s), &proto) < 0) {
		strbuf_addf(why, "'%s' is not a protocol: give tcp or udp", s);
		return -EINVAL;
	}
	f->protos |= proto == PW_TCP ? FILTER_TCP : FILTER_UDP;
	return 0;
}

static int add_peer(struct filter *f, const char *s, struct strbuf *why)
{
	const char *colon = strrchr(s, ':');
	struct filter_peer peer = {};
	size_t host = strlen(s);

	/* Without brackets, several colons are those of an IPv6 address. */
	if (colon && (s[0] == '[' ? colon[-1] == ']' : colon == strchr(s, ':'))) {
		host = (size_t)(colon - s);
		if (num_parse_u16(colon + 1, 1, UINT16_MAX, &peer.port) < 0)
			goto invalid;
	}
	if (host == 0 ? !peer.port : addr_parse(s, host, &peer.family, &peer.addr) < 0)
		goto invalid;
	return APPEND(f->peers, f->nr_peers, peer);

invalid:
	strbuf_addf(why, "'%s' is not a peer: give ADDR, ADDR:PORT or [ADDR]:PORT", s);
	return -EINVAL;
}

static int add_each(struct filter *f, const char *list, struct strbuf *why,
		    int (*add)(struct filter *f, const char *s, struct strbuf *why))
{
	_cleanup_free_ char *copy = strdup(list);
	char *s = copy, *one;
	int r;

	if (!copy)
		return -ENOMEM;
	while ((one = strsep(&s, ","))) {
		r = add(f, one, why);
		if (r < 0)
			return r;
	}
	return 0;
}

static int add_netns(struct filter *f, const char *s, struct strbuf *why)
{
	uint32_t inode;
	int r = -ENOENT;

	f->netns_given = true;
	if (strcmp(s, "all") == 0) {
		f->netns_all = true;
		return 0;
	}
	if (f->lookup.netns)
		r = f->lookup.netns(f->lookup.arg, s, &inode);
	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		strbuf_addf(why,
			    "'%s' is not a network namespace (%s): give self, all, a path, or a "
			    "name that `ip netns` lists",
			    s, strerror(-r));
		return -EINVAL;
	}
	return filter_add_netns(f, inode);
}

int filter_add_netns(struct filter *f, uint32_t inode)
{
	return APPEND(f->netns, f->nr_netns, inode);
}

static int add_cgroup(struct filter *f, const char *s, struct strbuf *why)
{
	_cleanup_free_ char *path = NULL;
	struct filter_cgroup cgroup = {};
	int r = -ENOENT;

	if (f->lookup.cgroup)
		r = f->lookup.cgroup(f->lookup.arg, s, &path, &cgroup.id);
	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		strbuf_addf(why, "'%s' is not a cgroup: %s", s, strerror(-r));
		return -EINVAL;
	}
	cgroup.path = path;
	r = APPEND(f->cgroups, f->nr_cgroups, cgroup);
	if (r == 0)
		path = NULL;
	return r;
}

int filter_add(struct filter *f, enum filter_key key, const char *value, struct strbuf *why)
{
	switch (key) {
	case FILTER_PORT:
		return portspec_parse(&f->ports, value, f->lookup.service, f->lookup.arg, why);
	case FILTER_PID:
		return add_each(f, value, why, add_pid);
	case FILTER_USER:
		return add_each(f, value, why, add_user);
	case FILTER_STATE:
		return add_each(f, value, why, add_state);
	case FILTER_EVENT:
		return add_each(f, value, why, add_event);
	case FILTER_PROTO:
		return add_each(f, value, why, add_proto);
	case FILTER_PEER:
		return add_each(f, value, why, add_peer);
	case FILTER_NETNS:
		return add_netns(f, value, why);
	case FILTER_CGROUP:
		return add_cgroup(f, value, why);
	case FILTER_COMM:
	case FILTER_UNIT:
		break;
	}
	if (!*value) {
		strbuf_addf(why, "the name of a %s must not be empty",
			    key == FILTER_COMM ? "command" : "unit");
		return -EINVAL;
	}
	if (key == FILTER_COMM)
		return append_text(&f->comms, &f->nr_comms, value);
	return append_text(&f->units, &f->nr_units, value);
}
