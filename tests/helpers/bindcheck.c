// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bindcheck: does portwatch know what bind() would do? For one port every kind of bind (protocol,
 * family, address, SO_REUSEADDR, SO_REUSEPORT, IPV6_V6ONLY, user) is first asked of portwatch and
 * then really tried. Each difference is a line, and the exit status 1.
 *
 * Each bind is tried on each of the devices lo, d0 and d1 (SO_BINDTODEVICE), too, if d0 is there.
 *
 *	bindcheck [--live | --pin-dir DIR] PORT		with the sockets that are there
 *	bindcheck [--live] --random ROUNDS SEED PORT	with sockets of its own, at random
 *
 * Needs root, and a network namespace of its own.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/addr.h"
#include "base/cleanup.h"
#include "model/bindrules.h"
#include "model/names.h"
#include "model/verdict.h"
#include "sys/netns.h"
#include "track/query.h"

#define OTHER_UID 4711

static const struct place {
	int family;
	const char *addr;
	bool v6only;
} places[] = {
	{ AF_INET, "0.0.0.0", false },
	{ AF_INET, "127.0.0.1", false },
	{ AF_INET, "127.0.0.2", false },
	{ AF_INET, "127.0.0.6", false },
	{ AF_INET6, "::", false },
	{ AF_INET6, "::", true },
	{ AF_INET6, "::1", false },
	{ AF_INET6, "fd00::2", false },
	{ AF_INET6, "fd00::2", true },
	{ AF_INET6, "::ffff:127.0.0.1", false },
	{ AF_INET6, "::ffff:0.0.0.0", false },
};

struct attempt {
	const struct place *place;
	int type; /* SOCK_STREAM, SOCK_DGRAM */
	bool reuseaddr, reuseport;
	uid_t uid;
	const char *device; /* "": none */
};

static struct tracker *tracker;
static uint32_t netns;
static uint16_t port;
static struct answer seen;
static bool stale = true; /* is `seen`? */
static unsigned long asked, differences;

static void set(int fd, int level, int name, int value)
{
	if (setsockopt(fd, level, name, &value, sizeof(value)))
		err(2, "setsockopt %d %d", level, name);
}

static socklen_t fill(struct sockaddr_storage *to, const struct place *p)
{
	struct sockaddr_in *v4 = (void *)to;
	struct sockaddr_in6 *v6 = (void *)to;

	memset(to, 0, sizeof(*to));
	to->ss_family = p->family;
	if (p->family == AF_INET) {
		v4->sin_port = htons(port);
		inet_pton(AF_INET, p->addr, &v4->sin_addr);
		return sizeof(*v4);
	}
	v6->sin6_port = htons(port);
	inet_pton(AF_INET6, p->addr, &v6->sin6_addr);
	return sizeof(*v6);
}

/* The socket, or -EADDRINUSE; anything else is the end. */
static int really_bind(const struct attempt *a)
{
	struct sockaddr_storage to;
	socklen_t len = fill(&to, a->place);
	int fd;

	setfsuid(a->uid);
	fd = socket(a->place->family, a->type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	setfsuid(0);
	if (fd < 0)
		err(2, "socket");
	set(fd, SOL_IP, IP_FREEBIND, 1);
	set(fd, SOL_SOCKET, SO_REUSEADDR, a->reuseaddr);
	set(fd, SOL_SOCKET, SO_REUSEPORT, a->reuseport);
	if (*a->device && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, a->device, strlen(a->device)))
		err(2, "SO_BINDTODEVICE %s", a->device);
	if (a->place->family == AF_INET6)
		set(fd, SOL_IPV6, IPV6_V6ONLY, a->place->v6only);
	if (!bind(fd, (void *)&to, len))
		return fd;
	if (errno != EADDRINUSE)
		err(2, "bind %s", a->place->addr);
	close(fd);
	return -EADDRINUSE;
}

static void look(void)
{
	uint64_t ports[PORTSPEC_WORDS] = {};
	struct query q = { .ports = ports, .holders = true, .netns = netns };
	int r;

	if (!stale)
		return;
	answer_done(&seen);
	port_set(ports, port);
	r = query_run(tracker, &q, &seen);
	if (r)
		errx(2, "query: %s: %s", strerror(-r), tracker_reason());
	answer_sort(&seen, false);
	stale = false;
}

static struct bind_request request_of(const struct attempt *a)
{
	struct bind_request r = {
		.netns = netns,
		.uid = a->uid,
		.port = port,
		.proto = a->type == SOCK_STREAM ? PW_TCP : PW_UDP,
		.family = a->place->family,
		.reuseaddr = a->reuseaddr,
		.reuseport = a->reuseport,
		.v6only = a->place->v6only,
	};

	inet_pton(a->place->family, a->place->addr, r.addr.b);
	r.ifindex = if_nametoindex(a->device);
	if (bind_in_vrf(&r, &seen))
		err(2, "bind_in_vrf");
	return r;
}

static void show_seen(void)
{
	for (size_t i = 0; i < seen.nr_sockets; i++) {
		const struct socket *s = &seen.sockets[i];
		char local[ADDR_PORT_LEN], remote[ADDR_PORT_LEN];

		addr_format_port(s->s.family, &s->s.laddr, s->s.lport, local);
		addr_format_port(s->s.family, &s->s.raddr, s->s.rport, remote);
		printf("  %s %s %s%%%s %s%s%s%s%s uid=%d/%u holders=%zu fast=%d,%d,%u\n",
		       names_proto(s->s.proto), names_state(s->s.state), local, s->device, remote,
		       s->s.flags & PW_F_REUSEADDR ? " reuseaddr" : "",
		       s->s.flags & PW_F_REUSEPORT ? " reuseport" : "",
		       s->s.flags & PW_F_V6ONLY ? " v6only" : "", s->timewait ? " timewait" : "",
		       s->bind.known, s->bind.uid, s->nr_holders, s->bind.fastreuse,
		       s->bind.fastreuseport, s->bind.fast_uid);
	}
}

static void difference(const struct attempt *a, const char *what, int said, bool real)
{
	differences++;
	printf("DIFFERENCE %s %s%%%s%s%s%s uid %u: %s says %s, bind() %s\n",
	       a->type == SOCK_STREAM ? "tcp" : "udp", a->place->addr, a->device,
	       a->place->v6only ? " v6only" : "", a->reuseaddr ? " SO_REUSEADDR" : "",
	       a->reuseport ? " SO_REUSEPORT" : "", a->uid, what,
	       said ? "bindable" : "not bindable", real ? "succeeds" : "fails");
	show_seen();
}

/* Check what the user is told as "bindable", for the plain wildcards. */
static void check_verdict(const struct attempt *a, bool real)
{
	_cleanup_(portspec_done) struct portspec asked = {};
	struct verdict_facts facts = {
		.netns = netns,
		.may_bind_low = true,
		.family = a->place->family,
		.uid = a->uid,
		.v6only = a->place->v6only,
	};
	uint8_t proto = a->type == SOCK_STREAM ? PW_TCP : PW_UDP;
	struct port_range range = {};
	struct verdict *v;

	range.first = range.last = port;
	range.proto = proto;
	snprintf(range.device, sizeof(range.device), "%s", a->device);
	portspec_add_range(&asked, &range);
	if (verdict_fill(&seen, &asked, &facts) || seen.nr_verdicts != 1)
		errx(2, "verdict_fill");
	v = &seen.verdicts[0];
	if (v->bindable != real)
		difference(a, "verdict", v->bindable, real);
	verdict_done(v);
	seen.nr_verdicts = 0;
}

static void check_one(const struct attempt *a)
{
	struct bind_request r;
	int said, fd;

	look();
	r = request_of(a);
	said = bindable(&seen, &r);
	fd = really_bind(a);
	asked++;
	if (said != (fd >= 0))
		difference(a, "bindable()", said, fd >= 0);
	if (!a->reuseaddr && !a->reuseport &&
	    strspn(a->place->addr, "0.:") == strlen(a->place->addr))
		check_verdict(a, fd >= 0);
	/* A bind that succeeds may change what the kernel remembers of the port. */
	if (fd >= 0) {
		stale = true;
		close(fd);
	}
}

static const char *const devices[] = { "", "lo", "d0", "d1" };
static size_t nr_devices = 1;

static void check_place(const struct place *place, const char *device)
{
	static const uid_t uids[] = { 0, OTHER_UID };

	for (int type = 0; type < 2; type++)
		for (int options = 0; options < 4; options++)
			for (size_t u = 0; u < 2; u++) {
				struct attempt a = {
					.place = place,
					.type = type ? SOCK_DGRAM : SOCK_STREAM,
					.reuseaddr = options & 1,
					.reuseport = options & 2,
					.uid = uids[u],
					.device = device,
				};

				check_one(&a);
			}
}

static void check_all(void)
{
	stale = true;
	for (size_t p = 0; p < ARRAY_SIZE(places); p++)
		for (size_t d = 0; d < nr_devices; d++)
			check_place(&places[p], devices[d]);
}

/* ---- sockets at random ------------------------------------------------------------------ */

#define MAX_FDS 24

static int fds[MAX_FDS];
static size_t nr_fds;

static unsigned int pick(unsigned int n)
{
	return (unsigned int)random() % n;
}

static void keep(int fd)
{
	if (fd < 0)
		return;
	if (nr_fds == MAX_FDS)
		close(fd);
	else
		fds[nr_fds++] = fd;
}

static void drop(size_t i)
{
	close(fds[i]);
	fds[i] = fds[--nr_fds];
}

static void random_bind(void)
{
	struct attempt a = {
		.place = &places[pick(ARRAY_SIZE(places))],
		.type = pick(3) ? SOCK_STREAM : SOCK_DGRAM,
		.reuseaddr = pick(2),
		.reuseport = pick(2),
		.uid = pick(3) ? 0 : OTHER_UID,
		.device = devices[pick(nr_devices)],
	};
	int fd = really_bind(&a);

	if (fd >= 0 && a.type == SOCK_STREAM && pick(2))
		listen(fd, 8); /* may fail: somebody listens already */
	keep(fd);
}

/* Change an option of a socket after its bind. */
static void random_option(void)
{
	if (nr_fds)
		set(fds[pick(nr_fds)], SOL_SOCKET, pick(2) ? SO_REUSEADDR : SO_REUSEPORT, pick(2));
}

static void random_client(void)
{
	struct place p = places[pick(ARRAY_SIZE(places))];
	struct sockaddr_storage to;
	socklen_t len = fill(&to, &p);
	int fd = socket(p.family,
			(pick(4) ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct pollfd poll_fd = { .fd = fd, .events = POLLOUT };

	(void)!connect(fd, (void *)&to, len);
	poll(&poll_fd, 1, 5);
	keep(fd);
}

static void random_accept(void)
{
	int fd;

	if (!nr_fds)
		return;
	setfsuid(pick(3) ? 0 : OTHER_UID);
	fd = accept4(fds[pick(nr_fds)], NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	setfsuid(0);
	keep(fd);
}

static void random_step(void)
{
	switch (pick(10)) {
	case 0 ... 3:
		random_bind();
		break;
	case 4:
	case 5:
		random_client();
		break;
	case 6:
		random_accept();
		break;
	case 7:
		random_option();
		break;
	case 8:
		if (nr_fds)
			shutdown(fds[pick(nr_fds)], SHUT_RDWR);
		break;
	case 9:
		if (nr_fds)
			drop(pick(nr_fds));
		break;
	}
}

static void random_rounds(unsigned int rounds, unsigned int seed)
{
	for (unsigned int i = 0; i < rounds; i++) {
		unsigned long before = differences;

		srandom(seed + i);
		for (unsigned int steps = 1 + pick(20); steps; steps--)
			random_step();
		check_all();
		if (differences != before)
			printf("in round %u\n", seed + i);
		while (nr_fds)
			drop(0);
		port++; /* leaves TIME-WAIT behind */
	}
}

int main(int argc, char **argv)
{
	struct tracker_opts opts = {};
	bool live = false;
	int i = 1, r;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc > i && !strcmp(argv[i], "--live")) {
		live = true;
		i++;
	} else if (argc > i + 1 && !strcmp(argv[i], "--pin-dir")) {
		opts.pin_dir = argv[i + 1];
		i += 2;
	}
	if (argc <= i)
		errx(2, "bindcheck [--live | --pin-dir DIR] [--random ROUNDS SEED] PORT");
	r = opts.pin_dir ? tracker_open_pinned(&opts, &tracker) :
	    live	 ? tracker_new_live(&opts, &tracker) :
			   tracker_new_snapshot(&opts, &tracker);
	if (r)
		errx(2, "%s: %s", strerror(-r), tracker_reason());
	netns_self(&netns);
	if (if_nametoindex("d0"))
		nr_devices = ARRAY_SIZE(devices);
	port = atoi(argv[argc - 1]);
	if (!strcmp(argv[i], "--random"))
		random_rounds(atoi(argv[i + 1]), atoi(argv[i + 2]));
	else
		check_all();
	printf("asked %lu, %lu differences\n", asked, differences);
	answer_done(&seen);
	tracker_free(tracker);
	return differences ? 1 : 0;
}
