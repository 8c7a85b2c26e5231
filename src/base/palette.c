// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/palette.h"

/* The sequences of print/color.h have the same numbers. */
const unsigned char palette[PALETTE_MAX] = { 243, 196, 28, 130, 63, 163, 30 };
