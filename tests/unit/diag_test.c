// SPDX-License-Identifier: GPL-2.0-or-later
/* Requests to sock_diag, and records made of its messages. */
#include "unit.h"

#include <arpa/inet.h>
#include <linux/sock_diag.h>

#include "tables/diag_msg.h"
#include "tables/diag_request.h"

/* ---- requests: run the filter as the kernel does (net/ipv4/inet_diag.c, inet_diag_bc_run) ---- */

static bool filter_takes(const struct diag_request *r, uint16_t sport)
{
	const struct nlattr *attr = (const void *)((const char *)r + NLMSG_LENGTH(sizeof(r->v2)));
	const char *bc = (const char *)(attr + 1);
	int len = attr->nla_len - (int)sizeof(*attr);

	assert_int_equal(attr->nla_type, INET_DIAG_REQ_BYTECODE);
	assert_int_equal(r->head.nlmsg_len, NLMSG_LENGTH(sizeof(r->v2)) + attr->nla_len);
	assert_true(r->head.nlmsg_len <= sizeof(*r));
	while (len > 0) {
		const struct inet_diag_bc_op *op = (const void *)bc;
		bool yes = true;

		if (op->code == INET_DIAG_BC_S_GE)
			yes = sport >= op[1].no;
		else if (op->code == INET_DIAG_BC_S_LE)
			yes = sport <= op[1].no;
		else
			assert_int_equal(op->code, INET_DIAG_BC_JMP);
		if (op->code == INET_DIAG_BC_JMP)
			yes = false;
		assert_true((yes ? op->yes : op->no) >= 4);
		bc += yes ? op->yes : op->no;
		len -= yes ? op->yes : op->no;
	}
	assert_true(len == 0 || len == -4);
	return len == 0;
}

static void add(uint64_t *ports, uint32_t first, uint32_t last)
{
	for (uint32_t p = first; p <= last; p++)
		ports[p / 64] |= 1ull << p % 64;
}

static void check_filter(const uint64_t *ports)
{
	struct question q = { .ports = ports };
	struct diag_request r;

	diag_request(&r, PW_INET6, PW_TCP, &q);
	assert_int_equal(r.head.nlmsg_type, SOCK_DIAG_BY_FAMILY);
	assert_int_equal(r.v2.sdiag_family, PW_INET6);
	assert_int_equal(r.v2.sdiag_protocol, PW_TCP);
	for (uint32_t p = 0; p < 65536; p++)
		assert_row(p, filter_takes(&r, p) == !!(ports[p / 64] >> p % 64 & 1));
}

static void filters(void **state)
{
	static const uint16_t one[] = { 1, 63, 64, 8000, 65535 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(one); i++) {
		uint64_t ports[1024] = {};

		add(ports, one[i], one[i]);
		check_filter(ports);
	}

	uint64_t many[1024] = {};

	add(many, 0, 5);
	add(many, 60, 70);
	for (uint32_t i = 2; i < DIAG_RANGES - 1; i++)
		add(many, i * 1000, i * 1000 + i);
	add(many, 65000, 65535);
	check_filter(many);
}

static void filter_none(void **state)
{
	uint64_t ports[1024] = {};
	struct question q = { .ports = ports };
	struct diag_request r;

	(void)state;
	for (uint32_t i = 1; i <= DIAG_RANGES + 1; i++)
		add(ports, i * 2, i * 2);
	diag_request(&r, PW_INET, PW_UDP, &q);
	assert_int_equal(r.head.nlmsg_len, NLMSG_LENGTH(sizeof(r.v2)));
	q.ports = NULL;
	diag_request(&r, PW_INET, PW_UDP, &q);
	assert_int_equal(r.head.nlmsg_len, NLMSG_LENGTH(sizeof(r.v2)));
}

static void states(void **state)
{
	struct question q = {};
	struct diag_request r;

	(void)state;
	diag_request(&r, 0, PW_TCP, &q);
	assert_int_equal(r.head.nlmsg_type, TCPDIAG_GETSOCK);
	assert_int_equal(r.both.idiag_states, 0xffffffff);
	q.small = true;
	diag_request(&r, 0, PW_TCP, &q);
	assert_int_equal(r.both.idiag_states, ~(1u << 7 | 1u << 10 | 1u << 13));
	q = (struct question){ .states = 1u << PW_TIME_WAIT | 1u << PW_SYN_RECV };
	diag_request(&r, PW_INET, PW_TCP, &q);
	assert_int_equal(r.v2.idiag_states, 1u << 6 | 1u << 5 | 1u << 3 | 1u << 12);
	q.states = 1u << PW_UNCONN;
	diag_request(&r, PW_INET, PW_UDP, &q);
	assert_int_equal(r.v2.idiag_states, 1u << 7);
}

/* ---- messages ---- */

struct message {
	struct nlmsghdr head;
	struct inet_diag_msg m;
	char attributes[64];
};

/* Parsed from a copy that ends where the message does. */
static int parse(const struct message *m, uint8_t proto, struct diag_msg *ret)
{
	_cleanup_free_ void *copy = exact((const char *)m, m->head.nlmsg_len);

	return diag_msg_parse(copy, proto, ret);
}

static struct message message_of(uint8_t state, uint32_t inode)
{
	struct message m = {
		.head = { .nlmsg_len = NLMSG_LENGTH(sizeof(m.m)), .nlmsg_type = SOCK_DIAG_BY_FAMILY },
		.m = {
			.idiag_family = PW_INET,
			.idiag_state = state,
			.idiag_inode = inode,
			.idiag_uid = 1000,
			.idiag_wqueue = 128,
			.id = {
				.idiag_sport = htons(8000),
				.idiag_dport = htons(9000),
				.idiag_src = { htonl(0x7f000001), 0xffffffff },
				.idiag_dst = { htonl(0x7f000002) },
				.idiag_cookie = { 7, 1 },
			},
		},
	};

	return m;
}

static struct pw_rec record_of(const struct message *m, uint8_t proto)
{
	struct diag_msg d;
	struct pw_rec rec;

	assert_int_equal(parse(m, proto, &d), 0);
	diag_msg_record(&d, &rec);
	return rec;
}

static void listener(void **state)
{
	struct message m = message_of(PW_LISTEN, 77);
	struct pw_rec rec = record_of(&m, PW_TCP);
	struct pw_addr want = address("127.0.0.1", &(uint8_t){ 0 });

	(void)state;
	assert_int_equal(rec.kind, PW_REC_TCP);
	assert_int_equal(rec.sock.state, PW_LISTEN);
	assert_int_equal(rec.sock.lport, 8000);
	assert_int_equal(rec.sock.rport, 0);			   /* a leftover */
	assert_memory_equal(&rec.sock.laddr, &want, sizeof(want)); /* no more than 4 bytes */
	assert_int_equal(rec.sock.backlog, 128);
	assert_int_equal(rec.sock.cookie, 1ull << 32 | 7);
	assert_int_equal(rec.inode, 77);
	assert_true(rec.has_socket && rec.has_uid && !rec.timewait);
	assert_int_equal(rec.bind.uid, 1000);
	assert_int_equal(rec.bind.known, 0);
}

static void states_shown(void **state)
{
	static const struct {
		uint8_t proto, shown, state;
		uint32_t inode, flags;
	} rows[] = {
		{ PW_TCP, PW_CLOSE, PW_BOUND, 5, 0 },
		{ PW_UDP, PW_CLOSE, PW_UNCONN, 5, 0 },
		{ PW_UDP, PW_ESTABLISHED, PW_ESTABLISHED, 5, 0 },
		{ PW_TCP, PW_ESTABLISHED, PW_ESTABLISHED, 5, 0 },
		{ PW_TCP, PW_ESTABLISHED, PW_ESTABLISHED, 0, PW_F_RELEASED },
		{ PW_TCP, PW_FIN_WAIT1, PW_FIN_WAIT1, 0, PW_F_RELEASED },
		{ PW_TCP, PW_NEW_SYN_RECV, PW_SYN_RECV, 0, 0 },
		{ PW_TCP, PW_SYN_RECV, PW_SYN_RECV, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct message m = message_of(rows[i].shown, rows[i].inode);
		struct pw_rec rec = record_of(&m, rows[i].proto);

		assert_row(i, rec.sock.state == rows[i].state);
		assert_row(i, rec.sock.flags == rows[i].flags);
		assert_row(i, rec.has_socket == !!rows[i].inode);
		assert_row(i, rec.has_uid == !!rows[i].inode);
		assert_row(i, !rec.timewait);
	}
}

static void timewait(void **state)
{
	struct message m = message_of(PW_FIN_WAIT2, 0);
	struct pw_rec rec;

	(void)state;
	m.m.idiag_timer = 3;
	m.m.idiag_expires = 59944;
	rec = record_of(&m, PW_TCP);
	assert_true(rec.timewait && !rec.has_socket && !rec.has_uid);
	assert_int_equal(rec.sock.flags, 0);
	assert_int_equal(rec.hz, 1000);
	assert_int_equal(rec.expires, 59944);
	/* The probe timer of an open socket is not that of TIME-WAIT. */
	m.m.idiag_inode = 3;
	rec = record_of(&m, PW_TCP);
	assert_false(rec.timewait);
}

static size_t attribute(struct message *m, size_t at, uint16_t type, uint16_t len, uint8_t value)
{
	memcpy(m->attributes + at, &(struct nlattr){ len, type }, sizeof(struct nlattr));
	m->attributes[at + sizeof(struct nlattr)] = value;
	m->head.nlmsg_len = NLMSG_LENGTH(sizeof(m->m)) + at + len;
	return at + NLA_ALIGN(len);
}

static void v6only(void **state)
{
	struct message m = message_of(PW_LISTEN, 77);
	size_t at;

	(void)state;
	m.m.idiag_family = PW_INET6;
	at = attribute(&m, 0, INET_DIAG_SHUTDOWN, 5, 1);
	attribute(&m, at, INET_DIAG_SKV6ONLY, 5, 1);
	assert_int_equal(record_of(&m, PW_TCP).sock.flags, PW_F_V6ONLY);
	attribute(&m, at, INET_DIAG_SKV6ONLY, 5, 0);
	assert_int_equal(record_of(&m, PW_TCP).sock.flags, 0);
}

static void hostile(void **state)
{
	struct message m = message_of(PW_LISTEN, 77);
	struct diag_msg d;

	(void)state;
	for (uint32_t len = sizeof(m.head); len < NLMSG_LENGTH(sizeof(m.m)); len++) {
		m.head.nlmsg_len = len;
		assert_int_equal(parse(&m, PW_TCP, &d), -EINVAL);
	}
	m = message_of(PW_LISTEN, 77);
	m.head.nlmsg_type = NLMSG_NOOP;
	assert_int_equal(parse(&m, PW_TCP, &d), -EINVAL);
	m = message_of(PW_LISTEN, 77);
	m.m.idiag_family = 1;
	assert_int_equal(parse(&m, PW_TCP, &d), -EINVAL);
	/* An attribute longer than what is left, shorter than its head, and one without a value. */
	for (uint16_t len = 0; len < 12; len++) {
		m = message_of(PW_LISTEN, 77);
		m.m.idiag_family = PW_INET6;
		attribute(&m, 0, INET_DIAG_SKV6ONLY, len, 1);
		m.head.nlmsg_len = NLMSG_LENGTH(sizeof(m.m)) + 4;
		assert_int_equal(record_of(&m, PW_TCP).sock.flags, 0);
	}
}

static void wanted(void **state)
{
	uint64_t ports[1024] = {};
	struct question q = { .ports = ports };
	struct pw_rec rec = { .has_socket = 1, .sock = sock(PW_LISTEN, "::", 65535, NULL, 0) };

	(void)state;
	assert_false(question_wants(&q, &rec));
	add(ports, 65535, 65535);
	assert_true(question_wants(&q, &rec));
	q.states = 1u << PW_LISTEN;
	assert_true(question_wants(&q, &rec));
	q.proto = PW_UDP;
	assert_false(question_wants(&q, &rec));
	q = (struct question){ .small = true };
	assert_false(question_wants(&q, &rec));
	rec = (struct pw_rec){ .timewait = 1, .sock = sock(PW_FIN_WAIT2, "::", 1, NULL, 0) };
	assert_true(question_wants(&q, &rec));
	q.states = 1u << PW_FIN_WAIT2;
	assert_false(question_wants(&q, &rec));
	q.states = 1u << PW_TIME_WAIT;
	assert_true(question_wants(&q, &rec));
	rec.sock.lport = 0;
	assert_false(question_wants(&q, &rec));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(filters),	cmocka_unit_test(filter_none),
		cmocka_unit_test(states),	cmocka_unit_test(listener),
		cmocka_unit_test(states_shown), cmocka_unit_test(timewait),
		cmocka_unit_test(v6only),	cmocka_unit_test(hostile),
		cmocka_unit_test(wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
