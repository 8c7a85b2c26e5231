// SPDX-License-Identifier: GPL-2.0-or-later
/* Colours can be read on light and on dark terminals, and say nothing that words do not. */
#include "print/color.h"

#include "base/palette.h"
#include "model/names.h"
#include "unit.h"

static const char *const sequences[] = {
	COLOR_DIM, COLOR_RED, COLOR_GREEN, COLOR_YELLOW, COLOR_BLUE, COLOR_MAGENTA, COLOR_CYAN,
};

/* Of the 256 colours: a cube of six levels each, and a ramp of greys. */
static void rgb_of(unsigned int color, double rgb[3])
{
	static const double levels[] = { 0, 95, 135, 175, 215, 255 };

	assert_in_range(color, 16, 255);
	if (color >= 232) {
		rgb[0] = rgb[1] = rgb[2] = 8 + 10 * (color - 232);
		return;
	}
	rgb[0] = levels[(color - 16) / 36];
	rgb[1] = levels[(color - 16) / 6 % 6];
	rgb[2] = levels[(color - 16) % 6];
}

/* x to the power of 2.4, by Newton's fifth root of its square. */
static double power(double x)
{
	double square = x * x, root = 1;

	for (int i = 0; i < 60 && square > 0; i++)
		root -= (root - square / (root * root * root * root)) / 5;
	return square * (square > 0 ? root : 0);
}

/* https://www.w3.org/TR/WCAG21/#dfn-relative-luminance */
static double luminance(const double rgb[3])
{
	static const double weights[] = { 0.2126, 0.7152, 0.0722 };
	double sum = 0;

	for (int i = 0; i < 3; i++) {
		double c = rgb[i] / 255;

		sum += weights[i] * (c <= 0.03928 ? c / 12.92 : power((c + 0.055) / 1.055));
	}
	return sum;
}

static double contrast(double a, double b)
{
	return ((a > b ? a : b) + 0.05) / ((a > b ? b : a) + 0.05);
}

static void test_contrast(void **state)
{
	static const double black[] = { 0, 0, 0 }, white[] = { 255, 255, 255 };
	/* Backgrounds that many have: of editors' and of Solarized's themes. */
	static const double others[][3] = { { 30, 30, 30 }, { 0, 43, 54 }, { 253, 246, 227 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sequences); i++) {
		unsigned int color;
		double rgb[3], l;

		assert_int_equal(sscanf(sequences[i], "\033[38;5;%um", &color), 1);
		assert_int_equal(color, palette[i]);
		rgb_of(color, rgb);
		l = luminance(rgb);
		assert_row(i, contrast(l, luminance(black)) >= 3.9);
		assert_row(i, contrast(l, luminance(white)) >= 3.9);
		for (size_t k = 0; k < ARRAY_SIZE(others); k++)
			assert_row(i, contrast(l, luminance(others[k])) >= 3);
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
		cmocka_unit_test(test_contrast),
		cmocka_unit_test(test_all_are_of_the_palette),
		cmocka_unit_test(test_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
