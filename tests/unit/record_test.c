// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/record.h"

#include "unit.h"

static const struct record_info info = {
	.abi = PW_ABI,
	.netns = 4026531840,
	.boot_to_real = 1767268800000000000,
	.start_ns = 123456789,
};

static void test_header(void **state)
{
	uint8_t buf[RECORD_HEADER_LEN], bad[RECORD_HEADER_LEN];
	struct record_info got = {};

	(void)state;
	record_header_encode(&info, buf);
	assert_int_equal(record_header_decode(buf, sizeof(buf), &got), 0);
	assert_memory_equal(&got, &info, sizeof(info));

	for (size_t len = 0; len < sizeof(buf); len++) {
		_cleanup_free_ char *cut = exact((char *)buf, len);

		assert_int_equal(record_header_decode((uint8_t *)cut, len, &got), -EBADMSG);
	}
	/* Any single bit. */
	for (size_t i = 0; i < sizeof(buf) * 8; i++) {
		memcpy(bad, buf, sizeof(buf));
		bad[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_int_equal(record_header_decode(bad, sizeof(bad), &got), -EBADMSG);
	}
	memset(bad, 0, sizeof(bad));
	assert_int_equal(record_header_decode(bad, sizeof(bad), &got), -EBADMSG);
	assert_memory_equal(&got, &info, sizeof(info));
}

static void test_other_writers(void **state)
{
	uint8_t buf[RECORD_HEADER_LEN];
	struct record_info other = info, got;

	(void)state;
	/* From the future: sound, but not for us. */
	other.abi = PW_ABI + 1;
	record_header_encode(&other, buf);
	assert_int_equal(record_header_decode(buf, sizeof(buf), &got), -ESTALE);

	/* From a big-endian machine. */
	record_header_encode(&info, buf);
	for (size_t i = 8; i < 10; i++) {
		uint8_t swap = buf[i];

		buf[i] = buf[19 - i];
		buf[19 - i] = swap;
	}
	assert_int_equal(record_header_decode(buf, sizeof(buf), &got), -EILSEQ);
}

static void test_event(void **state)
{
	struct pw_event ev = event(PW_EV_STATE, "10.0.0.1", 80, "10.0.0.2", 40000), got;
	uint8_t buf[RECORD_EVENT_LEN];

	(void)state;
	ev.old_state = PW_SYN_RECV;
	ev.new_state = PW_ESTABLISHED;
	ev.actor = actor(12, "nginx");
	memset(&got, 0x55, sizeof(got));
	record_event_encode(41, &ev, buf);
	assert_int_equal(record_event_decode(41, buf, sizeof(buf), &got), 0);
	assert_memory_equal(&got, &ev, sizeof(ev));

	memset(&got, 0x55, sizeof(got));
	/* In another place of the file it is not that event. */
	assert_int_equal(record_event_decode(40, buf, sizeof(buf), &got), -EBADMSG);
	assert_int_equal(record_event_decode(42, buf, sizeof(buf), &got), -EBADMSG);
	for (size_t len = 0; len < sizeof(buf); len++) {
		_cleanup_free_ char *cut = exact((char *)buf, len);

		assert_int_equal(record_event_decode(41, (uint8_t *)cut, len, &got), -EBADMSG);
	}
	for (size_t i = 0; i < sizeof(buf) * 8; i++) {
		buf[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_int_equal(record_event_decode(41, buf, sizeof(buf), &got), -EBADMSG);
		buf[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	assert_int_equal(((uint8_t *)&got)[0], 0x55);
}

/* A file made by hand may have a right CRC around wrong numbers. */
static void test_insane(void **state)
{
	struct pw_event good = event(PW_EV_BIND, "10.0.0.1", 80, NULL, 0), got;
	struct pw_event bad[8];
	uint8_t buf[RECORD_EVENT_LEN];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		bad[i] = good;
	bad[0].kind = 0;
	bad[1].kind = PW_EV_MAX;
	bad[2].old_state = PW_STATE_MAX;
	bad[3].new_state = 255;
	bad[4].proto = 132;
	bad[5].family = 3;
	bad[6].call = PW_CALL_MAX;
	bad[7].proto = 0;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		record_event_encode(0, &bad[i], buf);
		assert_row(i, record_event_decode(0, buf, sizeof(buf), &got) == -EBADMSG);
	}

	record_event_encode(0, &good, buf);
	assert_int_equal(record_event_decode(0, buf, sizeof(buf), &got), 0);
	/* A loss belongs to no socket. */
	good = (struct pw_event){ .kind = PW_EV_LOST, .age_ns = 5 };
	record_event_encode(0, &good, buf);
	assert_int_equal(record_event_decode(0, buf, sizeof(buf), &got), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_other_writers),
		cmocka_unit_test(test_event),
		cmocka_unit_test(test_insane),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
