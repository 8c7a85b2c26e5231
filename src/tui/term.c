// SPDX-License-Identifier: GPL-2.0-or-later
#include "tui/term.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "base/sleep.h"
#include "tui/keys.h"

/* Last: term.h makes macros of ordinary words. */
#include <curses.h>
#include <term.h>

#define ESCAPE_MS 25 /* a key's sequence comes at once, also over a slow line */

static SCREEN *screen;
static bool utf8;
static sigset_t waiting_mask;
/* For a handler: nothing but write() and tcsetattr() there. */
static struct termios before;
static char farewell[256];
static size_t farewell_len;

static int add_farewell(int c)
{
	if (farewell_len < sizeof(farewell))
		farewell[farewell_len++] = (char)c;
	return c;
}

static void prepare_farewell(void)
{
	static const char *const names[] = { "sgr0", "op", "rmkx", "cnorm", "rmcup" };

	farewell_len = 0;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const char *s = tigetstr(names[i]);

		if (s && s != (char *)-1)
			tputs(s, 1, add_farewell);
	}
	add_farewell('\r');
}

void term_abandon(int sig)
{
	/* Nothing can be done about an error here. */
	if (screen && (write(STDOUT_FILENO, farewell, farewell_len) < 0 ||
		       tcsetattr(STDIN_FILENO, TCSANOW, &before)))
		errno = 0;
	raise(sig); /* now with its default action */
}

static void catch_signals(void)
{
	static const int fatal[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGQUIT, SIGSYS };
	struct sigaction act = { .sa_handler = term_abandon,
				 .sa_flags = SA_RESETHAND | SA_NODEFER };
	sigset_t held;

	for (size_t i = 0; i < sizeof(fatal) / sizeof(*fatal); i++)
		sigaction(fatal[i], &act, NULL);
	sigemptyset(&held);
	sigaddset(&held, SIGTSTP);
	sigaddset(&held, SIGWINCH);
	sigprocmask(SIG_BLOCK, &held, &waiting_mask);
	sigdelset(&waiting_mask, SIGTSTP);
	sigdelset(&waiting_mask, SIGWINCH);
}

/* The library reads past the end of a description that somebody has tampered with (ncurses 6.4).
 * Root is given the descriptions of the system and root's own only, as sudo has it. */
static void trust_no_descriptions(void)
{
	static const char *const names[] = { "TERMINFO", "TERMINFO_DIRS", "TERMCAP", "TERMPATH" };
	const char *home = getenv("HOME");
	struct stat st;

	if (geteuid() != 0 && !getauxval(AT_SECURE))
		return;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		unsetenv(names[i]);
	/* For ~/.terminfo. */
	if (home && (stat(home, &st) || st.st_uid != 0 || st.st_mode & (S_IWGRP | S_IWOTH)))
		unsetenv("HOME");
}

int term_check(void)
{
	const char *place;
	bool can;
	int known;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return -ENOTTY;
	trust_no_descriptions();
	if (setupterm(NULL, STDOUT_FILENO, &known) == ERR)
		return -ENOENT;
	place = tigetstr("cup");
	can = place && place != (char *)-1;
	del_curterm(cur_term);
	return can ? 0 : -EOPNOTSUPP;
}

int term_start(void)
{
	setlocale(LC_CTYPE, "");
	utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
	if (tcgetattr(STDIN_FILENO, &before))
		return -errno;
	set_escdelay(ESCAPE_MS);
	screen = newterm(NULL, stdout, stdin);
	if (!screen)
		return -ENOENT;
	prepare_farewell();
	catch_signals();
	atexit(term_stop);
	cbreak();
	noecho();
	nonl();
	intrflush(stdscr, FALSE);
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	curs_set(0);
	return 0;
}

void term_stop(void)
{
	if (!screen)
		return;
	endwin();
	delscreen(screen);
	screen = NULL;
}

bool term_is_utf8(void)
{
	return utf8;
}

int term_wait(struct pollfd *fds, size_t nr, uint64_t until_ns)
{
	return sleep_until(fds, nr, until_ns, &waiting_mask);
}

static uint32_t special(wint_t c)
{
	static const struct {
		int curses;
		uint32_t key;
	} keys[] = {
		{ KEY_UP, KEY_TUI_UP },		{ KEY_DOWN, KEY_TUI_DOWN },
		{ KEY_LEFT, KEY_TUI_LEFT },	{ KEY_RIGHT, KEY_TUI_RIGHT },
		{ KEY_HOME, KEY_TUI_HOME },	{ KEY_END, KEY_TUI_END },
		{ KEY_PPAGE, KEY_TUI_PAGE_UP }, { KEY_NPAGE, KEY_TUI_PAGE_DOWN },
		{ KEY_ENTER, KEY_TUI_ENTER },	{ KEY_BACKSPACE, KEY_TUI_BACKSPACE },
		{ KEY_RESIZE, KEY_TUI_RESIZE },
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if ((int)c == keys[i].curses)
			return keys[i].key;
	if (c >= KEY_F(1) && c <= KEY_F(12))
		return KEY_TUI_F(c - KEY_F0);
	return KEY_TUI_MAX; /* one that means nothing here */
}

uint32_t term_key(void)
{
	wint_t c;

	switch (get_wch(&c)) {
	case KEY_CODE_YES:
		return special(c);
	case ERR:
		return KEY_TUI_NONE;
	}
	switch (c) {
	case '\r':
	case '\n':
		return KEY_TUI_ENTER;
	case 0x7f:
	case '\b':
		return KEY_TUI_BACKSPACE;
	case 0x1b:
		return KEY_TUI_ESCAPE;
	}
	return c < KEY_TUI_NONE ? c : KEY_TUI_MAX;
}

void term_forget_keys(void)
{
	flushinp();
}

void term_size(size_t *ret_width, size_t *ret_height)
{
	*ret_width = COLS > 0 ? (size_t)COLS : 1;
	*ret_height = LINES > 0 ? (size_t)LINES : 1;
}
