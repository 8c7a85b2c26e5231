// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/fail.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "cmd/again.h"
#include "sys/caps.h"
#include "sys/lent.h"
#include "track/tracker.h"

int fail_status(int err)
{
	switch (-err) {
	case 0:
		return EXIT_YES;
	case EPERM:
	case EACCES:
		return EXIT_PERMISSION;
	case EOPNOTSUPP:
	case ENOSYS:
		return EXIT_KERNEL;
	default:
		return EXIT_FAILED;
	}
}

int fail(int err, const char *fmt, ...)
{
	char message[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	log_error("%s: %s", message, strerror(-err));
	return fail_status(err);
}

int fail_usage(const struct command *c, const char *why)
{
	log_error("%s (see portwatch %s%s--help)", why, c ? c->name : "", c ? " " : "");
	return EXIT_USAGE;
}

int fail_hint(const char *why)
{
	log_error("%s", why);
	return EXIT_USAGE;
}

/* With these two answers can be had: the third is for hooks. */
static bool may_ask(void)
{
	return geteuid() && caps_have(CAP_BPF) && caps_have(CAP_PERFMON);
}

int fail_tracker(int err)
{
	int status = fail_status(err);
	char missing[128];

	caps_missing(missing, sizeof(missing));
	/* Without them the kernel's refusals have many faces. */
	if (status == EXIT_KERNEL && missing[0])
		status = EXIT_PERMISSION;
	/* With all of them there, it is a file, a lockdown, a container: the tracker knows. */
	if (status == EXIT_PERMISSION && may_ask() && tracker_reason()[0])
		log_error("%s%s: %s", lent_any() ? "the group may only ask: " : "",
			  tracker_reason(), again_as_root());
	else if (status == EXIT_PERMISSION && missing[0] && geteuid())
		log_error("not permitted without %s: %s", missing, again_as_root());
	else if (status == EXIT_PERMISSION && missing[0])
		log_error(
			"this container or sandbox has taken %s from root: run it on the host, or "
			"add --cap-add BPF --cap-add PERFMON --cap-add NET_ADMIN",
			missing);
	else
		log_error("%s", tracker_reason()[0] ? tracker_reason() : strerror(-err));
	return status;
}

int fail_output(int err)
{
	if (err == -EPIPE)
		return EXIT_YES;
	return fail(err, "cannot write to standard output");
}
