/* SPDX-License-Identifier: GPL-2.0-or-later */
/* churn: builders that the tests of churn and its parts share. */
#ifndef UNIT_CHURN_H
#define UNIT_CHURN_H

#include "model/churn.h"
#include "model/churn_sort.h"
#include "unit.h"

#define NETNS 4026531840
#define SECOND UINT64_C(1000000000)
#define SERVER 8000

unit_fn struct pw_actor web, worker;

unit_fn void begin_at(struct churn *c, uint64_t seconds, uint64_t entered, uint64_t left)
{
	struct churn_query look = {
		.time_ns = (100 + seconds) * SECOND,
		.interval_ns = 2 * SECOND,
		.counted = true,
		.exact = true,
	};
	struct churn_netns n = {
		.inode = NETNS,
		.max = 1000,
		.first = 32768,
		.last = 60999,
		.timestamps = true,
		.tw_reuse = 2,
		.reuse_delay_ms = 1000,
	};

	look.stats[PW_STAT_TW_ENTERED] = entered;
	look.stats[PW_STAT_TW_LEFT] = left;
	churn_begin(c, &look);
	assert_int_equal(churn_add_netns(c, &n), 0);
}

unit_fn void add(struct churn *c, const char *local, uint16_t lport, const char *remote,
		 uint16_t rport, enum pw_side side, const struct pw_actor *who, bool timewait,
		 int64_t age_ms)
{
	struct pw_churn_rec rec = {
		.pair = { .lport = lport, .rport = rport, .netns = NETNS },
		.state = timewait ? PW_TIME_WAIT : PW_ESTABLISHED,
		.side = side,
		.timewait = timewait,
	};
	struct churn_socket s = { &rec, age_ms, age_ms < 0 ? -1 : 60000 - age_ms };

	rec.pair.laddr = address(local, &rec.family);
	rec.pair.raddr = address(remote, &rec.family);
	if (who) {
		rec.tgid = who->tgid;
		rec.start_ns = who->start_ns;
		assert_int_equal(churn_add_process(c, who), 0);
	}
	assert_int_equal(churn_add_socket(c, &s, true), 0);
}

unit_fn void count(struct churn *c, const char *remote, uint16_t rport, const struct pw_actor *who,
		   uint64_t since, uint64_t entered)
{
	struct pw_churn_key key = {
		.tgid = who->tgid, .start_ns = who->start_ns, .netns = NETNS, .rport = rport
	};
	struct pw_churn value = { .since_ns = since, .entered = entered, .actor = *who };

	key.laddr = address("10.0.0.2", &key.family);
	key.raddr = address(remote, &key.family);
	assert_int_equal(churn_add_count(c, &key, &value, true), 0);
}

unit_fn struct churn_peer *heaviest_peer(struct churn *c)
{
	size_t nr;
	_cleanup_free_ struct churn_peer **v = churn_sort_peers(c, CHURN_BY_CURRENT, &nr);

	assert_non_null(v);
	return nr ? v[0] : NULL;
}

#endif
