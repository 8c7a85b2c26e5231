// SPDX-License-Identifier: GPL-2.0-or-later
#include "print/text_parts.h"

#include "unit.h"

static struct strbuf out;

/* Take what was added. */
static const char *taken(void)
{
	static char text[256];

	snprintf(text, sizeof(text), "%s", strbuf_str(&out));
	strbuf_done(&out);
	return text;
}

static bool host(void *arg, uint8_t family, const struct pw_addr *a, char *buf, size_t size)
{
	(void)arg, (void)family, (void)a;
	snprintf(buf, size, "localhost");
	return true;
}

static bool port(void *arg, uint8_t proto, uint16_t number, char *buf, size_t size)
{
	(void)arg, (void)proto;
	snprintf(buf, size, "http");
	return number == 80;
}

static void test_endpoint(void **state)
{
	const struct out_names names = { .host = host, .port = port };
	uint8_t family;
	struct pw_addr a = address("::1", &family);

	(void)state;
	text_parts_endpoint(&out, NULL, PW_TCP, family, &a, 80);
	assert_string_equal(taken(), "[::1]:80");
	text_parts_endpoint(&out, &names, PW_TCP, family, &a, 80);
	assert_string_equal(taken(), "localhost:http");
	text_parts_endpoint(&out, &names, PW_TCP, family, &a, 81);
	assert_string_equal(taken(), "localhost:81");
	text_parts_address(&out, NULL, family, &a);
	assert_string_equal(taken(), "::1");
	text_parts_bound(&out, NULL, PW_UDP, family, &a, 53, "lo");
	assert_string_equal(taken(), "[::1%lo]:53");
	/* A wildcard has no name, and neither has a port that is not known. */
	a = address("0.0.0.0", &family);
	text_parts_endpoint(&out, &names, PW_TCP, family, &a, 0);
	assert_string_equal(taken(), "0.0.0.0:*");
}

static void test_served(void **state)
{
	struct socket v4 = { .s = sock(PW_LISTEN, "127.0.0.1", 8000, NULL, 0) };
	struct socket v6 = { .s = sock(PW_LISTEN, "::1", 8000, NULL, 0) };
	struct socket any = { .s = sock(PW_LISTEN, "0.0.0.0", 8000, NULL, 0) };
	struct socket any6 = { .s = sock(PW_LISTEN, "::", 8000, NULL, 0) };

	(void)state;
	text_parts_served(&out, NULL, &v4, NULL);
	assert_string_equal(taken(), "127.0.0.1:8000");
	text_parts_served(&out, NULL, &v6, &v4);
	assert_string_equal(taken(), "127.0.0.1,[::1]:8000");
	text_parts_served(&out, NULL, &any, NULL);
	assert_string_equal(taken(), "0.0.0.0:8000");
	text_parts_served(&out, NULL, &any, &any6);
	assert_string_equal(taken(), "*:8000");
	text_parts_served(&out, NULL, &any6, NULL);
	assert_string_equal(taken(), "*:8000");
	any6.s.flags = PW_F_V6ONLY;
	text_parts_served(&out, NULL, &any6, NULL);
	assert_string_equal(taken(), "[::]:8000");
}

/* A name may fill all its bytes, without a NUL behind. */
static void test_process(void **state)
{
	char words[] = "nginx\0-g\0daemon off;\0";
	const struct process p = { .cmdline = words, .cmdline_len = sizeof(words) - 1 };
	const struct process unknown = {};

	(void)state;
	text_parts_process(&out, "0123456789abcdefNEXT", 7);
	assert_string_equal(taken(), "0123456789abcdef[7]");
	text_parts_process(&out, "nginx", 0);
	assert_string_equal(taken(), "nginx");
	text_parts_person(&out, "", 7, NULL);
	assert_string_equal(taken(), "a nameless process (pid 7)");
	text_parts_person(&out, "nginx", 7, "www");
	assert_string_equal(taken(), "nginx (pid 7, www)");
	text_parts_command(&out, &p);
	assert_string_equal(taken(), "nginx -g daemon off;");
	text_parts_command(&out, &unknown);
	assert_string_equal(taken(), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_endpoint),
		cmocka_unit_test(test_served),
		cmocka_unit_test(test_process),
	};

	return cmocka_run_group_tests_name("text_parts", tests, NULL, NULL);
}
