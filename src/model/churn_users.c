// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/churn_users.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "model/churn_cells.h"
#include "model/churn_netns.h"

/* Of a namespace as a whole the peer is all zero but for the namespace. */
struct group_key {
	struct churn_peer_key peer;
	char comm[PW_COMM_LEN];
};

struct group {
	struct group_key key;
	struct churn_user user;
};

/* A process that is counted in a group: it may have several cells there. */
struct member_key {
	struct churn_peer_key peer;
	struct churn_process_key process;
};

struct member {
	struct member_key key;
	bool counted;
};

struct groups {
	const struct churn *c;
	struct hmap *groups, *members;
};

static int add_to_group(struct groups *g, const struct churn_peer_key *peer,
			const struct churn_cell *cell, uint64_t uses)
{
	const struct churn_process *p = churn_process_of(g->c, cell->key.tgid, cell->key.start_ns);
	struct group_key key = { .peer = *peer };
	struct member_key who = { *peer, { cell->key.start_ns, cell->key.tgid, 0 } };
	struct member *member;
	struct group *group;

	if (!cell->key.tgid || !uses)
		return 0;
	if (p)
		memccpy(key.comm, p->actor.comm, 0, sizeof(key.comm));
	group = hmap_put(g->groups, &key);
	member = hmap_put(g->members, &who);
	if (!group || !member)
		return -ENOMEM;
	group->user.uses += uses;
	group->user.processes += !member->counted;
	group->user.tgid = cell->key.tgid;
	group->user.start_ns = cell->key.start_ns;
	member->counted = true;
	return 0;
}

static uint64_t uses_of(const struct churn_cell *cell)
{
	/* A client's sockets take no port of ours. */
	return cell->key.rport ? cell->live + cell->timewait + cell->bound : cell->current;
}

static int add_cell(struct groups *g, const struct churn_cell *cell)
{
	struct churn_peer_key peer = churn_peer_of(cell), netns = { .netns = cell->key.netns };
	int err = add_to_group(g, &peer, cell, uses_of(cell));

	return err ? err : add_to_group(g, &netns, cell, cell->all);
}

static void take_heaviest(struct churn_user *u, const struct group *g)
{
	if (g->user.uses <= u->uses)
		return;
	u->uses = g->user.uses;
	u->processes = g->user.processes;
	u->tgid = g->user.tgid;
	u->start_ns = g->user.start_ns;
}

static bool is_of_netns(const struct churn_peer_key *key)
{
	return !key->family;
}

static void give_to_rows(struct churn *c, const struct groups *g)
{
	for (size_t i = 0; i < g->groups->nr; i++) {
		const struct group *group = hmap_row(g->groups, i);
		struct churn_netns *n;
		struct churn_peer *p;

		if (is_of_netns(&group->key.peer)) {
			n = churn_netns_of(c, group->key.peer.netns);
			if (n)
				take_heaviest(&n->user, group);
			continue;
		}
		p = hmap_get(&c->peers, &group->key.peer);
		if (p)
			take_heaviest(&p->user, group);
	}
}

int churn_find_users(struct churn *c)
{
	_cleanup_(hmap_done) struct hmap groups = HMAP(struct group, key);
	_cleanup_(hmap_done) struct hmap members = HMAP(struct member, key);
	struct groups g = { c, &groups, &members };
	int err = 0;

	for (size_t i = 0; i < c->cells.nr; i++) {
		const struct churn_cell *cell = hmap_row(&c->cells, i);
		struct churn_peer_key key = churn_peer_of(cell);
		struct churn_peer *p = hmap_get(&c->peers, &key);
		struct churn_netns *n = churn_netns_of(c, cell->key.netns);

		if (p)
			p->user.of += uses_of(cell);
		if (n)
			n->user.of += cell->all;
		if (!err)
			err = add_cell(&g, cell);
	}
	if (!err)
		give_to_rows(c, &g);
	return err;
}

void churn_say_user(const struct churn *c, const struct churn_user *u, struct strbuf *out)
{
	const struct churn_process *p = churn_process_of(c, u->tgid, u->start_ns);
	const char *comm = p ? p->actor.comm : "";

	if (!u->uses)
		return;
	strbuf_adds(out, "; ");
	if (u->uses * 2 > u->of)
		strbuf_adds(out, "most belong to ");
	else
		strbuf_addf(out, "%" PRIu64 " of them belong to ", u->uses);
	if (u->processes == 1)
		strbuf_addf(out, "%.*s (pid %u)", PW_COMM_LEN, comm[0] ? comm : "a process",
			    u->tgid);
	else
		strbuf_addf(out, "%u processes named %.*s", u->processes, PW_COMM_LEN,
			    comm[0] ? comm : "?");
}
