// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/byhand.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "track/internal.h"

/* No question takes so long: a claim of that age was left by a reader that was killed. */
#define CLAIM_NS 5000000000ull

int byhand_run(struct tracker *t, enum prog_id prog, const uint64_t *args, size_t nr)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = args, .ctx_size_in = nr * sizeof(*args));
	int fd = progs_get(t, prog);

	if (fd < 0)
		return fd;
	return bpf_prog_test_run_opts(fd, &opts) ? -errno : (int)opts.retval;
}

static int map_memory(struct tracker *t, enum map_id id, size_t size, int prot, void **ret)
{
	int fd = tracker_map(t, id);
	void *p;

	if (fd < 0)
		return fd;
	p = mmap(NULL, size, prot, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return -errno;
	*ret = p;
	return 0;
}

/* Our part of the map `records`. */
struct desk {
	struct pw_claims *claims;
	const struct pw_rec *records;
	uint32_t nr; /* of our claim */
	uint64_t token;
};

static bool claim(struct desk *d, uint32_t nr)
{
	struct pw_claim *c = &d->claims->v[nr];
	__u64 old = __atomic_load_n(&c->token, __ATOMIC_ACQUIRE);
	uint64_t now = clock_boot_ns();

	if (old && now - __atomic_load_n(&c->since_ns, __ATOMIC_RELAXED) < CLAIM_NS)
		return false;
	if (!__atomic_compare_exchange_n(&c->token, &old, d->token, false, __ATOMIC_ACQ_REL,
					 __ATOMIC_RELAXED))
		return false;
	__atomic_store_n(&c->since_ns, now, __ATOMIC_RELAXED);
	d->nr = nr;
	return true;
}

static bool is_ours(const struct desk *d)
{
	return __atomic_load_n(&d->claims->v[d->nr].token, __ATOMIC_ACQUIRE) == d->token;
}

static void desk_close(struct desk *d)
{
	__u64 mine = d->token;

	if (d->claims && mine)
		__atomic_compare_exchange_n(&d->claims->v[d->nr].token, &mine, 0, false,
					    __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
	if (d->claims)
		munmap(d->claims, sizeof(*d->claims));
	if (d->records)
		munmap((void *)d->records, PW_CLAIMS * PW_CLAIM_RECORDS * sizeof(*d->records));
}

static int desk_open(struct tracker *t, struct desk *d)
{
	size_t size = PW_CLAIMS * PW_CLAIM_RECORDS * sizeof(*d->records);
	int err = map_memory(t, MAP_CLAIMS, sizeof(*d->claims), PROT_READ | PROT_WRITE,
			     (void **)&d->claims);

	if (!err)
		err = map_memory(t, MAP_RECORDS, size, PROT_READ, (void **)&d->records);
	if (err)
		return err;
	if (getrandom(&d->token, sizeof(d->token), GRND_NONBLOCK) != sizeof(d->token) || !d->token)
		d->token = clock_boot_ns() << 22 | (t->self.pid & 0x3fffff) | 1;
	for (uint32_t nr = 0; nr < PW_CLAIMS; nr++)
		if (claim(d, nr))
			return 0;
	d->token = 0;
	return -EBUSY;
}

static void ask_init(struct pw_ask *ask, const struct question *q, uint8_t flags)
{
	*ask = (struct pw_ask){ .flags = flags | (q->sweep ? PW_Q_SWEEP : 0),
				.proto = q->proto,
				.pid = q->pid,
				.room = PW_CLAIM_RECORDS,
				.parts = 1 };
	if (!q->ports)
		return;
	for (uint32_t port = 1; port < 65536; port++) {
		if (!(q->ports[port / 64] & 1ull << port % 64))
			continue;
		if (ask->nr_ports == PW_ASK_PORTS)
			return; /* asked for as all: the reader filters */
		ask->ports[ask->nr_ports++] = port;
	}
	ask->flags |= PW_Q_PORTS;
}

static bool wanted(const struct question *q, const struct pw_rec *rec)
{
	return rec->kind && (rec->kind == PW_REC_TASK || !q->ports ||
			     q->ports[rec->sock.lport / 64] & 1ull << rec->sock.lport % 64);
}

static int hand_over(const struct desk *d, const struct question *q, uint32_t nr, rec_fn fn,
		     void *arg)
{
	const struct pw_rec *rec = d->records + d->nr * PW_CLAIM_RECORDS;
	int err = 0;

	for (uint32_t i = 0; i < nr && !err; i++) {
		struct pw_rec copy = rec[i];

		if (wanted(q, &copy))
			err = fn ? fn(arg, &copy) : 0;
	}
	return err;
}

/* A part that is larger than our room is asked for as two halves. */
static int run_part(struct tracker *t, enum prog_id prog, const struct desk *d,
		    const struct question *q, struct pw_ask ask, rec_fn fn, void *arg)
{
	int nr = byhand_run(t, prog, (const uint64_t *)&ask, sizeof(ask) / sizeof(uint64_t)), err;

	if (nr < 0)
		return nr;
	if (!is_ours(d))
		return -EBUSY;
	if ((uint32_t)nr <= ask.room)
		return hand_over(d, q, nr, fn, arg);
	if (ask.parts > 1u << 24)
		return -EOVERFLOW;
	ask.parts *= 2;
	err = run_part(t, prog, d, q, ask, fn, arg);
	ask.part += ask.parts / 2;
	return err ? err : run_part(t, prog, d, q, ask, fn, arg);
}

int byhand_records(struct tracker *t, enum prog_id prog, const struct question *q, uint8_t flags,
		   rec_fn fn, void *arg)
{
	_cleanup_(desk_close) struct desk d = {};
	_cleanup_close_ int example = -1;
	int err = progs_get(t, prog);
	struct pw_ask ask;

	if (err < 0)
		return err;
	err = desk_open(t, &d);
	if (err)
		return err;
	ask_init(&ask, q, flags);
	ask.claim = d.nr;
	ask.token = d.token;
	/* Refused? Then the walk looks at each file more closely. */
	example = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ask.socket = example + 1;
	ask.first = d.nr * PW_CLAIM_RECORDS;
	return run_part(t, prog, &d, q, ask, fn, arg);
}
