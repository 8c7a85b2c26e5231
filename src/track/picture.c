// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/picture.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "tables/diag.h"
#include "track/elements.h"
#include "track/byhand.h"
#include "track/internal.h"
#include "track/tour.h"

/* Run the program `mend`. Return its result or a negative errno. */
static int mend(struct tracker *t, enum pw_mend what, uint64_t a, uint64_t b, uint64_t c)
{
	const uint64_t args[] = { what, a, b, c };
	int r = byhand_run(t, PROG_MEND, args, ARRAY_SIZE(args));

	return r < 0 ? failed(r, "cannot run a program in the kernel: %s", strerror(-r)) : r;
}

/* ---- the kernel ---- */

struct view {
	struct tracker *t;
	struct picture *p;
	bool timewait;	  /* is compared */
	bool descriptors; /* were read */
	bool tables;	  /* iterators have shown the sockets of the current namespace */
};

/* Has the kernel refused it, so that the rest can be compared without it? */
static bool is_refused(const struct view *v, int err)
{
	return err && err != -ENOMEM && !tracker_still_there(v->t);
}

static int on_timewait_socket(struct view *v, const struct pw_sock *s)
{
	struct pw_tw_key *key = v->timewait ? VEC_ADD(&v->p->kernel_timewait) : NULL;

	if (!key)
		return v->timewait ? -ENOMEM : 0;
	*key = (struct pw_tw_key){
		.laddr = s->laddr,
		.raddr = s->raddr,
		.netns = s->netns,
		.lport = s->lport,
		.rport = s->rport,
	};
	return 0;
}

static int on_record(void *arg, const struct pw_rec *rec)
{
	struct view *v = arg;
	struct audit_socket *s;

	if (rec->timewait)
		return on_timewait_socket(v, &rec->sock);
	if (!rec->sk) /* a request: no socket yet */
		return 0;
	s = VEC_ADD(&v->p->kernel);
	if (!s)
		return -ENOMEM;
	s->sk = rec->sk;
	s->s = rec->sock;
	return 0;
}

static int on_diag(void *arg, const struct pw_rec *rec)
{
	struct view *v = arg;
	struct pw_sock *copy;

	if (rec->timewait)
		return on_timewait_socket(v, &rec->sock);
	copy = VEC_ADD(&v->p->diag);
	if (!copy)
		return -ENOMEM;
	*copy = rec->sock;
	return 0;
}

static int on_task(void *arg, const struct pw_rec *rec)
{
	struct view *v = arg;
	struct pw_actor *a;

	if (rec->kind != PW_REC_TASK)
		return 0;
	a = VEC_ADD(&v->p->tasks);
	if (!a)
		return -ENOMEM;
	*a = rec->actor;
	return 0;
}

static const struct question all;

/* sock_diag is a second witness, and the only one where the iterators are refused. */
static int take_diag(struct view *v)
{
	/* A connection in SYN_RECV is no socket yet, TIME-WAIT not any longer. */
	struct question q = { .states = ~(1u << PW_SYN_RECV | 1u << PW_TIME_WAIT) };
	int err;

	if (v->timewait && !v->tables)
		q.states |= 1u << PW_TIME_WAIT;
	err = diag_sockets_probing(&q, on_diag, v);
	if (err == -ENOMEM)
		return err;
	if (!v->tables)
		v->p->by_diag = true;
	if (!v->tables && err)
		v->p->uncompared |= UNCOMPARED_SOCKETS | (v->timewait ? UNCOMPARED_TIMEWAIT : 0);
	/* Only a descriptor leads to such a socket, if sock_diag does not. */
	if (!v->descriptors && (err || diag_shows_bound() <= 0))
		v->p->uncompared |= UNCOMPARED_BOUND;
	return 0;
}

static int in_netns(void *arg, uint32_t netns)
{
	struct view *v = arg;
	int err = fact_need(v->t, FACT_SOCKETS, KNOWS_BIND, &all, on_record, v);

	(void)netns; /* the current one */
	v->p->nr_netns++;
	v->tables = !err;
	if (err && !is_refused(v, err))
		return err;
	return take_diag(v);
}

static int take_kernel(struct view *v)
{
	/* sock_diag last: what it shows must have been there for the programs, or be new. */
	int err = fact_need(v->t, FACT_HOLDERS, KNOWS_BIND, &all, on_record, v);
	size_t unvisited = 0;

	v->descriptors = !err;
	if (!err || is_refused(v, err))
		err = tour_all(v->t, 0, in_netns, NULL, v, &unvisited);
	if (unvisited)
		v->p->uncompared |= UNCOMPARED_NETNS | (v->timewait ? UNCOMPARED_TIMEWAIT : 0);
	/* The reading process sees only its own PID namespace. */
	if (err || !v->t->in_init_pidns)
		return err;
	err = fact_need(v->t, FACT_TASKS, KNOWS_PIDS, &all, on_task, v);
	if (!is_refused(v, err))
		return err;
	v->p->uncompared |= UNCOMPARED_PROCESSES;
	v->p->tasks.nr = 0;
	return 0;
}

/* ---- the maps ---- */

static int on_entry(void *arg, const void *key, const void *value)
{
	struct view *v = arg;
	struct audit_socket *s = VEC_ADD(&v->p->entries);

	if (!s)
		return -ENOMEM;
	memcpy(&s->sk, key, sizeof(s->sk));
	memcpy(&s->s, value, sizeof(s->s));
	return 0;
}

static int on_slot(void *arg, const void *key, const void *value)
{
	struct view *v = arg;
	struct audit_slot *s = VEC_ADD(&v->p->slots);

	if (!s)
		return -ENOMEM;
	memcpy(&s->key, key, sizeof(s->key));
	memcpy(&s->sk, value, sizeof(s->sk));
	return 0;
}

static int on_proc(void *arg, const void *key, const void *value)
{
	struct view *v = arg;
	struct audit_proc *p = VEC_ADD(&v->p->procs);

	if (!p)
		return -ENOMEM;
	memcpy(&p->tgid, key, sizeof(p->tgid));
	memcpy(&p->p, value, sizeof(p->p));
	return 0;
}

static int on_member(void *arg, const void *key, const void *value)
{
	struct view *v = arg;
	struct audit_member *m = VEC_ADD(&v->p->members);

	if (!m)
		return -ENOMEM;
	memcpy(&m->key, key, sizeof(m->key));
	memcpy(&m->tgid, value, sizeof(m->tgid));
	return 0;
}

static int on_timewait(void *arg, const void *key, const void *value)
{
	struct view *v = arg;
	struct audit_timewait *tw = VEC_ADD(&v->p->timewait);

	if (!tw)
		return -ENOMEM;
	memcpy(&tw->key, key, sizeof(tw->key));
	memcpy(&tw->tw, value, sizeof(tw->tw));
	return 0;
}

static int take_ports(struct view *v)
{
	_cleanup_free_ __u32 *keys = calloc(PW_PORTS, sizeof(*keys));
	__u32 nr = PW_PORTS, out;
	int fd = tracker_map(v->t, MAP_PORTS);

	v->p->ports = calloc(PW_PORTS, sizeof(*v->p->ports));
	if (!keys || !v->p->ports)
		return -ENOMEM;
	if (fd < 0)
		return fd;
	if (!bpf_map_lookup_batch(fd, NULL, &out, keys, v->p->ports, &nr, NULL) || errno == ENOENT)
		return 0;
	/* Batches are refused. */
	for (__u32 i = 0; i < PW_PORTS; i++)
		if (bpf_map_lookup_elem(fd, &i, &v->p->ports[i]))
			return failed(-errno, "cannot read the map ports: %s", strerror(errno));
	return 0;
}

/* Ask of each entry's socket whether it is still there. */
static void find_alive(struct view *v)
{
	int there = 0;

	for (size_t i = 0; i < v->p->entries.nr; i++) {
		struct audit_socket *e = &v->p->entries.v[i];

		if (there >= 0)
			there = mend(v->t, PW_MEND_IS_THERE, e->sk, e->s.cookie, 0);
		e->alive = there > 0;
		e->undecided = there < 0;
	}
}

static int take_maps(struct view *v)
{
	int err = elements_each(v->t, MAP_SOCKETS, sizeof(__u64), sizeof(struct pw_sock), on_entry,
				v);

	if (!err)
		err = elements_each(v->t, MAP_PORT_SLOTS, sizeof(struct pw_slot_key), sizeof(__u64),
				    on_slot, v);
	if (!err)
		err = take_ports(v);
	if (!err)
		err = elements_each(v->t, MAP_PROCS, sizeof(__u32), sizeof(struct pw_proc), on_proc,
				    v);
	if (!err)
		err = elements_each(v->t, MAP_MEMBERS, sizeof(struct pw_member_key), sizeof(__u32),
				    on_member, v);
	if (!err && v->timewait)
		err = elements_each(v->t, MAP_TIMEWAIT, sizeof(struct pw_tw_key),
				    sizeof(struct pw_tw), on_timewait, v);
	if (!err)
		find_alive(v);
	return err;
}

int picture_take(struct tracker *t, struct picture *ret)
{
	struct picture p = {};
	uint8_t ends = t->meta.variant[PW_NEED_TW_LEAVE];
	struct view v = { .t = t,
			  .p = &p,
			  .timewait = ends == PW_VAR_FENTRY || ends == PW_VAR_KPROBE };
	int err = take_kernel(&v);

	if (!err)
		err = take_maps(&v);
	if (err)
		picture_done(&p);
	else
		*ret = p;
	return err;
}

/* ---- mending ---- */

static int mend_one(struct tracker *t, const struct fault *f, bool sockets_are_right,
		    bool *ret_seed)
{
	struct pw_tw_key tw = {
		.laddr = f->at.s.laddr,
		.raddr = f->at.s.raddr,
		.netns = f->at.s.netns,
		.lport = f->at.s.lport,
		.rport = f->at.s.rport,
	};

	switch (f->kind) {
	case FAULT_MISSING:
		*ret_seed = true;
		return mend(t, PW_MEND_NOTE, 0, 0, 0);
	case FAULT_STALE:
		return mend(t, PW_MEND_DROP, f->at.sk, f->at.s.cookie, 0);
	case FAULT_WRONG:
		*ret_seed = true; /* of another socket: that one has none */
		if (!strcmp(f->field, "cookie") || !strcmp(f->field, "proto"))
			return mend(t, PW_MEND_DROP, f->at.sk, f->at.s.cookie, 0);
		return mend(t, PW_MEND_REFRESH, f->at.sk, 0, 0);
	case FAULT_SLOT:
		bpf_map_delete_elem(tracker_map(t, MAP_PORT_SLOTS), &f->slot);
		return mend(t, PW_MEND_NOTE, 0, 0, 0);
	case FAULT_UNPLACED:
		return mend(t, PW_MEND_MOVE, f->at.sk, 0, 0);
	case FAULT_COUNT:
		/* Faults of the sockets themselves are mended first. */
		return sockets_are_right ? mend(t, PW_MEND_RECOUNT, f->port_index,
						f->found.indexed - f->said.indexed,
						f->found.live - f->said.live) :
					   0;
	case FAULT_PROC:
		bpf_map_delete_elem(tracker_map(t, MAP_PROCS), &f->tgid);
		return mend(t, PW_MEND_NOTE, 0, 0, 0);
	case FAULT_MEMBER:
		bpf_map_delete_elem(tracker_map(t, MAP_MEMBERS), &f->member);
		return mend(t, PW_MEND_NOTE, 0, 0, 0);
	case FAULT_TIMEWAIT:
		bpf_map_delete_elem(tracker_map(t, MAP_TIMEWAIT), &tw);
		return mend(t, PW_MEND_NOTE, 0, 0, 0);
	case FAULT_UNSEEN: /* nothing of ours is wrong */
		return 0;
	}
	return 0;
}

int picture_mend(struct tracker *t, const struct faults *faults)
{
	bool seed = false, sockets_are_right = true;
	int err = 0;

	for (size_t i = 0; i < faults->list.nr; i++)
		sockets_are_right = sockets_are_right && faults->list.v[i].kind >= FAULT_COUNT;
	for (size_t i = 0; i < faults->list.nr && err >= 0; i++)
		err = mend_one(t, &faults->list.v[i], sockets_are_right, &seed);
	return err < 0 ? err : seed ? tracker_seed(t) : 0;
}
