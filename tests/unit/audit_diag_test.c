// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/audit_diag.h"

#include "audit.h"

static void look(struct picture *p, struct faults *f)
{
	picture_sort(p);
	assert_int_equal(audit_diag(p, f), 0);
}

/* Give how many sockets of sock_diag nobody else knows of. */
static size_t unseen(struct picture *p)
{
	struct faults f = {};
	size_t nr;

	look(p, &f);
	nr = f.list.nr;
	faults_done(&f);
	return nr;
}

static void test_none(void **state)
{
	_cleanup_(picture_done) struct picture p = {};

	(void)state;
	assert_int_equal(unseen(&p), 0);
	/* A socket that ended in between is of no interest here. */
	*VEC_ADD(&p.kernel) = (struct audit_socket){ .sk = 1 };
	assert_int_equal(unseen(&p), 0);
	*VEC_ADD(&p.diag) = sock(PW_LISTEN, "127.0.0.1", 8000, NULL, 0);
	p.kernel.nr = 0;
	assert_int_equal(unseen(&p), 1);
}

/* Every part of the address tells sockets apart; what sock_diag does not tell does not. */
static void test_tuple(void **state)
{
	struct pw_sock s = sock(PW_ESTABLISHED, "10.0.0.1", 8000, "10.0.0.2", 9), k;

	(void)state;
	for (size_t i = 0; i < 8; i++) {
		_cleanup_(picture_done) struct picture p = {};

		k = s;
		k.netns += i == 0;
		k.proto = i == 1 ? PW_UDP : PW_TCP;
		k.family = i == 2 ? PW_INET6 : PW_INET;
		k.lport += i == 3;
		k.rport += i == 4;
		k.laddr.b[0] += i == 5;
		k.raddr.b[0] += i == 6;
		k.cookie = 5, k.backlog = 6, k.flags = PW_F_REUSEADDR;
		*VEC_ADD(&p.diag) = s;
		*VEC_ADD(&p.kernel) = (struct audit_socket){ .sk = 1, .s = k };
		assert_row(i, unseen(&p) == (i < 7));
	}
}

/* Of one address as many must be known as there are (SO_REUSEPORT). */
static void test_counts_each_once(void **state)
{
	struct pw_sock s = sock(PW_LISTEN, "127.0.0.1", 8000, NULL, 0);
	_cleanup_(picture_done) struct picture p = {};
	struct faults f = {};

	(void)state;
	for (uint64_t sk = 1; sk <= 3; sk++) {
		*VEC_ADD(&p.diag) = s;
		assert_int_equal(unseen(&p), 1);
		*VEC_ADD(&p.kernel) = (struct audit_socket){ .sk = sk, .s = s };
		assert_int_equal(unseen(&p), 0);
	}
	*VEC_ADD(&p.diag) = s;
	*VEC_ADD(&p.diag) = s;
	look(&p, &f);
	assert_int_equal(f.list.v[0].at.s.lport, 8000);
	assert_found(&f, FAULT_UNSEEN, FAULT_UNSEEN);
}

/* A live entry knows of a socket that the iterators do not show, once. */
static void test_entries_in_flight(void **state)
{
	struct pw_sock s = sock(PW_FIN_WAIT1, "10.0.0.1", 8000, "10.0.0.2", 9);
	_cleanup_(picture_done) struct picture p = {};

	(void)state;
	*VEC_ADD(&p.diag) = s;
	*VEC_ADD(&p.entries) = (struct audit_socket){ .sk = 7, .s = s, .alive = true };
	assert_int_equal(unseen(&p), 0);
	p.entries.v[0].alive = false;
	assert_int_equal(unseen(&p), 1);
	p.entries.v[0].alive = true;
	*VEC_ADD(&p.diag) = s;
	*VEC_ADD(&p.kernel) = (struct audit_socket){ .sk = 7, .s = s };
	assert_int_equal(unseen(&p), 1); /* both are socket 7 */
	p.entries.v[0].sk = 8;
	assert_int_equal(unseen(&p), 0);
}

/* The addresses of a TCP socket without a connection change without an event. */
static void test_addresses_that_are_not_followed(void **state)
{
	static const struct {
		uint8_t proto, state;
		bool followed;
	} rows[] = {
		{ PW_TCP, PW_BOUND, false },	  { PW_TCP, PW_CLOSE, false },
		{ PW_TCP, PW_LISTEN, true },	  { PW_TCP, PW_SYN_SENT, true },
		{ PW_TCP, PW_ESTABLISHED, true }, { PW_UDP, PW_CLOSE, true },
		{ PW_UDP, PW_BOUND, true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		for (size_t n = 0; n < 4; n++) {
			struct pw_sock k = { .proto = rows[i].proto, .state = rows[i].state };
			_cleanup_(picture_done) struct picture p = {};

			k.lport = 8000;
			k.laddr.b[1] = k.raddr.b[1] = 10;
			*VEC_ADD(&p.kernel) = (struct audit_socket){ .sk = 1, .s = k };
			k.laddr.b[0] = n == 0;
			k.raddr.b[0] = n == 1;
			k.rport = n == 2;
			k.lport += n == 3; /* always followed */
			*VEC_ADD(&p.diag) = k;
			assert_row(i, unseen(&p) == (rows[i].followed || n == 3));
		}
}

static void test_many_out_of_order(void **state)
{
	static const uint16_t diag[] = { 90, 3, 44, 7, 44, 1 }, kernel[] = { 44, 7, 200, 3, 2, 90 };
	_cleanup_(picture_done) struct picture p = {};
	struct faults f = {};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(diag); i++)
		*VEC_ADD(&p.diag) = sock(PW_LISTEN, "127.0.0.1", diag[i], NULL, 0);
	for (size_t i = 0; i < ARRAY_SIZE(kernel); i++)
		*VEC_ADD(&p.kernel) = (struct audit_socket){
			.sk = 100 - i,
			.s = sock(PW_LISTEN, "127.0.0.1", kernel[i], NULL, 0),
		};
	look(&p, &f);
	assert_int_equal(f.list.nr, 2);
	assert_int_equal(f.list.v[0].at.s.lport, 1);
	assert_int_equal(f.list.v[1].at.s.lport, 44);
	assert_found(&f, FAULT_UNSEEN, FAULT_UNSEEN);
}

/* Where it stands for iterators that are refused, a socket that only it shows has no entry. */
static void test_missing(void **state)
{
	_cleanup_(picture_done) struct picture p = { .by_diag = true };
	struct faults f = {};

	(void)state;
	*VEC_ADD(&p.diag) = sock(PW_LISTEN, "127.0.0.1", 8000, NULL, 0);
	look(&p, &f);
	assert_found(&f, FAULT_MISSING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_tuple),
		cmocka_unit_test(test_counts_each_once),
		cmocka_unit_test(test_entries_in_flight),
		cmocka_unit_test(test_addresses_that_are_not_followed),
		cmocka_unit_test(test_many_out_of_order),
		cmocka_unit_test(test_missing),
	};

	return cmocka_run_group_tests_name("audit_diag", tests, NULL, NULL);
}
