// SPDX-License-Identifier: GPL-2.0-or-later
#include "print/color.h"

#include "base/palette.h"
#include "model/names.h"
#include "unit.h"

static const char *const sequences[] = {
	COLOR_DIM, COLOR_RED, COLOR_GREEN, COLOR_YELLOW, COLOR_BLUE, COLOR_MAGENTA, COLOR_CYAN,
};

/* The sequences choose the colours of the palette. */
static void test_sequences(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sequences); i++) {
		unsigned int color;

		assert_int_equal(sscanf(sequences[i], "\033[38;5;%um", &color), 1);
		assert_int_equal(color, palette[i]);
	}
}

static bool is_of_palette(const char *color)
{
	for (size_t i = 0; i < ARRAY_SIZE(sequences); i++)
		if (!strcmp(color, sequences[i]))
			return true;
	return !*color;
}

static void test_all_are_of_the_palette(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 256; i++) {
		assert_row(i, is_of_palette(color_state((uint8_t)i)));
		assert_row(i, is_of_palette(color_event((uint8_t)i)));
	}
	for (int why = 0; why < WHY_MAX; why++)
		assert_row(why, is_of_palette(color_why((enum why)why)));
}

static void test_wanted(void **state)
{
	(void)state;
	assert_true(color_wanted(COLOR_AUTO, true, NULL, "xterm"));
	assert_true(color_wanted(COLOR_AUTO, true, "", "xterm"));
	assert_false(color_wanted(COLOR_AUTO, true, "1", "xterm"));
	assert_false(color_wanted(COLOR_AUTO, false, NULL, "xterm"));
	assert_false(color_wanted(COLOR_AUTO, true, NULL, "dumb"));
	assert_false(color_wanted(COLOR_AUTO, true, NULL, NULL));
	assert_true(color_wanted(COLOR_ALWAYS, false, "1", "dumb"));
	assert_false(color_wanted(COLOR_NEVER, true, NULL, "xterm"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sequences),
		cmocka_unit_test(test_all_are_of_the_palette),
		cmocka_unit_test(test_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
