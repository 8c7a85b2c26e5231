// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/ask.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "flow/closing.h"
#include "flow/keeper.h"
#include "model/verdict.h"
#include "sys/host.h"
#include "sys/netns.h"
#include "sys/proc.h"
#include "sys/user.h"
#include "track/history.h"
#include "track/query.h"

static uint8_t wanted_proto(const struct filter *f)
{
	if (f->protos == FILTER_TCP)
		return PW_TCP;
	if (f->protos == FILTER_UDP)
		return PW_UDP;
	return portspec_proto(&f->ports);
}

/* netns: that is looked at, 0: all; about: whose ports are judged. */
static int query(struct tracker *t, const struct filter *f, uint32_t netns, uint32_t about,
		 struct answer *a)
{
	uint64_t ports[PORTSPEC_WORDS];
	struct query q = {
		.proto = wanted_proto(f), .holders = true, .netns = netns, .about = about
	};

	if (!portspec_empty(&f->ports)) {
		portspec_bitmap(&f->ports, q.proto, ports);
		q.ports = ports;
	}
	return query_run(t, &q, a);
}

/* Of the ports that get a verdict each, in the namespace that it is about. */
static int remember(struct tracker *t, const struct filter *f, uint32_t netns, struct answer *a)
{
	static const uint8_t protos[] = { PW_TCP, PW_UDP };
	uint64_t ports[PORTSPEC_WORDS];
	int err = 0;

	if (portspec_empty(&f->ports) || portspec_count(&f->ports) > VERDICT_MAX_PORTS || !netns)
		return 0;
	for (size_t k = 0; k < ARRAY_SIZE(protos); k++) {
		portspec_bitmap(&f->ports, protos[k], ports);
		for (size_t i = 0; i < PORTSPEC_WORDS; i++)
			for (uint64_t bits = ports[i]; bits && !err; bits &= bits - 1)
				err = history_read(t, protos[k], i * 64 + __builtin_ctzll(bits),
						   netns, a);
	}
	answer_settle_pasts(a);
	return err;
}

/* A process that holds a socket lives; only of the others /proc must be asked. */
static void find_living_creators(struct answer *a)
{
	struct pw_actor last = {};
	bool last_alive = false;

	/* From another PID namespace the creator's number means nothing under /proc. */
	if (!proc_pidns_is_initial())
		return;
	for (size_t i = 0; i < a->nr_sockets; i++) {
		struct socket *s = &a->sockets[i];
		const struct pw_actor *c = &s->s.creator;

		if (s->creator_alive || !c->tgid || !c->start_ns)
			continue;
		if (c->tgid != last.tgid || c->start_ns != last.start_ns) {
			last = *c;
			last_alive = proc_alive(c->tgid, c->start_ns);
		}
		s->creator_alive = last_alive;
		s->creator_gone = !last_alive;
	}
}

static const char *name_of_user(uint32_t uid)
{
	return user_name(uid);
}

static int judge(const struct filter *f, uint32_t netns, struct answer *a)
{
	uint64_t reserved[PORTSPEC_WORDS] = {};
	struct verdict_facts facts = {
		.netns = netns,
		.netns_name = netns_name,
		.user_name = name_of_user,
		.unprivileged_start = host_unprivileged_start(),
		.may_bind_low = host_may_bind_low() && host_asking_uid() == geteuid(),
		.partial_view = !proc_pidns_is_initial(),
		.uid = host_asking_uid(),
		.by_sudo = host_asking_uid() != geteuid(),
		.bound_unknown = a->unknown & UNKNOWN_BOUND,
		.bound_elsewhere =
			a->about_seen == SEEN_OUTSIDE && a->unknown & UNKNOWN_NETNS_BOUND,
		.netns_unknown = a->about_seen == SEEN_NOT,
		.no_ipv6 = !host_has_ipv6(),
		.v6only = host_bindv6only(),
		.family = f->families == FILTER_V4 ? PW_INET :
			  f->families == FILTER_V6 ? PW_INET6 :
						     0,
	};

	if (!host_reserved_ports(reserved))
		facts.reserved = reserved;
	host_local_range(&facts.range_first, &facts.range_last); /* stay 0, likewise */
	return verdict_fill(a, &f->ports, &facts);
}

int ask_describe_holders(struct answer *a, unsigned int what)
{
	_cleanup_free_ bool *done = calloc(a->nr_processes + 1, sizeof(*done));

	if (!done)
		return -ENOMEM;
	for (size_t i = 0; i < a->nr_sockets; i++) {
		for (size_t j = 0; j < a->sockets[i].nr_holders; j++) {
			size_t process = a->sockets[i].holders[j].process;

			if (done[process])
				continue;
			done[process] = true;
			if (proc_describe(&a->processes[process], what) == -ENOMEM)
				return -ENOMEM;
		}
	}
	return 0;
}

int ask_verdicts(struct tracker *t, const struct filter *f, uint32_t netns, struct answer *a)
{
	int err = query(t, f, netns, netns, a);

	if (!err) {
		find_living_creators(a);
		closing_fill(t, netns, a);
	}
	return err ? err : judge(f, netns, a);
}

int ask_describe(struct answer *a)
{
	answer_sort(a, false);
	return ask_describe_holders(a, PROC_ALL);
}

static bool asks_for_units(const struct filter *f)
{
	return f->nr_cgroups || f->nr_units || f->nr_containers;
}

static bool is_about_one(const struct filter *f)
{
	return f->nr_netns == 1 && !f->netns_all;
}

/* Asked about one network namespace, nobody misses what is not known of the others. */
static void forget_elsewhere(struct answer *a, uint32_t about)
{
	bool lacks = false;

	for (size_t i = 0; i < a->nr_sockets && !lacks; i++)
		lacks = (!a->sockets[i].s.netns || a->sockets[i].s.netns == about) &&
			socket_lacks_bind(&a->sockets[i]);
	a->unknown &= ~UNKNOWN_NETNS_BOUND;
	if (!lacks)
		a->unknown &= ~(UNKNOWN_BIND | UNKNOWN_DEVICE);
}

int ask(struct tracker *t, const struct filter *f, bool listening_first, struct answer *a)
{
	uint32_t about = 0;
	int err;

	/* The question may be about one other namespace; else it is about our own. */
	if (is_about_one(f))
		about = f->netns[0];
	else
		netns_self(&about); /* stays 0, "unknown", when it fails */
	/* Asked for by name, the others need not be looked into; by default it is told what hides
	 * there. */
	err = query(t, f, f->netns_given && is_about_one(f) ? about : 0, about, a);
	if (!err) {
		find_living_creators(a);
		closing_fill(t, is_about_one(f) ? about : 0, a);
	}
	if (!err && !portspec_empty(&f->ports))
		err = keeper_fill(a);
	/* The verdict comes first: what the filter hides may still be in the way. */
	if (!err && !portspec_empty(&f->ports))
		err = judge(f, about, a);
	if (!err)
		err = remember(t, f, about, a);
	if (!err && (asks_for_units(f) || (f->not &&asks_for_units(f->not ))))
		err = ask_describe_holders(a, PROC_CGROUP);
	if (err)
		return err;
	if (is_about_one(f) && a->about_seen == SEEN_WHOLE)
		forget_elsewhere(a, about);
	filter_apply(f, a);
	answer_sort(a, listening_first);
	/* A list has many processes, and says less of each. */
	return ask_describe_holders(a, listening_first ? PROC_ALL : PROC_ALL | PROC_CONDITION);
}
