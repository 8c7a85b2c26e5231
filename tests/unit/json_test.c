// SPDX-License-Identifier: GPL-2.0-or-later
#include "print/json.h"

#include <locale.h>
#include <math.h>

#include "unit.h"

static void test_structure(void **state)
{
	struct capture c;
	struct json j;

	(void)state;
	capture_init(&c);
	json_init(&j, c.f);
	json_object(&j, NULL);
	json_u64(&j, "port", 8000);
	json_array(&j, "fds");
	json_u64(&j, NULL, 3);
	json_u64(&j, NULL, 4);
	json_end(&j);
	json_array(&j, "empty");
	json_end(&j);
	json_array(&j, "of");
	json_object(&j, NULL);
	json_end(&j);
	json_object(&j, NULL);
	json_bool(&j, "yes", true);
	json_bool(&j, "no", false);
	json_null(&j, "nothing");
	json_end(&j);
	json_str(&j, NULL, "x");
	json_end(&j);
	json_str(&j, "absent", NULL);
	json_str(&j, "last", "");
	json_end(&j);
	json_line(&j);
	json_array(&j, NULL);
	json_end(&j);
	json_line(&j);
	assert_int_equal(json_flush(&j), 0);
	assert_string_equal(capture_text(&c),
			    "{\"port\":8000,\"fds\":[3,4],\"empty\":[],\"of\":[{},{\"yes\":true,"
			    "\"no\":false,\"nothing\":null},\"x\"],\"last\":\"\"}\n[]\n");
	json_done(&j);
	capture_done(&c);
}

/* The text of one value. */
static const char *value(struct json *j)
{
	json_line(j);
	return strbuf_str(&j->buf);
}

static void test_numbers(void **state)
{
	struct json j;

	(void)state;
#define assert_value(want, call)                                                                   \
	do {                                                                                       \
		json_init(&j, NULL);                                                               \
		call;                                                                              \
		assert_string_equal(value(&j), want "\n");                                         \
		json_done(&j);                                                                     \
	} while (0)

	assert_value("0", json_u64(&j, NULL, 0));
	assert_value("18446744073709551615", json_u64(&j, NULL, UINT64_MAX));
	assert_value("-9223372036854775808", json_i64(&j, NULL, INT64_MIN));
	assert_value("-1", json_i64(&j, NULL, -1));
	assert_value("9223372036854775807", json_i64(&j, NULL, INT64_MAX));
	assert_value("93210.5", json_milli(&j, NULL, 93210500));
	assert_value("0.0", json_milli(&j, NULL, 0));
	assert_value("0.001", json_milli(&j, NULL, 1));
	assert_value("12.0", json_milli(&j, NULL, 12000));
	assert_value("1.05", json_milli(&j, NULL, 1050));
	assert_value("1.50", json_double(&j, NULL, 1.5, 2));
	assert_value("-3", json_double(&j, NULL, -3.2, 0));
	assert_value("null", json_double(&j, NULL, NAN, 2));
	assert_value("null", json_double(&j, NULL, INFINITY, 2));
	assert_value("null", json_double(&j, NULL, -INFINITY, 2));
}

static void test_strings(void **state)
{
	static const struct {
		const char *in, *want;
	} rows[] = {
		{ "tracd", "\"tracd\"" },
		{ "a\"b\\c", "\"a\\\"b\\\\c\"" },
		{ "\n\r\t", "\"\\n\\r\\t\"" },
		{ "\001\033[31m\177", "\"\\u0001\\u001b[31m\\u007f\"" },
		{ "Größe 日本", "\"Größe 日本\"" },
		{ "\xf0\x9f\x9a\x80", "\"\xf0\x9f\x9a\x80\"" },
		{ "\xc2\x9b", "\"\\u009b\"" },
		{ "\xff", "\"\xef\xbf\xbd\"" },
		{ "a\xffz", "\"a\xef\xbf\xbdz\"" },
		{ "\xc0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ "\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ "\xe2\x82", "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ "</script>", "\"</script>\"" },
	};
	struct json j;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t len = strlen(rows[i].in);
		_cleanup_free_ char *in = exact(rows[i].in, len);

		json_init(&j, NULL);
		json_strn(&j, NULL, in, len);
		assert_int_equal(j.error, 0);
		assert_string_equal(strbuf_str(&j.buf), rows[i].want);
		json_done(&j);
	}
	assert_value("\"a\\u0000b\"", json_strn(&j, NULL, "a\0b", 3));
	assert_value("\"0123456789abcdef\"", json_comm(&j, NULL, "0123456789abcdefg"));
	assert_value("\"x\"", json_comm(&j, NULL, "x\0y"));
	assert_value("\"\"", json_comm(&j, NULL, ""));
}

static void test_errors(void **state)
{
	_cleanup_fclose_ FILE *full = fopen("/dev/full", "w");
	struct json j;

	(void)state;
	assert_non_null(full);
	json_init(&j, full);
	json_str(&j, NULL, "x");
	json_line(&j);
	assert_int_equal(json_flush(&j), -ENOSPC);
	/* The first error stays. */
	json_str(&j, NULL, "y");
	json_line(&j);
	assert_int_equal(json_flush(&j), -ENOSPC);
	json_done(&j);

	json_init(&j, full);
	json_end(&j);
	json_str(&j, NULL, "x");
	assert_null(strbuf_reserve(&j.buf, SIZE_MAX));
	assert_int_equal(json_flush(&j), -EINVAL);
	json_done(&j);

	/* Our own mistakes are errors, not broken documents or crashes. */
	json_init(&j, NULL);
	json_end(&j);
	assert_int_not_equal(json_flush(&j), 0);
	json_done(&j);
	json_init(&j, NULL);
	for (int i = 0; i < 100; i++)
		json_array(&j, NULL);
	assert_int_not_equal(json_flush(&j), 0);
	json_done(&j);
	json_init(&j, NULL);
	assert_null(strbuf_reserve(&j.buf, SIZE_MAX));
	json_str(&j, NULL, "lost");
	assert_int_equal(json_flush(&j), -ENOMEM);
	json_done(&j);
}

static void test_large(void **state)
{
	struct capture c;
	struct json j;
	size_t commas = 0;

	(void)state;
	capture_init(&c);
	json_init(&j, c.f);
	json_array(&j, NULL);
	for (uint64_t i = 0; i < 200000; i++) {
		json_object(&j, NULL);
		json_u64(&j, "n", i);
		json_end(&j);
	}
	json_end(&j);
	json_line(&j);
	assert_int_equal(json_flush(&j), 0);
	/* The document went out in pieces: the buffer has not grown to the whole. */
	assert_true(j.buf.cap < 200000);
	for (const char *p = capture_text(&c); *p; p++)
		commas += *p == ',';
	assert_int_equal(commas, 199999);
	json_done(&j);
	capture_done(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_structure), cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_strings),	  cmocka_unit_test(test_errors),
		cmocka_unit_test(test_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
