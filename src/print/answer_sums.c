// SPDX-License-Identifier: GPL-2.0-or-later
#include "print/answer_sums.h"

#include "model/names.h"
#include "print/text_parts.h"

struct sums {
	size_t of[PW_STATE_MAX];
};

/* A request socket has a state of its own in the kernel, and SYN_RECV for a name. */
static struct sums count(const struct answer *a)
{
	struct sums sums = {};

	for (size_t i = 0; i < a->nr_sockets; i++) {
		uint8_t state = a->sockets[i].s.state;

		if (state < PW_STATE_MAX)
			sums.of[state == PW_NEW_SYN_RECV ? PW_SYN_RECV : state]++;
	}
	return sums;
}

/* Servers first. */
static const uint8_t order[] = { PW_LISTEN,	PW_UNCONN,   PW_BOUND,	   PW_ESTABLISHED,
				 PW_SYN_SENT,	PW_SYN_RECV, PW_FIN_WAIT1, PW_FIN_WAIT2,
				 PW_CLOSE_WAIT, PW_LAST_ACK, PW_CLOSING,   PW_CLOSE,
				 PW_TIME_WAIT };

void answer_sums_text(struct strbuf *out, const struct answer *a)
{
	struct sums sums = count(a);
	size_t start;

	strbuf_addf(out, "%zu socket%s: ", a->nr_sockets, a->nr_sockets == 1 ? "" : "s");
	start = out->len;
	for (size_t i = 0; i < sizeof(order); i++) {
		if (!sums.of[order[i]])
			continue;
		text_parts_comma(out, start);
		strbuf_addf(out, "%zu %s", sums.of[order[i]], names_state(order[i]));
	}
	strbuf_addc(out, '\n');
}

void answer_sums_json(struct json *j, const struct answer *a)
{
	struct sums sums = count(a);

	json_object(j, "states");
	for (size_t i = 0; i < sizeof(order); i++)
		if (sums.of[order[i]])
			json_u64(j, names_state(order[i]), sums.of[order[i]]);
	json_end(j);
}
