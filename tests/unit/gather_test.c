// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/gather.h"

#include "unit.h"

#define SK(n) (0xffff888000000000ull + (n)*64)

/* A listener as a look at the kernel's socket shows it. */
static struct pw_rec listener(unsigned int nr, uint32_t backlog)
{
	return (struct pw_rec){ .sk = SK(nr),
				.has_socket = 1,
				.bind.known = 1,
				.sock = { .cookie = nr,
					  .lport = 8000 + nr,
					  .proto = PW_TCP,
					  .state = PW_LISTEN,
					  .backlog = backlog } };
}

static void tell(struct gather *g, unsigned int nr, uint32_t backlog)
{
	struct pw_rec rec = listener(nr, backlog);

	assert_int_equal(gather_socket(g, &rec), 0);
}

static bool is_not(void *arg, const struct answer *a, const struct socket *s)
{
	(void)a;
	return s->s.lport != *(uint16_t *)arg;
}

static void test_a_record_adds_to_its_own_socket_when_others_were_dropped(void **state)
{
	static const struct query q;
	struct answer a = {};
	struct gather g = { .q = &q, .a = &a };

	(void)state;
	for (unsigned int nr = 1; nr <= 4; nr++)
		tell(&g, nr, nr);
	assert_int_equal(gather_keep(&g, is_not, &(uint16_t){ 8002 }), 0);
	assert_int_equal(a.nr_sockets, 3);
	for (unsigned int nr = 1; nr <= 4; nr++)
		tell(&g, nr, nr + 10);
	assert_int_equal(a.nr_sockets, 4);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(a.sockets[i].s.backlog, a.sockets[i].s.cookie + 10);
	/* The dropped socket was added anew. */
	assert_int_equal(a.sockets[3].s.lport, 8002);
	sockmap_done(&g.by_id);
	answer_done(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_record_adds_to_its_own_socket_when_others_were_dropped),
	};

	return cmocka_run_group_tests_name("gather", tests, NULL, NULL);
}
