/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * common: what every command has in common: the options that are understood
 * everywhere, and the way arguments are parsed and results are shown.
 *
 *	struct list_args { struct common common; … } args = {};
 *	struct opt_set sets[] = { { "Options", list_opts, &args } };
 *
 *	if (!common_parse(self, sets, ARRAY_SIZE(sets), &args.common, argc, argv, &operands,
 *&status)) return status;
 */
#ifndef CMD_COMMON_H
#define CMD_COMMON_H

#include <stdbool.h>

#include "base/cleanup.h"
#include "base/opt.h"
#include "cmd/cmd.h"
#include "model/filter.h"
#include "print/sink.h"
#include "track/tracker.h"

DEFINE_CLEANUP(struct sink *, sink_free);

struct common {
	const char *pin_dir; /* never NULL after parsing */
	int color;	     /* enum color_mode */
	int tier;	     /* enum tier */
	int quiet, verbose;
	bool json, no_header, resolve, help, help_table, version;
};

extern const struct opt common_opts[];

/* Parses with the command's own sets and the common one behind them. False: the
 * program ends here with *ret_status; help, version or an error has been printed. */
bool common_parse(const struct command *self, const struct opt_set *own, size_t nr_own,
		  struct common *common, int argc, char **argv, struct opt_operands *ret,
		  int *ret_status);

/* For a command without operands, wrong usage if there are any. */
bool common_parse_no_operands(const struct command *self, const struct opt_set *own, size_t nr_own,
			      struct common *common, int argc, char **argv, int *ret_status);

/* For a command whose operands are PORTs of its filter: `list 8000` is `list --port 8000`. */
bool common_parse_filtering(const struct command *self, const struct opt_set *own, size_t nr_own,
			    struct filter *filter, struct common *common, int argc, char **argv,
			    int *ret_status);

/* -q: nothing is printed, the exit status is the answer. */
static inline bool common_is_quiet(const struct common *common)
{
	return common->quiet > common->verbose;
}

/* How standard output is to look now. */
struct out_opts common_out(const struct common *common);

struct tracker_opts common_tracker(const struct common *common);

/* source_open() with these options. */
int common_open(const struct common *common, enum tracker_kind own, struct tracker **ret);

#endif
