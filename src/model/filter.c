// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/filter.h"

#include <string.h>

#include "base/addr.h"

/* A process as far as filters look at it. */
struct subject {
	const struct pw_actor *id;
	const char *cgroup; /* NULL: ask the lookup */
	const char *unit;
	const char *container;
};

static bool has_u32(const uint32_t *list, size_t nr, uint32_t v)
{
	for (size_t i = 0; i < nr; i++)
		if (list[i] == v)
			return true;
	return false;
}

static bool hits_comm(const struct filter *f, const char *comm)
{
	/* The kernel keeps 15 bytes of a name: a longer one matches by them. */
	for (size_t i = 0; i < f->nr_comms; i++)
		if (strncmp(f->comms[i], comm, PW_COMM_LEN - 1) == 0)
			return true;
	return false;
}

/* The cgroup itself or one below. */
static bool is_below(const char *path, const char *top)
{
	size_t len = strlen(top);

	while (len && top[len - 1] == '/')
		len--;
	return strncmp(path, top, len) == 0 && (path[len] == '\0' || path[len] == '/');
}

static bool hits_cgroup(const struct filter *f, const struct subject *p)
{
	const char *path = p->cgroup;

	for (size_t i = 0; i < f->nr_cgroups; i++)
		if (p->id->cgroup_id && f->cgroups[i].id == p->id->cgroup_id)
			return true;
	if (!path && p->id->cgroup_id && f->lookup.path_of)
		path = f->lookup.path_of(f->lookup.arg, p->id->cgroup_id);
	for (size_t i = 0; path && i < f->nr_cgroups; i++)
		if (is_below(path, f->cgroups[i].path))
			return true;
	return false;
}

/* "nginx" is nginx.service, as systemctl has it. */
static bool same_unit(const char *want, const char *unit)
{
	size_t len = strlen(want);

	if (strncmp(unit, want, len) != 0)
		return false;
	return unit[len] == '\0' || (!strchr(want, '.') && strcmp(unit + len, ".service") == 0);
}

static bool hits_unit(const struct filter *f, const struct subject *p)
{
	const char *unit = p->unit;
	size_t i;

	if (!unit && p->id->cgroup_id && f->lookup.unit_of)
		unit = f->lookup.unit_of(f->lookup.arg, p->id->cgroup_id);
	for (i = 0; unit && i < f->nr_units; i++) {
		if (same_unit(f->units[i], unit))
			return true;
	}
	return false;
}

static bool hits_container(const struct filter *f, const struct subject *p)
{
	const char *container = p->container;

	if (!container && p->id->cgroup_id && f->lookup.container_of)
		container = f->lookup.container_of(f->lookup.arg, p->id->cgroup_id);
	for (size_t i = 0; container && i < f->nr_containers; i++)
		if (!strncmp(container, f->containers[i], strlen(f->containers[i])))
			return true;
	return false;
}

static bool asks_for_process(const struct filter *f)
{
	return f->nr_pids || f->nr_comms || f->nr_uids || f->nr_cgroups || f->nr_units ||
	       f->nr_containers;
}

bool filter_needs_holders(const struct filter *f)
{
	return asks_for_process(f) || (f->not &&asks_for_process(f->not ));
}

static bool match_process(const struct filter *f, const struct subject *p)
{
	if (!asks_for_process(f))
		return true;
	if (p->id->tgid == 0)
		return false;
	if (f->nr_pids && !has_u32(f->pids, f->nr_pids, p->id->tgid))
		return false;
	if (f->nr_uids && !has_u32(f->uids, f->nr_uids, p->id->uid))
		return false;
	if (f->nr_comms && !hits_comm(f, p->id->comm))
		return false;
	if (f->nr_cgroups && !hits_cgroup(f, p))
		return false;
	if (f->nr_units && !hits_unit(f, p))
		return false;
	return !f->nr_containers || hits_container(f, p);
}

/* Has it one of the values? */
static bool any_process_hit(const struct filter *f, const struct subject *p)
{
	if (p->id->tgid == 0)
		return false;
	return has_u32(f->pids, f->nr_pids, p->id->tgid) ||
	       has_u32(f->uids, f->nr_uids, p->id->uid) || hits_comm(f, p->id->comm) ||
	       (f->nr_cgroups && hits_cgroup(f, p)) || (f->nr_units && hits_unit(f, p)) ||
	       (f->nr_containers && hits_container(f, p));
}

static bool excludes_process(const struct filter *f, const struct subject *p)
{
	return f->not &&any_process_hit(f->not, p);
}

static bool hits_peer(const struct filter *f, uint8_t family, const struct pw_addr *addr,
		      uint16_t rport)
{
	struct pw_addr plain = *addr, *raddr = &plain;
	size_t i;

	addr_unmap(&family, raddr);
	for (i = 0; i < f->nr_peers; i++) {
		const struct filter_peer *peer = &f->peers[i];

		if (peer->port && peer->port != rport)
			continue;
		if (!peer->family ||
		    addr_in_net(peer->family, &peer->addr, peer->prefix, family, raddr))
			return true;
	}
	return false;
}

/* The facts that both an event and a socket have. */
struct facts {
	uint8_t proto, family, state;
	bool v6only;
	uint16_t lport, rport;
	uint32_t netns;
	const struct pw_addr *laddr, *raddr;
	const char *device; /* NULL or "": none */
};

static bool hits_proto(const struct filter *f, const struct facts *x)
{
	return f->protos & (x->proto == PW_UDP ? FILTER_UDP : FILTER_TCP);
}

static bool hits_state(const struct filter *f, const struct facts *x)
{
	return x->state < PW_STATE_MAX && f->states & 1u << x->state;
}

static bool hits_netns(const struct filter *f, const struct facts *x)
{
	return f->netns_all || has_u32(f->netns, f->nr_netns, x->netns);
}

static bool hits_port(const struct filter *f, const struct facts *x)
{
	return portspec_match(&f->ports, x->proto, x->family, x->laddr, x->lport, x->v6only,
			      x->device);
}

static bool hits_device(const struct filter *f, const struct facts *x)
{
	for (size_t i = 0; x->device && i < f->nr_devices; i++)
		if (!strcmp(f->devices[i], x->device))
			return true;
	return false;
}

static bool any_fact_hit(const struct filter *f, const struct facts *x)
{
	return hits_proto(f, x) || hits_device(f, x) || hits_state(f, x) || hits_netns(f, x) ||
	       hits_port(f, x) || hits_peer(f, x->family, x->raddr, x->rport);
}

static bool match_facts(const struct filter *f, const struct facts *x)
{
	if (f->protos && !hits_proto(f, x))
		return false;
	if (f->families && !(f->families & (x->family == PW_INET6 ? FILTER_V6 : FILTER_V4)))
		return false;
	if (f->states && !hits_state(f, x))
		return false;
	if (f->nr_netns && !hits_netns(f, x))
		return false;
	if (!portspec_empty(&f->ports) && !hits_port(f, x))
		return false;
	if (f->nr_devices && !hits_device(f, x))
		return false;
	if (f->nr_peers && !hits_peer(f, x->family, x->raddr, x->rport))
		return false;
	return !f->not || !any_fact_hit(f->not, x);
}

static bool is_listening(uint8_t state)
{
	return state == PW_LISTEN || state == PW_UNCONN;
}

/* The events that can concern a listening socket at all. */
#define LISTENING_EVENTS                                                                           \
	(1u << PW_EV_BIND | 1u << PW_EV_BIND_FAILED | 1u << PW_EV_LISTEN | 1u << PW_EV_STATE |     \
	 1u << PW_EV_CLOSE)

static bool concerns_listening(const struct pw_event *ev)
{
	if (ev->kind >= PW_EV_MAX || !(LISTENING_EVENTS & 1u << ev->kind))
		return false;
	if (ev->kind == PW_EV_BIND_FAILED || (ev->kind == PW_EV_BIND && ev->proto == PW_UDP))
		return true;
	return is_listening(ev->old_state) || is_listening(ev->new_state);
}

static bool hits_event(const struct filter *f, uint8_t kind)
{
	return kind < PW_EV_MAX && f->events & 1u << kind;
}

/* Looked up for whoever asks for devices alone. */
static const char *device_of(const struct filter *f, const struct pw_event *ev)
{
	bool asked = f->nr_devices || (f->not &&f->not ->nr_devices);

	for (size_t i = 0; i < f->ports.nr; i++)
		asked = asked || f->ports.ranges[i].device[0];
	return asked && ev->ifindex && f->lookup.device_of ?
		       f->lookup.device_of(f->lookup.arg, ev->netns, ev->ifindex) :
		       NULL;
}

bool filter_match_event(const struct filter *f, const struct pw_event *ev)
{
	const struct facts facts = {
		.proto = ev->proto,
		.family = ev->family,
		.state = ev->new_state,
		.v6only = ev->flags & PW_EF_V6ONLY,
		.lport = ev->lport,
		.rport = ev->rport,
		.netns = ev->netns,
		.laddr = &ev->laddr,
		.raddr = &ev->raddr,
		.device = device_of(f, ev),
	};
	const struct subject actor = { .id = &ev->actor };

	if (ev->kind == PW_EV_LOST)
		return true;
	if (f->events && !hits_event(f, ev->kind))
		return false;
	if (f->not &&hits_event(f->not, ev->kind))
		return false;
	if (f->listening && !concerns_listening(ev))
		return false;
	if (!match_facts(f, &facts))
		return false;
	return match_process(f, &actor) && !excludes_process(f, &actor);
}

static bool match_holders(const struct filter *f, const struct answer *a, const struct socket *s)
{
	const struct subject creator = { .id = &s->s.creator };
	bool matches = false;

	if (!filter_needs_holders(f))
		return true;
	if (s->nr_holders == 0)
		return match_process(f, &creator) && !excludes_process(f, &creator);
	for (size_t i = 0; i < s->nr_holders; i++) {
		const struct process *p = &a->processes[s->holders[i].process];
		const struct subject holder = { &p->id, p->cgroup, p->unit, p->container };

		if (excludes_process(f, &holder))
			return false;
		matches = matches || match_process(f, &holder);
	}
	return matches;
}

bool filter_match_socket(const struct filter *f, const struct answer *a, const struct socket *s)
{
	const struct facts facts = {
		.proto = s->s.proto,
		.family = s->s.family,
		.state = s->s.state,
		.v6only = s->s.flags & PW_F_V6ONLY,
		.lport = s->s.lport,
		.rport = s->s.rport,
		.netns = s->s.netns,
		.laddr = &s->s.laddr,
		.raddr = &s->s.raddr,
		.device = s->device,
	};

	if (f->listening && !is_listening(s->s.state))
		return false;
	return match_facts(f, &facts) && match_holders(f, a, s);
}

static bool keep(void *arg, const struct answer *a, const struct socket *s)
{
	return filter_match_socket(arg, a, s);
}

void filter_apply(const struct filter *f, struct answer *a)
{
	answer_keep(a, keep, (void *)f);
}

/* Fills all `max` places; true if the kernel side can apply it. Too many: it lets all
 * through, the reader sorts them out. */
static bool copy_list(__u32 *to, size_t max, const uint32_t *from, size_t nr)
{
	bool fits = nr > 0 && nr <= max;
	size_t i;

	for (i = 0; i < max; i++)
		to[i] = fits && i < nr ? from[i] : PW_FILTER_NONE;
	return fits;
}

/* Return the mask of what is wanted (0: all) without what is excluded. If nothing is left the
 * result is 0, which lets all through, and the reader drops it. */
static uint32_t less(uint32_t wanted, uint32_t excluded)
{
	return excluded ? (wanted ? wanted : UINT32_MAX) & ~excluded : wanted;
}

void filter_on_ports(const struct portspec *ports, struct pw_filter *ret)
{
	uint64_t bitmap[PORTSPEC_WORDS];

	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; i < PW_FILTER_PIDS; i++)
		ret->pids[i] = PW_FILTER_NONE;
	for (size_t i = 0; i < PW_FILTER_NETNS; i++)
		ret->netns[i] = PW_FILTER_NONE;
	portspec_bitmap(ports, 0, bitmap);
	/* __u64 and uint64_t are different types of one size. */
	memcpy(ret->ports, bitmap, sizeof(ret->ports));
	ret->want = PW_WANT_PORTS;
}

void filter_to_kernel(const struct filter *f, struct pw_filter *ret)
{
	uint64_t ports[PORTSPEC_WORDS];

	memset(ret, 0, sizeof(*ret));
	ret->events = less(f->events, f->not ? f->not ->events : 0);
	/* An empty intersection would mean "all": leave that to the reader. */
	if (f->listening && (!ret->events || ret->events & LISTENING_EVENTS))
		ret->events = ret->events ? ret->events & LISTENING_EVENTS : LISTENING_EVENTS;
	ret->states = less(f->states, f->not ? f->not ->states : 0);
	if (f->protos == FILTER_TCP || f->protos == FILTER_UDP)
		ret->proto = f->protos == FILTER_TCP ? PW_TCP : PW_UDP;
	if (f->families == FILTER_V4 || f->families == FILTER_V6)
		ret->family = f->families == FILTER_V4 ? PW_INET : PW_INET6;
	if (copy_list(ret->pids, PW_FILTER_PIDS, f->pids, f->nr_pids))
		ret->want |= PW_WANT_PIDS;
	if (copy_list(ret->netns, PW_FILTER_NETNS, f->netns, f->netns_all ? 0 : f->nr_netns))
		ret->want |= PW_WANT_NETNS;
	if (!portspec_empty(&f->ports)) {
		portspec_bitmap(&f->ports, 0, ports);
		/* __u64 and uint64_t are different types of one size. */
		memcpy(ret->ports, ports, sizeof(ret->ports));
		ret->want |= PW_WANT_PORTS;
	}
	/* --port 53/udp alone says the protocol, too. */
	if (!ret->proto)
		ret->proto = portspec_proto(&f->ports);
}
