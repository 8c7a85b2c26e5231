// SPDX-License-Identifier: GPL-2.0-or-later
#include "tables/diag_request.h"

#include <linux/sock_diag.h>
#include <string.h>

#define BIT(state) (1u << (state))
#define TCP_BOUND_INACTIVE 13 /* include/net/tcp_states.h, from 6.8; earlier kernels ignore it */

_Static_assert(PW_BOUND == TCP_BOUND_INACTIVE, "the bit of PW_BOUND is the kernel's");

struct range {
	uint16_t first, last;
};

static bool has(const uint64_t *ports, uint32_t port)
{
	return ports[port / 64] >> port % 64 & 1;
}

/* The ports as ranges: how many there are, 0 if more than there is room for. */
static size_t to_ranges(const uint64_t *ports, struct range *ranges)
{
	size_t nr = 0;

	for (uint32_t port = 0; port < 65536; port++) {
		if (!(port % 64) && !ports[port / 64]) {
			port += 63;
			continue;
		}
		if (!has(ports, port))
			continue;
		if (nr && ranges[nr - 1].last + 1u == port) {
			ranges[nr - 1].last = port;
			continue;
		}
		if (nr == DIAG_RANGES)
			return 0;
		ranges[nr++] = (struct range){ port, port };
	}
	return nr;
}

/*
 * Each range is a comparison with either end, and a jump to the end of it all, which takes the
 * socket. One that is false goes on to the next range; 4 bytes past the end refuse it
 * (inet_diag_bc_run in net/ipv4/inet_diag.c). Returns the number of bytes.
 */
static size_t compile(const struct range *ranges, size_t nr, struct inet_diag_bc_op *op)
{
	static const size_t step = DIAG_RANGE_OPS * sizeof(*op);
	size_t len = nr * step - sizeof(*op); /* the last one needs no jump */

	for (size_t i = 0; i < nr; i++, op += DIAG_RANGE_OPS) {
		op[0] = (struct inet_diag_bc_op){ INET_DIAG_BC_S_GE, 2 * sizeof(*op), step };
		op[1] = (struct inet_diag_bc_op){ .no = ranges[i].first };
		op[2] = (struct inet_diag_bc_op){ INET_DIAG_BC_S_LE, 2 * sizeof(*op),
						  step - 2 * sizeof(*op) };
		op[3] = (struct inet_diag_bc_op){ .no = ranges[i].last };
		if (i + 1 < nr)
			op[4] = (struct inet_diag_bc_op){ INET_DIAG_BC_JMP, sizeof(*op),
							  len - i * step - 4 * sizeof(*op) };
	}
	return len;
}

static void add_filter(struct diag_request *r, const uint64_t *ports)
{
	struct nlattr *attr = (void *)((char *)r + r->head.nlmsg_len);
	struct range ranges[DIAG_RANGES];
	size_t nr = to_ranges(ports, ranges);

	if (!nr)
		return;
	attr->nla_type = INET_DIAG_REQ_BYTECODE;
	attr->nla_len = sizeof(*attr) + compile(ranges, nr, (void *)(attr + 1));
	r->head.nlmsg_len += attr->nla_len;
}

/* States in which a socket always has a struct socket. */
#define NEVER_SMALL (BIT(PW_LISTEN) | BIT(PW_CLOSE) | BIT(PW_BOUND))

static uint32_t tcp_states(const struct question *q)
{
	uint32_t states = q->states ?: ~0u;

	/* A TIME-WAIT socket is looked up by its sub-state. */
	if (states & BIT(PW_TIME_WAIT))
		states |= BIT(PW_FIN_WAIT2);
	if (states & BIT(PW_SYN_RECV))
		states |= BIT(PW_NEW_SYN_RECV);
	return q->small ? states & ~NEVER_SMALL : states;
}

static uint32_t udp_states(const struct question *q)
{
	return (question_wants_state(q, PW_ESTABLISHED) ? BIT(PW_ESTABLISHED) : 0) |
	       (question_wants_state(q, PW_UNCONN) ? BIT(PW_CLOSE) : 0);
}

void diag_request(struct diag_request *ret, uint8_t family, uint8_t proto, const struct question *q)
{
	uint32_t states = proto == PW_TCP ? tcp_states(q) : udp_states(q);

	memset(ret, 0, sizeof(*ret));
	ret->head.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	if (family) {
		ret->head.nlmsg_type = SOCK_DIAG_BY_FAMILY;
		ret->head.nlmsg_len = NLMSG_LENGTH(sizeof(ret->v2));
		ret->v2.sdiag_family = family;
		ret->v2.sdiag_protocol = proto;
		ret->v2.idiag_ext = 1 << (INET_DIAG_SKMEMINFO - 1); /* what was dropped */
		ret->v2.idiag_states = states;
	} else {
		ret->head.nlmsg_type = TCPDIAG_GETSOCK;
		ret->head.nlmsg_len = NLMSG_LENGTH(sizeof(ret->both));
		ret->both.idiag_ext = 1 << (INET_DIAG_SKMEMINFO - 1);
		ret->both.idiag_states = states;
	}
	if (q->ports)
		add_filter(ret, q->ports);
}
