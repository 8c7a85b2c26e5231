// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/filter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/cleanup.h"
#include "base/guess.h"
#include "base/num.h"
#include "model/names.h"

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

static int append_text(char ***array, size_t *nr, const char *text, const char *what,
		       struct strbuf *why)
{
	_cleanup_free_ char *copy = strdup(text);
	int r;

	if (!*text) {
		strbuf_addf(why, "the name of a %s must not be empty", what);
		return -EINVAL;
	}
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

/* The nearest of the words, or all of them. */
static void suggest(struct strbuf *why, const char *typed, const char *const *words,
		    const char *all)
{
	const char *nearest = guess_among(typed, words);

	if (nearest)
		strbuf_addf(why, "did you mean %s?", nearest);
	else
		strbuf_addf(why, "give %s", all);
}

static int add_state(struct filter *f, const char *s, struct strbuf *why)
{
	uint32_t mask;

	if (names_parse_state(s, strlen(s), &mask) < 0) {
		strbuf_addf(why, "'%s' is not a state: ", s);
		suggest(why, s, names_state_words, names_all_states());
		return -EINVAL;
	}
	f->states |= mask;
	return 0;
}

static int add_event(struct filter *f, const char *s, struct strbuf *why)
{
	uint8_t kind;

	if (names_parse_event(s, strlen(s), &kind) < 0) {
		strbuf_addf(why, "'%s' is not an event: ", s);
		suggest(why, s, names_event_words, names_all_events());
		return -EINVAL;
	}
	f->events |= 1u << kind;
	return 0;
}

static int add_proto(struct filter *f, const char *s, struct strbuf *why)
{
	uint8_t proto;

	if (names_parse_proto(s, strlen(s), &proto) < 0) {
		strbuf_addf(why, "unknown protocol '%s': use tcp or udp", s);
		return -EINVAL;
	}
	f->protos |= proto == PW_TCP ? FILTER_TCP : FILTER_UDP;
	return 0;
}

/* Cuts the "/8" off an address. */
static int take_prefix(const char *s, size_t *len, uint8_t bits, uint8_t *ret)
{
	const char *slash = memchr(s, '/', *len);
	uint64_t prefix = bits;
	size_t before = slash ? (size_t)(slash - s) : *len;

	if (slash && num_parse_span(slash + 1, *len - before - 1, 0, bits, &prefix))
		return -EINVAL;
	*len = before;
	*ret = (uint8_t)prefix;
	return 0;
}

/* ADDR, ADDR/PREFIX, with or without brackets around either. */
static int parse_net(const char *s, size_t len, struct filter_peer *peer)
{
	const char *slash = memchr(s, '/', len);
	size_t host = slash ? (size_t)(slash - s) : len;
	bool whole = len > 1 && s[0] == '[' && s[len - 1] == ']';

	/* [fd00::/8] is [fd00::]/8 */
	if (whole && slash)
		return parse_net(s + 1, len - 2, peer);
	if (addr_parse(s, host, &peer->family, &peer->addr) ||
	    take_prefix(s, &len, peer->family == PW_INET6 ? 128 : 32, &peer->prefix))
		return -EINVAL;
	/* ::ffff:10.0.0.0/104 is 10.0.0.0/8; a wider net of IPv6 holds no IPv4 address. */
	if (addr_is_mapped(peer->family, &peer->addr) && peer->prefix >= 96) {
		addr_unmap(&peer->family, &peer->addr);
		peer->prefix -= 96;
	}
	return 0;
}

static int parse_peer(const char *s, struct filter_peer *ret)
{
	const char *colon = strrchr(s, ':'), *bracket = strchr(s, ']');
	struct filter_peer peer = {};
	size_t host = strlen(s);

	/* Without brackets, several colons are those of an IPv6 address. */
	if (colon && (s[0] == '[' ? colon > bracket : colon == strchr(s, ':'))) {
		host = (size_t)(colon - s);
		if (num_parse_u16(colon + 1, 1, UINT16_MAX, &peer.port) < 0)
			return -EINVAL;
	}
	if (host == 0 ? !peer.port : parse_net(s, host, &peer) < 0)
		return -EINVAL;
	*ret = peer;
	return 0;
}

static int add_peer(struct filter *f, const char *s, struct strbuf *why)
{
	struct filter_peer peer;

	if (parse_peer(s, &peer) < 0) {
		strbuf_addf(why,
			    "'%s' is not a peer: give ADDR, ADDR:PORT, [ADDR]:PORT or a network "
			    "such as 10.0.0.0/8",
			    s);
		return -EINVAL;
	}
	return APPEND(f->peers, f->nr_peers, peer);
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

static int add_comm(struct filter *f, const char *s, struct strbuf *why)
{
	return append_text(&f->comms, &f->nr_comms, s, "command", why);
}

static int add_unit(struct filter *f, const char *s, struct strbuf *why)
{
	return append_text(&f->units, &f->nr_units, s, "unit", why);
}

/* Names are known to the engine alone. */
static int add_container(struct filter *f, const char *s, struct strbuf *why)
{
	if (s[strspn(s, "0123456789abcdef")] || strlen(s) > 64) {
		strbuf_addf(why,
			    "'%s' is no identifier of a container, nor the beginning of one; of a "
			    "name: docker inspect -f {{.Id}} NAME",
			    s);
		return -EINVAL;
	}
	return append_text(&f->containers, &f->nr_containers, s, "container", why);
}

static int add_device(struct filter *f, const char *s, struct strbuf *why)
{
	if (strlen(s) >= PW_DEVICE_LEN || strpbrk(s, "/: \t")) {
		strbuf_addf(why, "'%s' is no name of a network device", s);
		return -EINVAL;
	}
	return append_text(&f->devices, &f->nr_devices, s, "device", why);
}

static int add_port(struct filter *f, const char *s, struct strbuf *why)
{
	return *s ? filter_add_ports(f, s, why) : 0;
}

static const struct {
	const char *name;
	int (*add)(struct filter *f, const char *s, struct strbuf *why);
} keys[] = {
	[FILTER_PORT] = { "port", add_port },
	[FILTER_PID] = { "pid", add_pid },
	[FILTER_COMM] = { "comm", add_comm },
	[FILTER_USER] = { "user", add_user },
	[FILTER_STATE] = { "state", add_state },
	[FILTER_EVENT] = { "event", add_event },
	[FILTER_PROTO] = { "proto", add_proto },
	[FILTER_PEER] = { "peer", add_peer },
	[FILTER_NETNS] = { "netns", add_netns },
	[FILTER_CGROUP] = { "cgroup", add_cgroup },
	[FILTER_UNIT] = { "unit", add_unit },
	[FILTER_DEVICE] = { "device", add_device },
	[FILTER_CONTAINER] = { "container", add_container },
};

/* The next value of a list by commas, in its place; "\\," is a comma of the value. NULL: no more.
 */
static char *next_value(char **list)
{
	char *value = *list, *from = value, *to = value;

	if (!value)
		return NULL;
	while (*from && *from != ',') {
		from += from[0] == '\\' && from[1] == ',';
		*to++ = *from++;
	}
	*list = *from ? from + 1 : NULL;
	*to = '\0';
	return value;
}

/* The filter that a value belongs to: this one, or with '!' the one of the excluded values. */
static int side_of(struct filter *f, char **value, struct filter **ret)
{
	*ret = f;
	if (**value == '\\' && (*value)[1] == '!') {
		++*value;
		return 0;
	}
	if (**value != '!')
		return 0;
	++*value;
	if (!f->not )
		f->not = calloc(1, sizeof(*f->not ));
	if (!f->not )
		return -ENOMEM;
	f->not ->lookup = f->lookup;
	*ret = f->not ;
	return 0;
}

int filter_add_ports(struct filter *f, const char *value, struct strbuf *why)
{
	return portspec_parse(&f->ports, value, f->lookup.service, f->lookup.arg, why);
}

int filter_add(struct filter *f, enum filter_key key, const char *value, struct strbuf *why)
{
	_cleanup_free_ char *copy = strdup(value);
	char *rest = copy, *one;
	size_t ports = f->ports.nr;
	struct filter *side;
	int r;

	if (!copy)
		return -ENOMEM;
	while ((one = next_value(&rest))) {
		r = side_of(f, &one, &side);
		if (r == 0)
			r = keys[key].add(side, one, why);
		if (r < 0)
			return r;
	}
	if (key == FILTER_PORT && !strpbrk(value, "!") && f->ports.nr == ports)
		return filter_add_ports(f, value, why); /* which says that it names none */
	strbuf_addf(&f->said, "%s--%s %s", f->said.len ? " " : "", keys[key].name, value);
	return 0;
}

void filter_describe(const struct filter *f, struct strbuf *out)
{
	strbuf_add(out, f->said.s, f->said.len);
	if (f->listening)
		strbuf_addf(out, "%s--listening", out->len ? " " : "");
	if (f->families & FILTER_V4)
		strbuf_addf(out, "%s-4", out->len ? " " : "");
	if (f->families & FILTER_V6)
		strbuf_addf(out, "%s-6", out->len ? " " : "");
}
