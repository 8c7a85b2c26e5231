// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/condition.h"

#include <signal.h>

#include "model/signame.h"

bool condition_discards(const struct condition *c, int sig)
{
	return sig > 0 && sig <= 64 && (c->discards >> (sig - 1) & 1);
}

bool condition_catches(const struct condition *c, int sig)
{
	return sig > 0 && sig <= 64 && (c->catches >> (sig - 1) & 1);
}

static bool is_stop(int sig)
{
	return sig == SIGSTOP || sig == SIGTSTP || sig == SIGTTIN || sig == SIGTTOU;
}

bool condition_waits_in_vain(const struct condition *c, int sig)
{
	if (c->is & COND_FROZEN_V1)
		return true;
	if (sig == SIGKILL)
		return false;
	if (is_stop(sig) || condition_discards(c, sig))
		return true;
	if (c->is & COND_STOPPED && !signame_ends(sig) && sig != SIGCONT)
		return true;
	/* A signal without a handler that ends a process by default ends a frozen one, too:
	 * complete_signal(), kernel/signal.c. */
	if (c->is & COND_FROZEN && sig <= 64)
		return condition_catches(c, sig);
	return c->is & COND_TRACED;
}

bool condition_is_ending(const struct condition *c)
{
	return c->is & (COND_DYING | COND_DUMPING | COND_KILL_PENDING);
}

static void add(struct strbuf *out, size_t start, const char *text)
{
	strbuf_adds(out, out->len > start ? ", " : "");
	strbuf_adds(out, text);
}

void condition_text(struct strbuf *out, const struct condition *c)
{
	static const char *const texts[COND_NR] = {
		"stopped",
		"stopped by a tracer",
		"frozen by its cgroup",
		"frozen by the freezer cgroup",
		"in uninterruptible sleep (D)",
		"KILL is pending",
		"ending",
		"writing a core dump",
	};
	size_t start = out->len;

	for (unsigned int i = 0; i < COND_NR; i++) {
		if (!(c->is >> i & 1))
			continue;
		add(out, start, texts[i]);
		if (1u << i == COND_TRACED && c->tracer)
			strbuf_addf(out, " (PID %u)", c->tracer);
	}
}

const char *names_condition(unsigned int i)
{
	static const char *const names[COND_NR] = {
		"stopped",	   "traced",	   "frozen", "frozen-v1",
		"uninterruptible", "kill-pending", "ending", "dumping-core",
	};

	return i < COND_NR ? names[i] : "";
}
