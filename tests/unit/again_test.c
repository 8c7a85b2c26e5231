// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/again.h"

#include "unit.h"

static const char *again(const char *command, int argc, const char **argv)
{
	again_remember(command, argc, (char **)argv);
	return again_as_root();
}

static void test_words(void **state)
{
	const char *plain[] = { "/usr/bin/portwatch", "8000", "--json" };
	const char *top[] = { "portwatch-top", "-i", "1" };
	const char *quoted[] = { "portwatch", "list", "--port", "!22", "--comm", "it's", "" };

	(void)state;
	assert_string_equal(again(NULL, 3, plain), "sudo portwatch 8000 --json");
	assert_string_equal(again("top", 3, top), "sudo portwatch top -i 1");
	assert_string_equal(again(NULL, 1, plain), "sudo portwatch");
	assert_string_equal(again(NULL, 7, quoted),
			    "sudo portwatch list --port '!22' --comm 'it'\\''s' ''");
}

static void test_words_of_no_terminal(void **state)
{
	const char *before[] = { "portwatch", "8000" }, *hostile[] = { "portwatch", "\33[2J" };
	const char *accents[] = { "portwatch", "--comm", "caf\303\251\\" };
	char many[200];
	const char *endless[] = { "portwatch", many };

	(void)state;
	memset(many, '1', sizeof(many) - 1);
	many[sizeof(many) - 1] = '\0';
	assert_string_equal(again(NULL, 3, accents), "sudo portwatch --comm 'caf\303\251\\'");
	assert_string_equal(again(NULL, 2, before), "sudo portwatch 8000");
	assert_string_equal(again(NULL, 2, hostile), "sudo portwatch ...");
	assert_string_equal(again(NULL, 2, endless), "sudo portwatch ...");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_words_of_no_terminal),
	};

	return cmocka_run_group_tests_name("again", tests, NULL, NULL);
}
