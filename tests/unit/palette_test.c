// SPDX-License-Identifier: GPL-2.0-or-later
/* Colours can be read on light and on dark terminals. */
#include "base/palette.h"

#include "unit.h"

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
	for (size_t i = 0; i < PALETTE_MAX; i++) {
		double rgb[3], l;

		rgb_of(palette[i], rgb);
		l = luminance(rgb);
		assert_row(i, contrast(l, luminance(black)) >= 3.9);
		assert_row(i, contrast(l, luminance(white)) >= 3.9);
		for (size_t k = 0; k < ARRAY_SIZE(others); k++)
			assert_row(i, contrast(l, luminance(others[k])) >= 3);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_contrast),
	};

	return cmocka_run_group_tests_name("palette", tests, NULL, NULL);
}
