// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/lasts.h"

#include <stddef.h>

#define RTO_MIN_MS 200ull    /* TCP_RTO_MIN, include/net/tcp.h */
#define TIMEWAIT_MS 60000ull /* TCP_TIMEWAIT_LEN */
#define RETRIES 8u	     /* tcp_orphan_retries() in net/ipv4/tcp_timer.c, of an alive peer */
#define MAX_RETRIES 255u     /* ipv4_net_table, net/ipv4/sysctl_net_ipv4.c */
#define MAX_STEPS 1000

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* How often a peer is tried that still counts as alive: until the pauses are the longest. */
static unsigned int retries(const struct lasts_rules *rules, bool alive)
{
	unsigned int nr = rules->orphan_retries;

	if (!nr)
		return alive ? RETRIES : 0;
	return nr < MAX_RETRIES ? nr : MAX_RETRIES;
}

/* How long so many retransmissions take in theory, as tcp_model_timeout() has it. */
static uint64_t model_ms(unsigned int nr, uint64_t rto_max)
{
	uint64_t sum = 0, rto = RTO_MIN_MS;

	for (unsigned int i = 0; i <= nr; i++) {
		sum += rto;
		rto = least(2 * rto, rto_max);
	}
	return sum;
}

/* Return the time between the first retransmission and the moment when the timer runs. */
static uint64_t passed_ms(const struct lasts_timer *t, uint64_t rto, uint64_t rto_max)
{
	uint64_t sum = 0, first = rto >> least(t->retransmits, 63);

	first = first < RTO_MIN_MS ? RTO_MIN_MS : first;
	for (unsigned int i = 1; i <= t->retransmits && i < 64; i++)
		sum += least(first << least(i, 32), rto_max);
	return sum;
}

static bool answer_ms(const struct lasts_timer *t, const struct lasts_rules *rules,
		      uint64_t *ret_ms)
{
	uint64_t rto = t->rto_ms ? t->rto_ms : RTO_MIN_MS << least(t->retransmits, 10);
	uint64_t passed, in = t->expires_ms;
	unsigned int sent = t->retransmits;

	rto = least(rto < in ? in : rto, rules->rto_max_ms);
	passed = passed_ms(t, rto, rules->rto_max_ms);
	for (int i = 0; i < MAX_STEPS; i++) {
		unsigned int nr = retries(rules, rto < rules->rto_max_ms);

		if (sent && passed >= model_ms(nr, rules->rto_max_ms)) {
			*ret_ms = in;
			return true;
		}
		rto = least(2 * rto, rules->rto_max_ms);
		passed += rto;
		in += rto;
		sent++;
	}
	return false;
}

static bool room_ms(const struct lasts_timer *t, const struct lasts_rules *rules, uint64_t *ret_ms)
{
	bool answers = !t->probes || t->probes < t->backoff;
	uint64_t rto = t->rto_ms > RTO_MIN_MS ? t->rto_ms : RTO_MIN_MS, in = t->expires_ms;
	unsigned int backoff = t->backoff, probes = t->probes;

	for (int i = 0; i < MAX_STEPS; i++) {
		uint64_t pause = least(rto << least(backoff, 20), rules->rto_max_ms);
		bool alive = pause < rules->rto_max_ms;

		if ((!alive && backoff >= rules->orphan_retries) ||
		    probes >= retries(rules, alive)) {
			*ret_ms = in;
			return true;
		}
		backoff++;
		probes += !answers;
		in += least(rto << least(backoff, 20), rules->rto_max_ms);
	}
	return false;
}

bool lasts_ms(const struct lasts_timer *t, const struct lasts_rules *rules, uint64_t *ret_ms)
{
	switch (t->waits_for) {
	case LASTS_ANSWER:
		return answer_ms(t, rules, ret_ms);
	case LASTS_ROOM:
		return room_ms(t, rules, ret_ms);
	case LASTS_FIN:
		/* Of a longer timeout the last minute is TIME-WAIT's own, and it takes what is
		 * more than that once more (tcp_keepalive_timer()). */
		*ret_ms = t->expires_ms + (rules->fin_timeout_ms > TIMEWAIT_MS ?
						   rules->fin_timeout_ms - TIMEWAIT_MS :
						   0);
		return true;
	default:
		return false;
	}
}

const char *lasts_name(uint8_t waits_for)
{
	static const char *const names[LASTS_MAX] = {
		[LASTS_ANSWER] = "answer",
		[LASTS_ROOM] = "room",
		[LASTS_FIN] = "fin",
	};

	return names[waits_for];
}

void lasts_add(struct strbuf *out, uint8_t waits_for, unsigned int retransmits)
{
	static const char *const texts[LASTS_MAX] = {
		[LASTS_ANSWER] = "its peer has not confirmed the end of it",
		[LASTS_ROOM] = "its peer takes no more data",
		[LASTS_FIN] = "its peer has not closed its side",
	};

	if (!texts[waits_for])
		return;
	strbuf_adds(out, texts[waits_for]);
	if (waits_for == LASTS_ANSWER && retransmits)
		strbuf_addf(out, " (sent %u time%s again)", retransmits,
			    retransmits == 1 ? "" : "s");
}
