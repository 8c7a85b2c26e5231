/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * color: whether, and which. Colour only repeats what words already say.
 * The colours are those of base/palette.h.
 */
#ifndef PRINT_COLOR_H
#define PRINT_COLOR_H

#include <stdbool.h>
#include <stdint.h>

#include "model/answer.h"

enum color_mode { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

/* "auto", "always", "never", NULL: for OPT_CHOICE, indexed by enum color_mode. */
extern const char *const color_modes[];

/* auto: on a terminal, unless NO_COLOR is set and not empty or TERM is dumb. The
 * two are getenv()'s answers. --color always beats NO_COLOR. */
bool color_wanted(int mode, bool is_terminal, const char *no_color, const char *term);

/* Sequences ("\033[32m"); "" where no colour is meant. */
const char *color_state(uint8_t state);
const char *color_event(uint8_t kind);
const char *color_why(enum why why);

#define COLOR_RESET "\033[0m"
#define COLOR_BOLD "\033[1m"
#define COLOR_DIM "\033[38;5;243m"
#define COLOR_RED "\033[38;5;196m"
#define COLOR_GREEN "\033[38;5;28m"
#define COLOR_YELLOW "\033[38;5;130m"
#define COLOR_BLUE "\033[38;5;63m"
#define COLOR_MAGENTA "\033[38;5;163m"
#define COLOR_CYAN "\033[38;5;30m"

#endif
