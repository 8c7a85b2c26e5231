// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/bindrules.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unit.h"

/* An address to bind to, as bind() takes it and as portwatch writes it. */
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
	{ AF_INET6, "::1", true },
	{ AF_INET6, "fd00::2", false },
	{ AF_INET6, "::ffff:127.0.0.1", false },
	{ AF_INET6, "::ffff:0.0.0.0", false },
};

/* A socket in one of the ways that a program can make it. */
struct shape {
	const struct place *place;
	int type; /* SOCK_STREAM, SOCK_DGRAM */
	bool reuseaddr, reuseport, listens;
};

/* ---- what bind() does ------------------------------------------------------------------- */

static void set(int fd, int level, int name, int value)
{
	assert_int_equal(setsockopt(fd, level, name, &value, sizeof(value)), 0);
}

static int open_as(const struct shape *s)
{
	int fd = socket(s->place->family, s->type | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	set(fd, SOL_IP, IP_FREEBIND, 1);
	set(fd, SOL_SOCKET, SO_REUSEADDR, s->reuseaddr);
	set(fd, SOL_SOCKET, SO_REUSEPORT, s->reuseport);
	if (s->place->family == AF_INET6)
		set(fd, SOL_IPV6, IPV6_V6ONLY, s->place->v6only);
	return fd;
}

static int bind_to(int fd, const struct place *p, uint16_t port)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };

	if (p->family == AF_INET) {
		inet_pton(AF_INET, p->addr, &v4.sin_addr);
		return bind(fd, (void *)&v4, sizeof(v4)) ? -errno : 0;
	}
	inet_pton(AF_INET6, p->addr, &v6.sin6_addr);
	return bind(fd, (void *)&v6, sizeof(v6)) ? -errno : 0;
}

static uint16_t port_of(int fd)
{
	struct sockaddr_storage at;
	socklen_t len = sizeof(at);

	assert_int_equal(getsockname(fd, (void *)&at, &len), 0);
	return ntohs(at.ss_family == AF_INET ? ((struct sockaddr_in *)&at)->sin_port :
					       ((struct sockaddr_in6 *)&at)->sin6_port);
}

/* Make the socket under a port of the kernel's choice, which nothing else has: no other bind has
 * changed yet what the kernel remembers of the port. */
static int make(const struct shape *s, uint16_t *ret_port)
{
	int fd = open_as(s);

	assert_int_equal(bind_to(fd, s->place, 0), 0);
	if (s->listens)
		assert_int_equal(listen(fd, 1), 0);
	*ret_port = port_of(fd);
	return fd;
}

/* bind() sets the option by itself when the address is neither the wildcard nor v4-mapped. */
static bool is_v6only(int fd)
{
	int value = 0;
	socklen_t len = sizeof(value);

	getsockopt(fd, SOL_IPV6, IPV6_V6ONLY, &value, &len);
	return value;
}

/* ---- what the model says ---------------------------------------------------------------- */

static struct socket socket_of(const struct shape *s, uint16_t port)
{
	struct socket so = { .sk = 1, .bind = { .known = 1, .uid = getuid() } };

	so.s.proto = s->type == SOCK_STREAM ? PW_TCP : PW_UDP;
	so.s.state = s->listens ? PW_LISTEN : s->type == SOCK_STREAM ? PW_BOUND : PW_UNCONN;
	so.s.family = s->place->family == AF_INET ? PW_INET : PW_INET6;
	inet_pton(s->place->family, s->place->addr, so.s.laddr.b);
	so.s.lport = port;
	so.s.flags = (s->reuseaddr ? PW_F_REUSEADDR : 0) | (s->reuseport ? PW_F_REUSEPORT : 0) |
		     (s->place->v6only ? PW_F_V6ONLY : 0);
	return so;
}

static struct bind_request request_of(const struct shape *s, uint16_t port)
{
	struct bind_request r = {
		.uid = getuid(),
		.port = port,
		.proto = s->type == SOCK_STREAM ? PW_TCP : PW_UDP,
		.family = s->place->family == AF_INET ? PW_INET : PW_INET6,
		.reuseaddr = s->reuseaddr,
		.reuseport = s->reuseport,
		.v6only = s->place->v6only,
	};

	inet_pton(s->place->family, s->place->addr, r.addr.b);
	return r;
}

static bool says(const struct socket *holder, const struct bind_request *r)
{
	return bindable_among(&holder, 1, r);
}

/* ---- the two compared ------------------------------------------------------------------- */

static void describe(const char *who, const struct shape *s)
{
	print_error("%s: %s %s%s%s%s%s\n", who, s->type == SOCK_STREAM ? "tcp" : "udp",
		    s->place->addr, s->place->v6only ? " v6only" : "",
		    s->reuseaddr ? " reuseaddr" : "", s->reuseport ? " reuseport" : "",
		    s->listens ? " listens" : "");
}

static void compare(const struct shape *holder, const struct shape *want)
{
	uint16_t port;
	int held = make(holder, &port), fd = open_as(want);
	struct socket so = socket_of(holder, port);
	struct bind_request r = request_of(want, port);
	int result = bind_to(fd, want->place, port);
	bool said;

	so.s.flags |= is_v6only(held) ? PW_F_V6ONLY : 0;
	said = says(&so, &r);
	close(fd);
	close(held);
	if (result && result != -EADDRINUSE)
		fail_msg("bind: %s", strerror(-result));
	if (said == !result)
		return;
	describe("holder", holder);
	describe("bind", want);
	fail_msg("the model says %s, bind() says %s", said ? "bindable" : "not bindable",
		 strerror(-result));
}

static struct shape shape(size_t place, int type, unsigned int options, bool listens)
{
	return (struct shape){
		.place = &places[place],
		.type = type,
		.reuseaddr = options & 1,
		.reuseport = options & 2,
		.listens = listens,
	};
}

/* Every pair of places and options, with a holder of this kind. */
static void compare_all(int type, bool listens)
{
	for (size_t h = 0; h < ARRAY_SIZE(places); h++)
		for (size_t w = 0; w < ARRAY_SIZE(places); w++)
			for (unsigned int options = 0; options < 16; options++) {
				struct shape holder = shape(h, type, options & 3, listens);
				struct shape want = shape(w, type, options >> 2, false);

				compare(&holder, &want);
			}
}

static void test_bound(void **state)
{
	(void)state;
	compare_all(SOCK_STREAM, false);
}

static void test_listening(void **state)
{
	(void)state;
	compare_all(SOCK_STREAM, true);
}

static void test_udp(void **state)
{
	(void)state;
	compare_all(SOCK_DGRAM, false);
}

/* ---- what takes a second user, another namespace or a race to see ------------------------- */

static const struct shape plain = { .place = &places[0], .type = SOCK_STREAM };
static const struct shape grouped = { .place = &places[0], .type = SOCK_STREAM, .reuseport = true };

static void test_other_sockets_do_not_matter(void **state)
{
	struct socket so = socket_of(&plain, 8000);
	struct bind_request r = request_of(&plain, 8000);

	(void)state;
	assert_false(says(&so, &r));
	r.port = 8001;
	assert_true(says(&so, &r));
	r.port = 8000, r.proto = PW_UDP;
	assert_true(says(&so, &r));
	r.proto = PW_TCP, r.netns = 7, so.s.netns = 8;
	assert_true(says(&so, &r));
	so.s.netns = 7;
	assert_false(says(&so, &r));
	r.netns = 0;
	assert_false(says(&so, &r));
}

/* A connection to an IPv6 address was not bound to it, so it is not IPV6_V6ONLY. The kernel
 * compares it with IPv4 addresses as if it had 127.0.0.6. */
static void test_ipv6_connection_has_an_ipv4_address(void **state)
{
	struct shape six = { .place = &places[6], .type = SOCK_STREAM };
	struct shape any = plain, loopback6 = plain;
	struct socket so = socket_of(&six, 8000);
	struct bind_request r = request_of(&any, 8000);

	(void)state;
	so.s.state = PW_ESTABLISHED, so.s.flags = 0;
	assert_false(says(&so, &r));
	loopback6.place = &places[3];
	r = request_of(&loopback6, 8000);
	assert_true(says(&so, &r)); /* TCP looks for the address in a table by address */
	r.proto = so.s.proto = PW_UDP;
	assert_false(says(&so, &r));
	loopback6.place = &places[1];
	r = request_of(&loopback6, 8000);
	r.proto = PW_UDP;
	assert_true(says(&so, &r));
}

static void test_request_socket_holds_no_port(void **state)
{
	struct socket so = socket_of(&plain, 8000);
	struct bind_request r = request_of(&plain, 8000);

	(void)state;
	so.s.state = PW_SYN_RECV, so.sk = 0;
	assert_true(says(&so, &r));
	/* A connection in this state has a sock, and holds it. */
	so.sk = 1;
	assert_false(says(&so, &r));
}

static void test_group_is_of_one_user(void **state)
{
	struct socket so = socket_of(&grouped, 8000);
	struct bind_request r = request_of(&grouped, 8000);

	(void)state;
	assert_true(says(&so, &r));
	r.uid++;
	assert_false(says(&so, &r));
	/* TIME-WAIT has no user any more. */
	so.timewait = true, so.s.state = PW_TIME_WAIT;
	assert_true(says(&so, &r));
	/* Without facts about the bind, the creator's user counts. */
	so.timewait = false, so.bind.known = 0, so.s.creator.uid = r.uid;
	assert_true(says(&so, &r));
}

static void test_time_wait(void **state)
{
	struct socket so = socket_of(&plain, 8000);
	struct bind_request r = request_of(&plain, 8000);

	(void)state;
	so.timewait = true, so.s.state = PW_TIME_WAIT;
	r.reuseaddr = true;
	assert_false(says(&so, &r));
	so.s.flags |= PW_F_REUSEADDR;
	assert_true(says(&so, &r));
	r.reuseaddr = false;
	assert_false(says(&so, &r));
}

/* When everybody so far has set an option the kernel does not look at the sockets any more, so
 * a socket whose option was taken back later is not in the way. */
static void test_memory_of_a_port(void **state)
{
	struct socket so = socket_of(&plain, 8000);
	struct bind_request r = request_of(&plain, 8000);

	(void)state;
	r.reuseaddr = true;
	so.bind.fastreuse = 1;
	assert_false(says(&so, &r)); /* no bucket: the rest says nothing */
	so.bind.fast_family = PW_INET;
	assert_true(says(&so, &r));
	so.bind.fastreuse = -1;
	assert_false(says(&so, &r));

	r.reuseaddr = false, r.reuseport = true;
	so.bind.fastreuseport = 1, so.bind.fast_uid = r.uid;
	assert_true(says(&so, &r));
	so.bind.fast_uid = r.uid + 1;
	assert_false(says(&so, &r));
	/* FASTREUSEPORT_STRICT: only for the address that was bound last. */
	so.bind.fast_uid = r.uid, so.bind.fastreuseport = 2;
	assert_true(says(&so, &r));
	so.bind.fast_addr = address("127.0.0.9", &so.bind.fast_family);
	assert_false(says(&so, &r));
	/* An IPv6 address makes the new socket IPV6_V6ONLY, and so none of IPv4's. */
	so.s.laddr = address("::1", &so.s.family);
	r.addr = address("::1", &r.family);
	so.bind.fast_addr = address("127.0.0.6", &so.bind.fast_family);
	assert_false(says(&so, &r));
}

/* UDP: the first socket of the hash chain whose address is in the way decides. */
static void test_udp_order_decides(void **state)
{
	struct shape udp = { .place = &places[0], .type = SOCK_DGRAM };
	struct shape udp_grouped = { .place = &places[0], .type = SOCK_DGRAM, .reuseport = true };
	struct socket allows = socket_of(&udp_grouped, 53), refuses = socket_of(&udp, 53);
	const struct socket *all[] = { &refuses, &allows };
	struct bind_request r = request_of(&udp_grouped, 53);

	(void)state;
	allows.sk = 10, refuses.sk = 20;
	allows.bind.next = 20;
	assert_true(bindable_among(all, 2, &r));
	allows.bind.next = 0, refuses.bind.next = 10;
	assert_false(bindable_among(all, 2, &r));
	/* Where the order is not known the answer is no. */
	refuses.bind.next = 0;
	assert_false(bindable_among(all, 2, &r));
	/* A chain that leads round ends. */
	allows.bind.next = 10;
	assert_false(bindable_among(all, 2, &r));
}

/* inet_bind_conflict(), udp_lib_lport_inuse() */
static void test_devices(void **state)
{
	static const struct {
		uint32_t ours, theirs;
		bool free;
	} rows[] = {
		{ 0, 0, false }, { 0, 2, false }, { 2, 0, false }, { 2, 2, false }, { 2, 3, true }
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		for (int type = 0; type < 2; type++) {
			struct shape shape = { .place = &places[0],
					       .type = type ? SOCK_DGRAM : SOCK_STREAM,
					       .listens = !type };
			struct socket there = socket_of(&shape, 53);
			const struct socket *all[] = { &there };
			struct bind_request r = request_of(&shape, 53);

			there.s.ifindex = rows[i].theirs;
			r.ifindex = rows[i].ours;
			assert_row(i, bindable_among(all, 1, &r) == rows[i].free);
			assert_row(i, bind_conflicts(&r, &there) != rows[i].free);
		}
	}
}

/* TCP counts a port once in each VRF, UDP does not (inet_bind_bucket_match()). */
static void test_vrfs(void **state)
{
	struct shape tcp = { .place = &places[0], .type = SOCK_STREAM, .listens = true };
	struct shape udp = { .place = &places[0], .type = SOCK_DGRAM };
	struct socket there = socket_of(&tcp, 53), datagrams = socket_of(&udp, 53);
	const struct socket *all[] = { &there }, *udps[] = { &datagrams };
	struct bind_request r = request_of(&tcp, 53), u = request_of(&udp, 53);

	(void)state;
	there.s.ifindex = 5;
	there.bind.vrf = 9;
	snprintf(there.device, sizeof(there.device), "vrf-a");
	bind_on_device(&r, all, 1, "");
	assert_true(bindable_among(all, 1, &r));
	bind_on_device(&r, all, 1, "vrf-a");
	assert_int_equal(r.ifindex, 5);
	assert_int_equal(r.vrf, 9);
	assert_false(bindable_among(all, 1, &r));
	bind_on_device(&r, all, 1, "eth0");
	assert_true(bindable_among(all, 1, &r));
	/* A socket of which no VRF is known is taken to be in the way. */
	there.bind.known = 0;
	bind_on_device(&r, all, 1, "");
	assert_false(bindable_among(all, 1, &r));
	datagrams.s.ifindex = 5;
	bind_on_device(&u, udps, 1, "");
	assert_false(bindable_among(udps, 1, &u));
}

static void test_all_sockets_of_an_answer(void **state)
{
	_cleanup_(answer_done) struct answer a = {};
	struct pw_sock other = sock(PW_LISTEN, "0.0.0.0", 8001, NULL, 0);
	struct pw_sock here = sock(PW_LISTEN, "127.0.0.1", 8000, NULL, 0);
	struct bind_request r = request_of(&plain, 8000);

	(void)state;
	add_socket(&a, &other);
	assert_int_equal(bindable(&a, &r), 1);
	add_socket(&a, &here);
	assert_int_equal(bindable(&a, &r), 0);
	assert_true(bind_conflicts(&r, &a.sockets[1]));
	assert_false(bind_conflicts(&r, &a.sockets[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bound),
		cmocka_unit_test(test_listening),
		cmocka_unit_test(test_udp),
		cmocka_unit_test(test_other_sockets_do_not_matter),
		cmocka_unit_test(test_ipv6_connection_has_an_ipv4_address),
		cmocka_unit_test(test_request_socket_holds_no_port),
		cmocka_unit_test(test_group_is_of_one_user),
		cmocka_unit_test(test_time_wait),
		cmocka_unit_test(test_memory_of_a_port),
		cmocka_unit_test(test_udp_order_decides),
		cmocka_unit_test(test_devices),
		cmocka_unit_test(test_vrfs),
		cmocka_unit_test(test_all_sockets_of_an_answer),
	};

	return cmocka_run_group_tests_name("bindrules", tests, NULL, NULL);
}
