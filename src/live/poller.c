// SPDX-License-Identifier: GPL-2.0-or-later
#include "live/poller.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "live/ends.h"
#include "live/shot_diff.h"
#include "live/who.h"
#include "sys/netns.h"
#include "sys/sockdiag.h"

#define SHARE 50		      /* a look may take this part of the time */
#define CREDIT (20 * NSEC_PER_MSEC)   /* of processor time, for what comes after a quiet time */
#define QUICK_NS (20 * NSEC_PER_MSEC) /* between two looks, after a change */
#define QUICK_LOOKS 5		      /* so many more */
#define WATCH_BYTES (4 << 20)	      /* about 10,000 ends */

struct poller {
	struct poller_opts opts;
	struct who who;
	int watch_fd;
	uint32_t netns; /* in which we are told of ends */
	struct shot shots[2];
	int now; /* which of them is the last */
	uint64_t looks;
	int quick;	   /* looks that are still to follow quickly */
	uint64_t last_ns;  /* when the last look ended */
	int64_t credit_ns; /* processor time that looks may take at once */
	bool hurried;
	live_event_fn fn;
	void *fn_arg;
	bool told; /* something, in this look */
};

static int on_rec(void *arg, const struct pw_rec *rec)
{
	return shot_add(arg, rec);
}

static int tell(void *arg, const struct pw_event *ev)
{
	struct poller *p = arg;

	p->told = true;
	return p->fn(p->fn_arg, ev);
}

/* ---- how often ---- */

static int64_t credit_at(const struct poller *p, uint64_t now)
{
	int64_t credit = p->credit_ns + (int64_t)((now - p->last_ns) / SHARE);

	return credit < (int64_t)CREDIT ? credit : (int64_t)CREDIT;
}

static uint64_t next_look(const struct poller *p)
{
	uint64_t wanted = p->hurried ? 0 :
			  p->quick   ? QUICK_NS :
				       p->opts.interval_ms * NSEC_PER_MSEC;
	uint64_t allowed = p->credit_ns < 0 ? (uint64_t)-p->credit_ns * SHARE : 0;

	return p->last_ns + (wanted > allowed ? wanted : allowed);
}

int poller_timeout(const struct poller *p)
{
	uint64_t now = clock_monotonic_ns(), next = next_look(p);

	return now >= next ? 0 : (int)((next - now) / NSEC_PER_MSEC) + 1;
}

void poller_hurry(struct poller *p)
{
	p->hurried = true;
}

/* ---- looking ---- */

static int take(struct poller *p, struct shot *shot)
{
	shot_clear(shot);
	return p->opts.sockets(p->opts.arg, p->opts.states, on_rec, shot);
}

static bool find_holder(void *arg, const struct shot_row *row, struct pw_actor *ret)
{
	const struct poller *p = arg;

	return (p->opts.holder && p->opts.holder(p->opts.arg, row, ret)) ||
	       who_find(&p->who, row->inode, ret);
}

struct wish {
	const struct poller *p;
	struct inode_set inodes;
};

static int on_wanted(void *arg, const struct shot_row *row)
{
	struct pw_actor known;
	struct wish *w = arg;

	if (!(w->p->opts.who_states & 1u << row->sock.state))
		return 0;
	if (w->p->opts.holder && w->p->opts.holder(w->p->opts.arg, row, &known))
		return 0;
	return inode_set_add(&w->inodes, row->inode);
}

/* Ask for the holders of all new sockets in one walk. */
static int ask_who(struct poller *p, const struct shot_diff *d)
{
	struct wish w = { p, INODE_SET };
	int err;

	if (!p->opts.who_states)
		return 0;
	err = shot_diff_each_wanted(d, on_wanted, &w);
	if (!err)
		who_look(&p->who, &w.inodes);
	inode_set_done(&w.inodes);
	return err;
}

static int look(struct poller *p)
{
	uint64_t cpu = clock_cpu_ns(), now = clock_monotonic_ns();
	struct shot_diff d = {
		.before = &p->shots[p->now],
		.after = &p->shots[!p->now],
		.time_ns = clock_boot_ns(),
		.holder = find_holder,
		.holder_arg = p,
		.emit = tell,
		.emit_arg = p,
	};
	int err = take(p, d.after);

	if (err)
		return err;
	p->credit_ns = credit_at(p, now) - (int64_t)(clock_cpu_ns() - cpu);
	p->last_ns = clock_monotonic_ns();
	err = ask_who(p, &d);
	if (err)
		return err;
	p->told = false;
	if (p->looks)
		err = shot_diff(&d);
	else
		shot_diff_begin(&d);
	p->now = !p->now;
	p->looks++;
	p->quick = p->told ? QUICK_LOOKS : p->quick ? p->quick - 1 : 0;
	p->hurried = false;
	return err;
}

/* ---- ends ---- */

static bool knows(const struct poller *p, const struct pw_sock *s)
{
	struct shot_key key;

	memset(&key, 0, sizeof(key));
	key.cookie = s->cookie;
	return hmap_get(&p->shots[p->now].rows, &key);
}

/* Tell the end of a socket, unless it is known: the next look will tell that. */
static int on_end(void *arg, const struct pw_sock *s)
{
	struct poller *p = arg;
	struct pw_event ev = {
		.time_ns = clock_boot_ns(),
		.netns = p->netns,
		.lport = s->lport,
		.rport = s->rport,
		.kind = PW_EV_CLOSE,
		.family = s->family,
		.proto = s->proto,
		.flags = PW_EF_ESTIMATED,
		.cookie = s->cookie,
		.laddr = s->laddr,
		.raddr = s->raddr,
	};

	if (knows(p, s)) {
		p->hurried = true;
		return 0;
	}
	return p->opts.tells_ends ? p->fn(p->fn_arg, &ev) : 0;
}

static int tell_ends(struct poller *p)
{
	struct pw_event lost = { .kind = PW_EV_LOST, .age_ns = 1, .time_ns = clock_boot_ns() };
	int err = ends_read(p->watch_fd, on_end, p);

	if (err != -ENOBUFS)
		return err;
	p->hurried = true;
	return p->opts.tells_ends ? p->fn(p->fn_arg, &lost) : 0;
}

int poller_drain(struct poller *p, live_event_fn fn, void *arg)
{
	int err = 0;

	p->fn = fn;
	p->fn_arg = arg;
	if (p->watch_fd >= 0)
		err = tell_ends(p);
	if (err || clock_monotonic_ns() < next_look(p))
		return err;
	return look(p);
}

/* ---- life ---- */

uint32_t poller_states(const struct pw_filter *f)
{
	uint32_t all = ~(1u << PW_SYN_RECV | 1u << PW_NEW_SYN_RECV);
	uint32_t timewait = 1u << PW_EV_TIMEWAIT | 1u << PW_EV_TIMEWAIT_END;

	/* There may be very many of them. But what is in TIME-WAIT was not reset, so STATE asks as
	 * well. */
	if (f && f->events && !(f->events & (timewait | 1u << PW_EV_STATE)))
		return all & ~(1u << PW_TIME_WAIT);
	return all;
}

static int nothing(void *arg, const struct pw_event *ev)
{
	(void)arg;
	(void)ev;
	return 0;
}

/* Before the first look, so that nothing falls in between. */
static void listen_to_ends(struct poller *p)
{
	int size = WATCH_BYTES;

	p->watch_fd = sockdiag_watch();
	/* Without the right to more the system's own limit holds. */
	if (p->watch_fd >= 0 &&
	    setsockopt(p->watch_fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(p->watch_fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
}

int poller_new(const struct poller_opts *opts, struct poller **ret)
{
	struct poller *p = calloc(1, sizeof(*p));
	int err;

	if (!p)
		return -ENOMEM;
	p->opts = *opts;
	who_init(&p->who);
	p->watch_fd = -1;
	shot_init(&p->shots[0]);
	shot_init(&p->shots[1]);
	p->last_ns = clock_monotonic_ns();
	p->fn = nothing;
	netns_self(&p->netns); /* stays 0, unknown */
	if (opts->hears_ends)
		listen_to_ends(p);
	err = look(p);
	if (err) {
		poller_free(p);
		return err;
	}
	*ret = p;
	return 0;
}

struct poller *poller_free(struct poller *p)
{
	if (!p)
		return NULL;
	if (p->watch_fd >= 0)
		close(p->watch_fd);
	who_done(&p->who);
	shot_done(&p->shots[0]);
	shot_done(&p->shots[1]);
	free(p);
	return NULL;
}

int poller_fd(const struct poller *p)
{
	return p->watch_fd;
}

const struct shot *poller_shot(const struct poller *p)
{
	return &p->shots[p->now];
}

uint64_t poller_looks(const struct poller *p)
{
	return p->looks;
}
