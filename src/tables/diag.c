// SPDX-License-Identifier: GPL-2.0-or-later
#include "tables/diag.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/vec.h"
#include "sys/netns.h"
#include "sys/sockdiag.h"
#include "tables/diag_msg.h"
#include "tables/diag_request.h"
#include "tables/nldump.h"

#define TRIES 4

/* A TCP socket of ours that is only bound: a dump has it if the kernel shows such sockets. */
struct probe {
	int fd; /* -1: there is none */
	uint16_t port;
	uint64_t inode;
	bool seen;
};

/* Records are handed over when the dump is complete: one that has to be repeated tells nothing. */
struct dump {
	const struct question *q;
	struct question request; /* what the kernel is asked: q, and the probe */
	struct probe probe;
	uint8_t proto;
	uint32_t netns;
	VEC(struct diag_msg) found;
	rec_fn fn;
	void *arg;
};

static int on_message(void *arg, const struct nlmsghdr *h)
{
	struct diag_msg one, *kept;
	struct dump *d = arg;
	struct pw_rec rec;

	if (diag_msg_parse(h, d->proto, &one))
		return 0;
	diag_msg_record(&one, &rec);
	if (d->probe.fd >= 0 && rec.inode == d->probe.inode) {
		d->probe.seen = true;
		return 0;
	}
	if (!question_wants(d->q, &rec))
		return 0;
	kept = VEC_ADD(&d->found);
	if (!kept)
		return -ENOMEM;
	*kept = one;
	return 0;
}

static int hand_over(struct dump *d)
{
	struct pw_rec rec;
	int err = 0;

	for (size_t i = 0; i < d->found.nr && !err; i++) {
		diag_msg_record(&d->found.v[i], &rec);
		rec.sock.netns = d->netns;
		err = d->fn(d->arg, &rec);
	}
	return err;
}

static int ask(struct dump *d, uint8_t family, uint8_t proto)
{
	struct diag_request request;
	int err = -EAGAIN;

	d->proto = proto;
	diag_request(&request, family, proto, &d->request);
	for (int i = 0; i < TRIES && err == -EAGAIN; i++) {
		d->found.nr = 0;
		err = nldump(&request.head, on_message, d);
	}
	return err;
}

static int dump_tcp(struct dump *d)
{
	int err = ask(d, 0, PW_TCP);

	if (!err)
		return hand_over(d);
	if (err == -ENOMEM || err == -EAGAIN)
		return err;
	/* The older form of the request is refused. */
	err = ask(d, PW_INET, PW_TCP) ?: hand_over(d);
	return err ?: ask(d, PW_INET6, PW_TCP) ?: hand_over(d);
}

static int dump_udp(struct dump *d)
{
	int err = ask(d, PW_INET, PW_UDP) ?: hand_over(d);

	return err ?: ask(d, PW_INET6, PW_UDP) ?: hand_over(d);
}

static int dump_all(struct dump *d)
{
	int err = 0;

	netns_now(&d->netns); /* stays 0, unknown */
	if (question_wants_proto(d->q, PW_TCP))
		err = dump_tcp(d);
	if (!err && question_wants_proto(d->q, PW_UDP) && !d->q->small)
		err = dump_udp(d);
	free(d->found.v);
	return err;
}

int diag_sockets(const struct question *q, rec_fn fn, void *arg)
{
	struct dump d = { .q = q, .request = *q, .probe.fd = -1, .fn = fn, .arg = arg };

	return dump_all(&d);
}

/* ---- what the kernel shows ---- */

static atomic_int shows_bound = -1; /* the same for every thread and in every namespace */

static int probe_open(struct probe *ret)
{
	_cleanup_close_ int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	struct stat st;

	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) ||
	    getsockname(fd, (struct sockaddr *)&a, &len) || fstat(fd, &st))
		return -errno;
	*ret = (struct probe){
		.port = ntohs(a.sin_port),
		.inode = st.st_ino,
		.fd = TAKE_FD(fd),
	};
	return 0;
}

static int dump_with_probe(struct dump *d)
{
	uint64_t ports[1024];
	int err;

	if (d->q->ports) {
		memcpy(ports, d->q->ports, sizeof(ports));
		ports[d->probe.port / 64] |= 1ull << d->probe.port % 64;
		d->request.ports = ports;
	}
	err = dump_all(d);
	d->request.ports = d->q->ports;
	if (!err)
		atomic_store(&shows_bound, d->probe.seen);
	close(d->probe.fd);
	return err;
}

/* Would a dump for this question go through the sockets that are only bound? */
static bool would_show_bound(const struct question *q)
{
	return question_wants_proto(q, PW_TCP) && question_wants_state(q, PW_BOUND) && !q->small;
}

/* Others see the probe: it has no business in a namespace that is only visited. */
static bool is_home(void)
{
	uint32_t self, now;

	return !netns_self(&self) && !netns_now(&now) && now == self;
}

int diag_sockets_probing(const struct question *q, rec_fn fn, void *arg)
{
	struct dump d = { .q = q, .request = *q, .fn = fn, .arg = arg };

	if (atomic_load(&shows_bound) >= 0 || !would_show_bound(q) || !is_home() ||
	    probe_open(&d.probe))
		return diag_sockets(q, fn, arg);
	return dump_with_probe(&d);
}

int diag_shows_bound(void)
{
	static const uint64_t none[1024];
	const struct question q = { .ports = none, .proto = PW_TCP, .states = 1u << PW_BOUND };
	struct dump d = { .q = &q, .request = q };
	int err, shows = atomic_load(&shows_bound);

	if (shows >= 0)
		return shows;
	err = probe_open(&d.probe) ?: dump_with_probe(&d);
	return err ?: atomic_load(&shows_bound);
}

/* ---- one socket ---- */

struct seek {
	uint64_t cookie, inode; /* either */
	bool timewait;
	bool found;
};

static int on_candidate(void *arg, const struct pw_rec *rec)
{
	struct seek *s = arg;

	if (rec->timewait == s->timewait &&
	    (s->cookie ? rec->sock.cookie == s->cookie : rec->inode == s->inode))
		s->found = true;
	return 0;
}

/* states: bit per enum pw_state, 0: all. For a connection the kernel goes through the table of all.
 */
static int seek_port(struct seek *s, uint8_t proto, uint16_t port, uint32_t states)
{
	uint64_t ports[1024] = {};
	struct question q = { .ports = ports, .proto = proto, .states = states };
	int err;

	ports[port / 64] |= 1ull << port % 64;
	err = diag_sockets(&q, on_candidate, s);
	return err ?: s->found;
}

static int look_up(const struct seek *seek, const struct pw_sock *s)
{
	_cleanup_close_ int fd = sockdiag_open();
	struct inet_diag_msg m;
	struct diag_msg d = { .proto = s->proto };
	struct seek copy = *seek;
	struct pw_rec rec;
	int err = fd < 0 ? fd : sockdiag_find(fd, s, &m);

	if (err)
		return err;
	d.m = m;
	diag_msg_record(&d, &rec);
	on_candidate(&copy, &rec);
	return copy.found;
}

static int alive(struct seek *seek, const struct pw_sock *s)
{
	int err;

	/* Several may have the same addresses, and then the kernel shows any: only a yes counts. */
	if (look_up(seek, s) == 1)
		return 1;
	err = seek_port(seek, s->proto, s->lport, 0);
	if (err || s->proto != PW_TCP || (s->state != PW_BOUND && s->state != PW_CLOSE))
		return err;
	err = diag_shows_bound();
	return err == 0 ? -EOPNOTSUPP : err < 0 ? err : 0;
}

int diag_alive(uint64_t cookie, const struct pw_sock *s)
{
	struct seek seek = { .cookie = cookie, .timewait = s->state == PW_TIME_WAIT };

	return cookie ? alive(&seek, s) : -EINVAL;
}

int diag_alive_inode(uint64_t inode, const struct pw_sock *s)
{
	struct seek seek = { .inode = inode };

	return inode ? alive(&seek, s) : -EINVAL;
}
