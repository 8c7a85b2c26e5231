// SPDX-License-Identifier: GPL-2.0-or-later
#include "print/color.h"

#include <stddef.h>
#include <string.h>

const char *const color_modes[] = { "auto", "always", "never", NULL };

bool color_wanted(int mode, bool is_terminal, const char *no_color, const char *term)
{
	if (mode != COLOR_AUTO)
		return mode == COLOR_ALWAYS;
	/* https://no-color.org: present and not empty */
	if (no_color && *no_color)
		return false;
	return is_terminal && term && *term && strcmp(term, "dumb") != 0;
}

const char *color_state(uint8_t state)
{
	switch (state) {
	case PW_LISTEN:
	case PW_UNCONN:
		return COLOR_GREEN;
	case PW_ESTABLISHED:
		return COLOR_CYAN;
	case PW_BOUND:
		return COLOR_YELLOW;
	case PW_TIME_WAIT:
		return COLOR_MAGENTA;
	case PW_SYN_SENT:
	case PW_SYN_RECV:
	case PW_NEW_SYN_RECV:
		return COLOR_BLUE;
	default:
		return COLOR_DIM;
	}
}

const char *color_event(uint8_t kind)
{
	switch (kind) {
	case PW_EV_BIND:
		return COLOR_YELLOW;
	case PW_EV_BIND_FAILED:
	case PW_EV_LOST:
		return COLOR_RED;
	case PW_EV_LISTEN:
		return COLOR_GREEN;
	case PW_EV_CONNECT:
	case PW_EV_ACCEPT:
		return COLOR_CYAN;
	case PW_EV_TIMEWAIT:
	case PW_EV_TIMEWAIT_END:
		return COLOR_MAGENTA;
	case PW_EV_CLOSE:
		return COLOR_BLUE;
	default:
		return COLOR_DIM;
	}
}

const char *color_why(enum why why)
{
	switch (why) {
	case WHY_FREE:
	case WHY_OTHER_NETNS:
	case WHY_RESERVED:
		return COLOR_GREEN;
	case WHY_TIMEWAIT:
	case WHY_ORPHAN:
	case WHY_PRIVILEGED:
		return COLOR_YELLOW;
	default:
		return COLOR_RED;
	}
}
