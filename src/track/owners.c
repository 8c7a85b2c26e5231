// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/owners.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "track/gather.h"
#include "track/internal.h"

/* Past this many sockets or candidates one walk is cheaper than many looks. */
#define MAX_SOCKETS 64
#define MAX_CANDIDATES 128
#define MAX_FAMILIES 16

/* References accounted for, per socket: fds of different tables. */
struct account {
	uint64_t refs;
	uint64_t found;
	uint64_t tables[32]; /* identities of fd tables seen, for those that share one */
	uint32_t fds[32];
	size_t nr_seen;
};

/* A table of descriptors in the hands of one process; several may share it. */
struct table {
	uint64_t files;
	uint32_t pid;
	uint32_t threads;
	uint32_t users;
};

struct resolution {
	struct tracker *t;
	struct answer *a;
	struct question q;
	struct sockmap *by_sk;
	struct account *accounts; /* per socket of the answer; NULL in a walk */
	struct account *again;	  /* of the second look */
	size_t nr_accounts;
	uint32_t candidates[MAX_CANDIDATES];
	size_t nr_candidates;
	size_t nr_looked; /* of them */
	struct table tables[MAX_CANDIDATES];
	size_t nr_tables;
	bool too_many;
	uint64_t families[MAX_FAMILIES]; /* those already added */
	size_t nr_families;
};

static void refresh(struct socket *s, const struct pw_rec *rec)
{
	socket_set_bind(s, rec);
	s->sk = rec->sk;
	s->inode = rec->inode;
	if (rec->has_drops)
		socket_set_queue(s, rec);
	/* The kernel's socket knows better than our last event. */
	s->s.state = rec->sock.state;
	s->s.family = rec->sock.family; /* IPV6_ADDRFORM changes it */
	s->s.backlog = rec->sock.backlog;
	s->s.laddr = rec->sock.laddr;
	s->s.raddr = rec->sock.raddr;
	s->s.lport = rec->sock.lport;
	s->s.rport = rec->sock.rport;
	if (!s->s.cookie)
		s->s.cookie = rec->sock.cookie;
}

/* The address may be another socket's by now: the kernel uses it again at once. */
static bool is_another(const struct socket *s, const struct pw_rec *rec)
{
	return s->s.cookie && rec->sock.cookie && s->s.cookie != rec->sock.cookie;
}

static void forget_holders(struct socket *s)
{
	for (size_t h = 0; h < s->nr_holders; h++)
		free(s->holders[h].fds);
	free(s->holders);
	s->holders = NULL;
	s->nr_holders = 0;
}

int owners_add(struct answer *a, struct sockmap *by_sk, const struct pw_rec *rec, size_t *ret_index)
{
	struct identity id = gather_identity(rec);
	size_t i = sockmap_get(by_sk, &id), process;
	bool is_full = rec->sock.lport; /* else it says who, and not what */
	struct socket *s;
	int err;

	if (i == SIZE_MAX && !is_full)
		return 0;
	if (i == SIZE_MAX) {
		i = a->nr_sockets;
		s = answer_add_socket(a);
		if (!s)
			return -ENOMEM;
		s->s = rec->sock;
	}
	s = &a->sockets[i];
	if (is_full && is_another(s, rec)) {
		s->s = rec->sock;
		forget_holders(s);
	}
	if (is_full) {
		refresh(s, rec);
		if (sockmap_put(by_sk, &id, i))
			return -ENOMEM;
	}
	err = answer_add_process(a, &rec->actor, rec->pid, &process);
	if (!err)
		err = socket_add_holder(&a->sockets[i], process, rec->fd);
	if (!err && ret_index)
		*ret_index = i;
	return err;
}

/* Processes can share one fd table (CLONE_FILES): its fds count once. False: this one may have been
 * counted already, it is not known any more. */
static bool account_for(struct account *acc, const struct pw_rec *rec)
{
	acc->refs = rec->refs;
	for (size_t i = 0; i < acc->nr_seen; i++)
		if (acc->tables[i] == rec->files && acc->fds[i] == rec->fd)
			return true;
	acc->found++;
	if (acc->nr_seen == ARRAY_SIZE(acc->tables))
		return rec->table_users == 1;
	acc->tables[acc->nr_seen] = rec->files;
	acc->fds[acc->nr_seen++] = rec->fd;
	return true;
}

static void note_table(struct resolution *r, const struct pw_rec *rec)
{
	for (size_t i = 0; i < r->nr_tables; i++)
		if (r->tables[i].files == rec->files && r->tables[i].pid == rec->pid)
			return;
	if (r->nr_tables < ARRAY_SIZE(r->tables))
		r->tables[r->nr_tables++] = (struct table){
			.files = rec->files,
			.pid = rec->pid,
			.threads = rec->threads,
			.users = rec->table_users,
		};
	else
		r->too_many = true;
}

/* May a process that we have not looked at share a table with one that we have? Its descriptors
 * count once, so the references do not tell. */
static bool may_be_shared(const struct resolution *r)
{
	for (size_t i = 0; i < r->nr_tables; i++) {
		uint64_t known = 0;

		for (size_t k = 0; k < r->nr_tables; k++)
			if (r->tables[k].files == r->tables[i].files)
				known += r->tables[k].threads;
		if (r->tables[i].users > known)
			return true;
	}
	return false;
}

static int on_candidate(void *arg, const struct pw_rec *rec)
{
	struct resolution *r = arg;
	struct identity id = gather_identity(rec);
	size_t i = sockmap_get(r->by_sk, &id);

	if (i == SIZE_MAX || i >= r->nr_accounts)
		return 0;
	/* The references of an earlier socket at this address say nothing of this one. */
	if (is_another(&r->a->sockets[i], rec) || !account_for(&r->accounts[i], rec))
		r->too_many = true;
	note_table(r, rec);
	return owners_add(r->a, r->by_sk, rec, NULL);
}

static int on_walk(void *arg, const struct pw_rec *rec)
{
	struct resolution *r = arg;

	return owners_add(r->a, r->by_sk, rec, NULL);
}

static void add_candidate(struct resolution *r, uint32_t tgid)
{
	for (size_t i = 0; i < r->nr_candidates; i++)
		if (r->candidates[i] == tgid)
			return;
	if (r->nr_candidates == MAX_CANDIDATES)
		r->too_many = true;
	else
		r->candidates[r->nr_candidates++] = tgid;
}

static void add_family(struct resolution *r, uint64_t family)
{
	struct pw_member_key key = { .family = family };
	struct pw_family f;
	uint32_t member;

	for (size_t i = 0; i < r->nr_families; i++)
		if (r->families[i] == family)
			return;
	if (r->nr_families < MAX_FAMILIES)
		r->families[r->nr_families++] = family;
	if (bpf_map_lookup_elem(tracker_map(r->t, MAP_FAMILIES), &family, &f))
		return;
	for (; key.nr < f.high && key.nr < PW_MAX_MEMBERS && !r->too_many; key.nr++)
		if (!bpf_map_lookup_elem(tracker_map(r->t, MAP_MEMBERS), &key, &member))
			add_candidate(r, member);
}

/* If it is in a family, all of them. */
static void add_family_of(struct resolution *r, const struct pw_actor *a)
{
	struct pw_proc p;

	if (a->tgid && !bpf_map_lookup_elem(tracker_map(r->t, MAP_PROCS), &a->tgid, &p) &&
	    p.start_ns == a->start_ns)
		add_family(r, p.family);
}

bool owners_expected(const struct socket *s)
{
	return (s->sk || s->inode) && !(s->s.flags & (PW_F_RELEASED | PW_F_KERNEL));
}

/* Add the processes that used or made a socket: most sockets have no other holder. */
static void add_actors(struct resolution *r)
{
	for (size_t i = 0; i < r->nr_accounts && !r->too_many; i++) {
		const struct socket *s = &r->a->sockets[i];

		if (!owners_expected(s))
			continue;
		if (s->s.user.tgid)
			add_candidate(r, s->s.user.tgid);
		if (s->s.creator.tgid)
			add_candidate(r, s->s.creator.tgid);
	}
}

static void add_families(struct resolution *r)
{
	for (size_t i = 0; i < r->nr_accounts && !r->too_many; i++) {
		const struct socket *s = &r->a->sockets[i];

		if (!owners_expected(s))
			continue;
		if (s->s.family_id)
			add_family(r, s->s.family_id);
		add_family_of(r, &s->s.user);
		add_family_of(r, &s->s.creator);
	}
}

/* Looks at the candidates that it has not looked at; true if now every holder of every socket is
 * known for certain. */
static bool verify(struct resolution *r)
{
	int err;

	if (r->too_many)
		return false;
	for (; r->nr_looked < r->nr_candidates; r->nr_looked++) {
		r->q.pid = r->candidates[r->nr_looked];
		err = fact_need(r->t, FACT_HOLDERS, KNOWS_REFS | KNOWS_ONE, &r->q, on_candidate, r);
		if (err && err != -ESRCH) /* that one is gone */
			return false;
	}
	for (size_t i = 0; i < r->nr_accounts; i++)
		if (owners_expected(&r->a->sockets[i]) &&
		    (!r->accounts[i].found || r->accounts[i].found != r->accounts[i].refs))
			return false;
	return !r->too_many && !may_be_shared(r);
}

static int on_second_look(void *arg, const struct pw_rec *rec)
{
	struct resolution *r = arg;
	struct identity id = gather_identity(rec);
	size_t i = sockmap_get(r->by_sk, &id);

	if (i != SIZE_MAX && i < r->nr_accounts && !account_for(&r->again[i], rec))
		r->too_many = true;
	return 0;
}

/* Processes are looked at one after another. One that had closed its descriptor by the time another
 * was looked at would stand for a third that nobody thought of: so all have to be as they were. */
static bool stands(struct resolution *r)
{
	bool same = true;

	if (r->nr_tables < 2)
		return true;
	r->again = calloc(r->nr_accounts + 1, sizeof(*r->again));
	if (!r->again)
		return false;
	for (size_t i = 0; i < r->nr_tables && same; i++) {
		r->q.pid = r->tables[i].pid;
		same = !fact_need(r->t, FACT_HOLDERS, KNOWS_REFS | KNOWS_ONE, &r->q, on_second_look,
				  r);
	}
	for (size_t i = 0; i < r->nr_accounts && same; i++)
		same = r->again[i].refs == r->accounts[i].refs &&
		       r->again[i].found == r->accounts[i].found;
	free(r->again);
	return same && !r->too_many;
}

static bool find_holders(struct resolution *r)
{
	r->nr_accounts = r->a->nr_sockets;
	r->accounts = calloc(r->nr_accounts + 1, sizeof(*r->accounts));
	if (!r->accounts)
		return false;
	add_actors(r);
	if (verify(r))
		return stands(r);
	add_families(r);
	return verify(r) && stands(r);
}

static void forget_all_holders(struct answer *a)
{
	for (size_t i = 0; i < a->nr_sockets; i++)
		forget_holders(&a->sockets[i]);
	a->nr_processes = 0; /* plain identities so far: nothing to free */
}

int owners_resolve(struct tracker *t, const struct question *q, struct answer *a,
		   struct sockmap *by_sk)
{
	struct resolution r = { .t = t, .a = a, .by_sk = by_sk, .q = *q };
	enum resolved how = RESOLVED_VERIFIED;
	bool anyone = false;
	int err = 0;

	for (size_t i = 0; i < a->nr_sockets; i++)
		anyone = anyone || owners_expected(&a->sockets[i]);
	if (anyone) {
		if (!t->in_init_pidns || a->nr_sockets > MAX_SOCKETS || !find_holders(&r)) {
			how = RESOLVED_WALK;
			forget_all_holders(a);
			r.q.pid = 0;
			err = fact_get(t, FACT_HOLDERS, KNOWS_REFS, &r.q, on_walk, &r);
		}
		free(r.accounts);
		if (err)
			return failed(err, "cannot walk over the processes' files: %s",
				      strerror(-err));
	}
	for (size_t i = 0; i < a->nr_sockets; i++)
		a->sockets[i].resolved = how;
	return 0;
}
