// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/signame.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/guess.h"
#include "base/num.h"

#define LINE_COLUMNS 78

static const char *const names[] = {
	[SIGHUP] = "HUP",   [SIGINT] = "INT",	[SIGQUIT] = "QUIT",	[SIGILL] = "ILL",
	[SIGTRAP] = "TRAP", [SIGABRT] = "ABRT", [SIGBUS] = "BUS",	[SIGFPE] = "FPE",
	[SIGKILL] = "KILL", [SIGUSR1] = "USR1", [SIGSEGV] = "SEGV",	[SIGUSR2] = "USR2",
	[SIGPIPE] = "PIPE", [SIGALRM] = "ALRM", [SIGTERM] = "TERM",	[SIGSTKFLT] = "STKFLT",
	[SIGCHLD] = "CHLD", [SIGCONT] = "CONT", [SIGSTOP] = "STOP",	[SIGTSTP] = "TSTP",
	[SIGTTIN] = "TTIN", [SIGTTOU] = "TTOU", [SIGURG] = "URG",	[SIGXCPU] = "XCPU",
	[SIGXFSZ] = "XFSZ", [SIGPROF] = "PROF", [SIGVTALRM] = "VTALRM", [SIGWINCH] = "WINCH",
	[SIGPOLL] = "POLL", [SIGPWR] = "PWR",	[SIGSYS] = "SYS",
};

#define NR_NAMES (int)(sizeof(names) / sizeof(names[0]))

/* Other names for the same numbers. */
static const struct {
	const char *name;
	int sig;
} synonyms[] = { { "IOT", SIGABRT }, { "CLD", SIGCHLD }, { "IO", SIGPOLL } };

/* Real-time signals have no numbers of their own: libc keeps the first few for itself. */
static int parse_realtime(const char *s, size_t len)
{
	bool from_max = len >= 5 && !strncasecmp(s, "RTMAX", 5);
	uint64_t n = 0;

	if (len < 5 || (!from_max && strncasecmp(s, "RTMIN", 5) != 0))
		return -EINVAL;
	if (len > 5 && (s[5] != (from_max ? '-' : '+') ||
			num_parse_span(s + 6, len - 6, 0, SIGRTMAX - SIGRTMIN, &n)))
		return -EINVAL;
	return from_max ? SIGRTMAX - (int)n : SIGRTMIN + (int)n;
}

static bool is(const char *name, const char *s, size_t len)
{
	return name && strlen(name) == len && !strncasecmp(name, s, len);
}

int signame_parse(const char *s, size_t len)
{
	uint64_t n;

	if (!num_parse_span(s, len, 1, SIGRTMAX, &n))
		return (int)n;
	if (len > 3 && !strncasecmp(s, "SIG", 3)) {
		s += 3;
		len -= 3;
	}
	for (int sig = 1; sig < NR_NAMES; sig++)
		if (is(names[sig], s, len))
			return sig;
	for (size_t i = 0; i < sizeof(synonyms) / sizeof(synonyms[0]); i++)
		if (is(synonyms[i].name, s, len))
			return synonyms[i].sig;
	return parse_realtime(s, len);
}

const char *signame_nearest(const char *s)
{
	struct guess g = { .word = s, .len = strlen(s) };

	if (g.len > 3 && !strncasecmp(s, "SIG", 3)) {
		g.word += 3;
		g.len -= 3;
	}
	for (int i = 0; i < NR_NAMES; i++)
		if (names[i])
			guess_offer(&g, names[i]);
	return guess_best(&g);
}

const char *signame(int sig, char buf[SIGNAME_LEN])
{
	if (sig > 0 && sig < NR_NAMES && names[sig])
		snprintf(buf, SIGNAME_LEN, "%s", names[sig]);
	else if (sig == SIGRTMIN)
		snprintf(buf, SIGNAME_LEN, "RTMIN");
	else if (sig > SIGRTMIN && sig <= SIGRTMAX)
		snprintf(buf, SIGNAME_LEN, "RTMIN+%d", sig - SIGRTMIN);
	else
		snprintf(buf, SIGNAME_LEN, "%d", sig);
	return buf;
}

bool signame_ends(int sig)
{
	return sig == SIGTERM || sig == SIGINT || sig == SIGQUIT;
}

void signame_list(struct strbuf *out)
{
	size_t column = 0;

	for (int sig = 1; sig < NR_NAMES; sig++) {
		if (!names[sig])
			continue;
		if (column && column + 1 + strlen(names[sig]) > LINE_COLUMNS) {
			strbuf_addc(out, '\n');
			column = 0;
		}
		if (column++)
			strbuf_addc(out, ' ');
		strbuf_adds(out, names[sig]);
		column += strlen(names[sig]);
	}
	strbuf_addc(out, '\n');
}
