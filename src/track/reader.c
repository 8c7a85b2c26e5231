// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/reader.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "track/churn.h"
#include "track/internal.h"
#include "track/session.h"

#define RING_BYTES (8u << 20)
/* A wake-up comes at the first event after a pause of 1 ms (bpf/emit.h); so an event that
 * did not wake us is at most that much younger than the one that did. */
#define LINGER_MS 2
/* How often ends of TIME-WAIT are looked for: where no hook tells them, and where a hook does,
 * whose program may be skipped for one that it interrupts. */
#define TW_PASS_NS 2000000000ull
#define TW_PASS_BEHIND_NS 30000000000ull
#define TW_PASS_SHARE 50 /* a pass takes at most this part of the time */

struct reader {
	struct tracker *t;
	struct ring_buffer *rb;
	struct session *session;
	struct pw_meta *meta; /* the map, mapped: the mask changes in one atomic step */
	int ring_fd;
	uint32_t seat;
	bool taken;
	bool ends_wanted;
	bool ends_only; /* nothing else is */
	bool deaf;
	uint64_t received, lost;
	uint64_t next_pass_ns;
	int (*fn)(void *arg, const struct pw_event *ev);
	void *arg;
};

static int on_record(void *arg, void *data, size_t size)
{
	struct reader *r = arg;

	if (size < sizeof(struct pw_event))
		return 0;
	r->received++;
	return r->fn(r->arg, data);
}

static int make_ring(struct reader *r, uint32_t bytes)
{
	r->ring_fd =
		bpf_map_create(BPF_MAP_TYPE_RINGBUF, "pw_ring", 0, 0, bytes ?: RING_BYTES, NULL);
	if (r->ring_fd < 0)
		return failed(-errno, "cannot make a ring buffer: %s", strerror(errno));
	r->rb = ring_buffer__new(r->ring_fd, on_record, r, NULL);
	if (!r->rb)
		return failed(-errno, "cannot map the ring buffer: %s", strerror(errno));
	return 0;
}

static int take_seat(struct reader *r, const struct pw_filter *filter)
{
	int rings = tracker_map(r->t, MAP_RINGS), readers = tracker_map(r->t, MAP_READERS);
	_cleanup_close_ int lock = -1;
	struct pw_reader me = { .self = r->t->self };
	uint64_t mask;

	if (rings < 0 || readers < 0)
		return rings < 0 ? rings : readers;
	if (filter)
		me.filter = *filter;
	if (r->t->kind == TRACKER_PINNED) { /* other readers may be choosing at the same time */
		lock = pins_lock_again(&r->t->pins, true);
		if (lock < 0)
			return lock;
	}
	mask = __atomic_load_n(&r->meta->reader_mask, __ATOMIC_ACQUIRE);
	if (mask == ~0ull)
		return failed(-EBUSY, "%d readers listen already, no more is possible",
			      PW_MAX_READERS);
	r->seat = __builtin_ctzll(~mask);
	if (bpf_map_update_elem(rings, &r->seat, &r->ring_fd, BPF_ANY) ||
	    bpf_map_update_elem(readers, &r->seat, &me, BPF_ANY))
		return failed(-errno, "cannot register as a reader: %s", strerror(errno));
	__atomic_or_fetch(&r->meta->reader_mask, 1ull << r->seat, __ATOMIC_RELEASE);
	r->taken = true;
	return 0;
}

int reader_new(struct tracker *t, const struct reader_opts *opts, struct reader **ret)
{
	struct reader *r = calloc(1, sizeof(*r));
	int meta = tracker_map(t, MAP_META), err;

	if (!r)
		return failed(-ENOMEM, "out of memory");
	r->t = t;
	r->ring_fd = -1;
	r->ends_wanted = !opts->filter || !opts->filter->events ||
			 (opts->filter->events & 1u << PW_EV_TIMEWAIT_END);
	r->ends_only = opts->filter && opts->filter->events == 1u << PW_EV_TIMEWAIT_END;
	r->meta = mmap(NULL, sizeof(*r->meta), PROT_READ | PROT_WRITE, MAP_SHARED, meta, 0);
	if (r->meta == MAP_FAILED) {
		r->meta = NULL;
		err = failed(-errno, "cannot map the tracker's state: %s", strerror(errno));
	} else {
		err = make_ring(r, opts->ring_bytes);
	}
	if (!err)
		err = take_seat(r, opts->filter);
	if (!err && !opts->no_calls)
		r->deaf = session_new(t, r->seat, opts->filter, &r->session) < 0;
	if (err) {
		reader_free(r);
		return err;
	}
	*ret = r;
	return 0;
}

bool reader_is_deaf(const struct reader *r)
{
	return r->deaf;
}

struct reader *reader_free(struct reader *r)
{
	if (!r)
		return NULL;
	session_free(r->session);
	if (r->taken) {
		/* Last of all the bit: from then on the seat may be somebody else's. */
		bpf_map_delete_elem(tracker_map(r->t, MAP_RINGS), &r->seat);
		__atomic_and_fetch(&r->meta->reader_mask, ~(1ull << r->seat), __ATOMIC_RELEASE);
	}
	ring_buffer__free(r->rb);
	if (r->ring_fd >= 0)
		close(r->ring_fd);
	if (r->meta)
		munmap(r->meta, sizeof(*r->meta));
	free(r);
	return NULL;
}

void reader_give_to(struct reader *r, int pid)
{
	int fd = tracker_map(r->t, MAP_READERS);
	struct pw_reader me;

	if (fd < 0 || bpf_map_lookup_elem(fd, &r->seat, &me))
		return;
	me.self.pid = pid;
	bpf_map_update_elem(fd, &r->seat, &me, BPF_ANY);
}

int reader_fd(const struct reader *r)
{
	return ring_buffer__epoll_fd(r->rb);
}

static uint64_t lost_so_far(struct reader *r)
{
	int fd = tracker_map(r->t, MAP_READERS);
	struct pw_reader me;

	return fd < 0 || bpf_map_lookup_elem(fd, &r->seat, &me) ? r->lost : me.lost;
}

static int tell_loss(struct reader *r)
{
	struct pw_event ev = { .kind = PW_EV_LOST };
	uint64_t lost = lost_so_far(r);

	if (lost <= r->lost)
		return 0;
	ev.time_ns = clock_boot_ns();
	ev.age_ns = lost - r->lost;
	r->lost = lost;
	return r->fn(r->arg, &ev);
}

int reader_drain(struct reader *r, int (*fn)(void *arg, const struct pw_event *ev), void *arg)
{
	int err;

	r->fn = fn;
	r->arg = arg;
	err = tell_loss(r);
	return err < 0 ? err : ring_buffer__consume(r->rb);
}

int reader_timeout(const struct reader *r, int n)
{
	(void)r;
	return n > 0 ? LINGER_MS : -1;
}

/* Does no hook tell the ends? */
static bool depends_on_passes(const struct reader *r)
{
	return tracker_meta(r->t)->variant[PW_NEED_TW_LEAVE] == PW_VAR_ITER;
}

/* Where the kernel refuses what a pass takes, the other events are told all the same. */
static bool can_do_without(const struct reader *r, int err)
{
	return err < 0 && err != -ENOMEM && !(r->ends_only && depends_on_passes(r)) &&
	       !tracker_still_there(r->t);
}

int reader_tick(struct reader *r)
{
	uint64_t start = clock_monotonic_ns(), least, took;
	int err;

	if (!r->ends_wanted || start < r->next_pass_ns)
		return 0;
	err = churn_sweep(r->t);
	/* However many namespaces and sockets there are, never more than a part of a core. */
	took = clock_monotonic_ns() - start;
	least = depends_on_passes(r) ? TW_PASS_NS : TW_PASS_BEHIND_NS;
	r->next_pass_ns = start + (took * TW_PASS_SHARE > least ? took * TW_PASS_SHARE : least);
	if (!can_do_without(r, err))
		return err < 0 ? err : 0;
	if (depends_on_passes(r))
		log_warn("the end of TIME-WAIT is not told: %s", tracker_reason());
	r->ends_wanted = false;
	return 0;
}

void reader_totals(const struct reader *r, uint64_t *ret_received, uint64_t *ret_lost)
{
	*ret_received = r->received;
	*ret_lost = r->lost;
}
