// SPDX-License-Identifier: GPL-2.0-or-later
/* The formats of tracefs, and the pages of a trace buffer. */
#include "unit.h"

#include "live/format.h"
#include "live/page.h"
#include "live/trace.h"

static const char state_format[] =
	"name: inet_sock_set_state\nID: 2287\nformat:\n"
	"\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"
	"\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"
	"\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"
	"\tfield:const void * skaddr;\toffset:8;\tsize:8;\tsigned:0;\n"
	"\tfield:int oldstate;\toffset:16;\tsize:4;\tsigned:1;\n"
	"\tfield:int newstate;\toffset:20;\tsize:4;\tsigned:1;\n"
	"\tfield:__u16 sport;\toffset:24;\tsize:2;\tsigned:0;\n"
	"\tfield:__u16 dport;\toffset:26;\tsize:2;\tsigned:0;\n"
	"\tfield:__u16 family;\toffset:28;\tsize:2;\tsigned:0;\n"
	"\tfield:__u16 protocol;\toffset:30;\tsize:2;\tsigned:0;\n"
	"\tfield:__u8 saddr[4];\toffset:32;\tsize:4;\tsigned:0;\n"
	"\tfield:__u8 daddr[4];\toffset:36;\tsize:4;\tsigned:0;\n"
	"\tfield:__u8 saddr_v6[16];\toffset:40;\tsize:16;\tsigned:0;\n"
	"\tfield:__u8 daddr_v6[16];\toffset:56;\tsize:16;\tsigned:0;\n\n"
	"print fmt: \"family=%s\", REC->family\n";

static const char page_format[] = "\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;\n"
				  "\tfield: local_t commit;\toffset:8;\tsize:8;\tsigned:1;\n"
				  "\tfield: int overwrite;\toffset:8;\tsize:1;\tsigned:1;\n"
				  "\tfield: char data;\toffset:16;\tsize:4080;\tsigned:0;\n";

static void test_fields(void **state)
{
	struct format f;
	const struct format_field *field;

	(void)state;
	assert_int_equal(format_parse(state_format, &f), 0);
	assert_int_equal(f.id, 2287);
	field = format_find(&f, "saddr_v6");
	assert_int_equal(field->offset, 40);
	assert_int_equal(field->size, 16);
	assert_false(field->is_signed);
	assert_true(format_find(&f, "common_pid")->is_signed);
	assert_int_equal(format_find(&f, "saddr")->size, 4);
	assert_int_equal(format_find(&f, "skaddr")->offset, 8);
	assert_int_equal(format_find(&f, "cookie")->size, 0);
}

static void test_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"name: x\nID: 5\n",
		"ID: x\n\tfield:int a;\toffset:0;\tsize:4;\tsigned:1;\n",
		"ID: 5\n\tfield:int a;\tsize:4;\tsigned:1;\n",
		"ID: 5\n\tfield:int a;\toffset:0;\tsigned:1;\n",
		"ID: 5\n\tfield:int a;\toffset:99999999;\tsize:4;\n",
		"ID: 5\n\tfield:;\toffset:0;\tsize:4;\n",
		"ID: 5\n\tfield:int a_name_that_is_longer_than_any_there_is;\toffset:0;\tsize:4;\n",
	};
	struct format f;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		char *text = exact(bad[i], strlen(bad[i]) + 1);

		assert_row(i, format_parse(text, &f) == -EINVAL);
		free(text);
	}
}

static void test_numbers(void **state)
{
	static const uint8_t record[] = { 0xff, 0xfe, 0xff, 0xff, 0xff, 0x01 };
	struct format_field f = { .offset = 1, .size = 4, .is_signed = true };

	(void)state;
	assert_int_equal((int64_t)format_number(&f, record, sizeof(record)), -2);
	f.is_signed = false;
	assert_int_equal(format_number(&f, record, sizeof(record)), 0xfffffffe);
	f.size = 1;
	f.offset = 5;
	assert_int_equal(format_number(&f, record, sizeof(record)), 1);
	/* Past the end there is nothing. */
	f.offset = 6;
	assert_int_equal(format_number(&f, record, sizeof(record)), 0);
	f.offset = 0;
	f.size = 3;
	assert_int_equal(format_number(&f, record, sizeof(record)), 0);
}

static void test_text(void **state)
{
	static const struct format_field loc = { .offset = 0, .size = 4, .elsewhere = true };
	char record[16] = { 8, 0, 5, 0, 0, 0, 0, 0, 'c', 'u', 'r', 'l', 0 }, text[8], tiny[3];

	(void)state;
	format_text(&loc, record, sizeof(record), text, sizeof(text));
	assert_string_equal(text, "curl");
	format_text(&loc, record, sizeof(record), tiny, sizeof(tiny));
	assert_string_equal(tiny, "cu");
	record[0] = 14; /* reaches beyond the record */
	format_text(&loc, record, sizeof(record), text, sizeof(text));
	assert_string_equal(text, "");
}

/* ---- pages ---- */

struct got {
	uint64_t times[8];
	char first[8];
	size_t nr;
};

static int on_record(void *arg, uint64_t time_ns, const void *record, size_t len)
{
	struct got *g = arg;

	assert_true(g->nr < ARRAY_SIZE(g->times));
	g->times[g->nr] = time_ns;
	g->first[g->nr++] = len ? *(const char *)record : '-';
	return 0;
}

struct page_bytes {
	uint64_t time, commit;
	uint32_t data[16];
};

#define HEAD(type, delta) ((uint32_t)(type) | (uint32_t)(delta) << 5)

static int walk(const struct page_bytes *p, struct got *g, uint64_t *lost)
{
	struct page_layout l;

	assert_int_equal(page_layout_parse(page_format, &l), 0);
	return page_walk(&l, p, sizeof(*p), on_record, g, lost);
}

static void test_page(void **state)
{
	struct page_bytes p = {
		.time = 1000,
		.commit = 44,
		.data = {
			HEAD(1, 5), 'a',		/* 4 bytes */
			HEAD(0, 10), 8, 'b',		/* its length beside it: 4 and 4 */
			HEAD(30, 1), 2,			/* much later: 2 << 27 and 1 */
			HEAD(1, 0), 'c',
			HEAD(29, 7), 4,			/* a discarded one */
			HEAD(1, 1), 'd',
		},
	};
	struct got g = {};
	uint64_t lost = 99, late = 1015 + (2ull << 27) + 1;

	(void)state;
	p.commit = 13 * 4;
	assert_int_equal(walk(&p, &g, &lost), 0);
	assert_int_equal(lost, 0);
	assert_int_equal(g.nr, 4);
	assert_memory_equal(g.first, "abcd", 4);
	assert_int_equal(g.times[0], 1005);
	assert_int_equal(g.times[1], 1015);
	assert_int_equal(g.times[2], late);
	assert_int_equal(g.times[3], late + 8);
}

static void test_page_lost(void **state)
{
	struct page_bytes p = { .commit = 8 | 1ull << 31, .data = { HEAD(1, 0), 'a', 77 } };
	struct got g = {};
	uint64_t lost = 0;

	(void)state;
	assert_int_equal(walk(&p, &g, &lost), 0);
	assert_int_equal(lost, 1); /* how many is not said */
	p.commit |= 1ull << 30;
	assert_int_equal(walk(&p, &g, &lost), 0);
	assert_int_equal(lost, 77);
}

static void test_page_damaged(void **state)
{
	static const struct page_bytes bad[] = {
		{ .commit = 4096, .data = { HEAD(1, 0) } },
		{ .commit = 8, .data = { HEAD(28, 0), 'a' } },
		{ .commit = 8, .data = { HEAD(0, 0), 3 } },
		{ .commit = 8, .data = { HEAD(0, 0), 0xffffffff } },
		{ .commit = 8, .data = { HEAD(29, 1), 0xffffffff } },
	};
	uint64_t lost;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct got g = {};

		assert_row(i, walk(&bad[i], &g, &lost) == -EBADMSG);
	}
}

/* ---- events ---- */

static const struct trace_event *event_of(enum trace_kind kind)
{
	for (size_t i = 0; i < trace_nr_events; i++)
		if (trace_events[i].kind == kind)
			return &trace_events[i];
	return NULL;
}

static void test_decode(void **state)
{
	uint8_t record[72] = { 0xef, 0x08, 0x10, 0, 0x39, 0x30 };
	struct trace_format f;
	struct trace t;

	(void)state;
	assert_int_equal(trace_format_parse(event_of(TRACE_STATE), state_format, &f), 0);
	assert_int_equal(trace_id(&f, record, sizeof(record)), 2287);
	memcpy(record + 16, &(int){ PW_SYN_RECV }, 4);
	memcpy(record + 20, &(int){ PW_ESTABLISHED }, 4);
	memcpy(record + 24, &(uint16_t){ 8000 }, 2);
	memcpy(record + 28, &(uint16_t){ PW_INET }, 2);
	memcpy(record + 32, "\x7f\0\0\1", 4);
	trace_decode(&f, 7, record, sizeof(record), &t);
	assert_int_equal(t.tid, 12345);
	assert_false(t.in_process); /* a soft interrupt: whose it was means nothing */
	assert_int_equal(t.old_state, PW_SYN_RECV);
	assert_int_equal(t.new_state, PW_ESTABLISHED);
	assert_int_equal(t.lport, 8000);
	assert_memory_equal(&t.laddr, "\x7f\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0", 16);
	record[2] = 0;
	trace_decode(&f, 7, record, sizeof(record), &t);
	assert_true(t.in_process);
	/* Of another event this is no format. */
	assert_int_equal(trace_format_parse(event_of(TRACE_EXIT), state_format, &f), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),	     cmocka_unit_test(test_refused),
		cmocka_unit_test(test_numbers),	     cmocka_unit_test(test_text),
		cmocka_unit_test(test_page),	     cmocka_unit_test(test_page_lost),
		cmocka_unit_test(test_page_damaged), cmocka_unit_test(test_decode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
