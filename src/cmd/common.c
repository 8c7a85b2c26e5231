// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/common.h"

#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/wrap.h"
#include "cmd/again.h"
#include "cmd/fail.h"
#include "cmd/hands.h"
#include "cmd/operands.h"
#include "flow/source.h"
#include "print/color.h"
#include "sys/device.h"
#include "sys/netns.h"
#include "sys/resolve.h"
#include "sys/user.h"

#define MAX_SETS 6

static const char *const tiers[] = {
	[TIER_AUTO] = "auto",
	[TIER_FENTRY] = "fentry",
	[TIER_KPROBE] = "kprobe",
	[TIER_TRACEPOINT] = "tracepoint",
	NULL,
};

const struct opt common_opts[] = {
	OPT_FLAG(0, "json", struct common, json, "print JSON instead of text"),
	OPT_FLAG(0, "no-header", struct common, no_header, "leave out titles and closing lines"),
	OPT_CHOICE(0, "color", struct common, color, color_modes, "WHEN",
		   "use colour: auto, always or never; NO_COLOR is honoured"),
	OPT_FLAG(0, "resolve", struct common, resolve,
		 "show names of hosts and services instead of numbers"),
	OPT_COUNT('q', "quiet", struct common, quiet,
		  "print nothing: the exit status is the answer"),
	OPT_COUNT('v', "verbose", struct common, verbose,
		  "print more detail, libbpf's messages included"),
	OPT_STRING(0, "pin-dir", struct common, pin_dir, "DIR",
		   "use the tracker in this directory (default " TRACKER_PIN_DIR ")"),
	OPT_CHOICE(0, "hooks", struct common, tier, tiers, "KIND",
		   "load a tracker with these hooks: auto (the best that works), fentry, kprobe or "
		   "tracepoint"),
	OPT_STOP('h', "help", struct common, help, "show this help"),
	OPT_STOP('V', "version", struct common, version, "show the version"),
	OPT_STOP(0, "help-table", struct common, help_table, NULL), /* see opt_table() */
	OPT_END,
};

static int print(const char *text)
{
	if (fputs(text, stdout) < 0 || fflush(stdout))
		return fail_output(-errno);
	return EXIT_YES;
}

static int print_help(const struct command *self, const struct common *common,
		      const struct opt_set *sets, size_t nr)
{
	_cleanup_(strbuf_done) struct strbuf text = {};

	if (common->help)
		opt_help(&text, &self->usage, sets, nr, wrap_terminal(STDOUT_FILENO));
	else
		opt_table(&text, &self->usage, sets, nr);
	return print(strbuf_str(&text));
}

bool common_parse(const struct command *self, const struct opt_set *own, size_t nr_own,
		  struct common *common, int argc, char **argv, struct opt_operands *ret,
		  int *ret_status)
{
	_cleanup_(strbuf_done) struct strbuf why = {};
	struct opt_set sets[MAX_SETS];
	struct opt_parser parser = {
		.sets = sets,
		.nr_sets = nr_own + 1,
		.unknown = self->unknown,
		.arg = nr_own ? own[0].base : NULL,
		.keep_rest = self->keep_rest,
	};
	const struct hand_line line = { self->name, argc, argv, &parser };
	int err;

	if (nr_own)
		memcpy(sets, own, nr_own * sizeof(*own));
	sets[nr_own] = (struct opt_set){ "Everywhere", common_opts, common };
	common->pin_dir = TRACKER_PIN_DIR;

	argc = hands_read(&line, &parser, &why);
	if (argc < 0) {
		*ret_status = fail_hint(strbuf_str(&why));
		return false;
	}
	err = opt_parse(&parser, argc, argv, ret, &why);
	if (err == -EINVAL)
		*ret_status = fail_usage(self, strbuf_str(&why));
	else if (err < 0)
		*ret_status = fail(err, "cannot read the arguments");
	else if (common->help || common->help_table)
		*ret_status = print_help(self, common, sets, nr_own + 1);
	else if (common->version)
		*ret_status = print("portwatch " PORTWATCH_VERSION "\n");
	else if (!common->pin_dir[0])
		*ret_status = fail_usage(self, "--pin-dir needs a directory");
	else {
		log_set_verbosity(common->verbose - common->quiet);
		return true;
	}
	return false;
}

bool common_parse_no_operands(const struct command *self, const struct opt_set *own, size_t nr_own,
			      struct common *common, int argc, char **argv, int *ret_status)
{
	struct opt_operands operands;
	char why[256];

	if (!common_parse(self, own, nr_own, common, argc, argv, &operands, ret_status))
		return false;
	if (!operands.nr_words)
		return true;
	snprintf(why, sizeof(why), "%s takes no '%s'", self->name, operands.words[0]);
	*ret_status = fail_usage(self, why);
	return false;
}

bool common_parse_filtering(const struct command *self, const struct opt_set *own, size_t nr_own,
			    struct filter *filter, struct common *common, int argc, char **argv,
			    int *ret_status)
{
	struct opt_operands operands;

	return common_parse(self, own, nr_own, common, argc, argv, &operands, ret_status) &&
	       operands_read(self, &operands, filter, ret_status);
}

static bool is_ascii(void)
{
	setlocale(LC_CTYPE, "");
	return strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
}

/* --resolve */
static bool copy_name(const char *name, char *buf, size_t size)
{
	return name && snprintf(buf, size, "%s", name) < (int)size;
}

static bool host(void *arg, uint8_t family, const struct pw_addr *a, char *buf, size_t size)
{
	(void)arg;
	return copy_name(resolve_addr(family, a), buf, size);
}

static bool port(void *arg, uint8_t proto, uint16_t number, char *buf, size_t size)
{
	(void)arg;
	return copy_name(resolve_port(number, proto), buf, size);
}

static const struct out_names resolved_names = { .host = host, .port = port };

struct out_opts common_out(const struct common *common)
{
	bool terminal = isatty(STDOUT_FILENO);
	struct out_opts opts = {
		.json = common->json,
		.color = color_wanted(common->color, terminal, getenv("NO_COLOR"), getenv("TERM")),
		.header = !common->no_header,
		.width = wrap_terminal(STDOUT_FILENO),
		.ascii = is_ascii(),
		.detailed = log_verbosity() > 0,
		.by_sudo = geteuid() != 0 || getenv("SUDO_UID"),
		.own_user = geteuid(),
		.as_root = again_as_root(),
		.boot_to_real = clock_real_offset_ns(),
		.netns_name = netns_name,
		.device_name = device_name,
		.user_name = user_name,
		.names = common->resolve ? &resolved_names : NULL,
	};

	/* Unknown stays 0: then no namespace is shown rather than a wrong one hidden. */
	netns_self(&opts.netns);
	return opts;
}

struct tracker_opts common_tracker(const struct common *common)
{
	return (struct tracker_opts){
		.pin_dir = common->pin_dir,
		.tier = common->tier,
		.verbose = log_verbosity() > 0,
	};
}

int common_open(const struct common *common, enum tracker_kind own, struct tracker **ret)
{
	struct tracker_opts opts = common_tracker(common);

	return source_open(&opts, own, NULL, ret);
}
