/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * palette: the colours that portwatch uses, of the 256 of a terminal. Nobody can tell whether a
 * terminal is light or dark, so their brightness lies in the middle: each has a contrast of 3.9 to
 * 1 or more with black and with white (tests/unit/palette_test.c), which the first sixteen,
 * whatever a terminal makes of them, have not.
 */
#ifndef BASE_PALETTE_H
#define BASE_PALETTE_H

/* By the number of the basic colour that they stand for, for terminals that know no others. */
enum palette {
	PALETTE_DIM,
	PALETTE_RED,
	PALETTE_GREEN,
	PALETTE_YELLOW,
	PALETTE_BLUE,
	PALETTE_MAGENTA,
	PALETTE_CYAN,
	PALETTE_MAX
};

extern const unsigned char palette[PALETTE_MAX];

#endif
