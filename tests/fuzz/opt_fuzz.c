// SPDX-License-Identifier: GPL-2.0-or-later
/* The arguments of every command, by its own tables: the first byte says which, lines are words. */
#include "fuzz.h"

#include <errno.h>

#include "base/cleanup.h"
#include "cmd/cmd.h"
#include "cmd/common.h"
#include "model/filter_opts.h"

#define MAX_WORDS 64

static const struct command *const commands[] = {
	&cmd_stream, &cmd_who,	  &cmd_list,   &cmd_free,  &cmd_wait,	&cmd_timewait,
	&cmd_load,   &cmd_unload, &cmd_status, &cmd_check, &cmd_doctor, &cmd_export,
};

/* Larger than any command's arguments. */
union args {
	max_align_t align;
	char space[65536];
};

static void check_values(const struct opt *table, char *base)
{
	for (const struct opt *o = table; o && o->kind != OPT_KIND_END; o++) {
		void *member = base + o->offset;

		/* A default may lie outside: then it was not given. */
		if (o->kind == OPT_KIND_U16)
			FUZZ_CHECK(!*(uint16_t *)member || *(uint16_t *)member >= o->min);
		if (o->kind == OPT_KIND_U32)
			FUZZ_CHECK(!*(uint32_t *)member || (*(uint32_t *)member >= o->min &&
							    *(uint32_t *)member <= o->max));
		if (o->kind == OPT_KIND_SECONDS)
			FUZZ_CHECK(*(double *)member >= 0 && *(double *)member <= (double)o->max);
		if (o->kind == OPT_KIND_LIST)
			opt_list_done(member);
	}
}

/* The words that come back are those that went in, each once. */
static void check_words(const struct opt_operands *operands, char *const *words, size_t nr)
{
	FUZZ_CHECK(operands->nr_words + operands->nr_rest <= nr);
	for (size_t i = 0; i < operands->nr_words; i++) {
		size_t k = 0;

		while (k < nr && words[k] != operands->words[i])
			k++;
		FUZZ_CHECK(k < nr);
	}
	FUZZ_CHECK(!operands->words[operands->nr_words]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static union args args;
	struct fuzz_input in = { data, size };
	const struct command *c = commands[fuzz_byte(&in) % ARRAY_SIZE(commands)];
	char *words[MAX_WORDS + 1] = { "portwatch" }, *argv[MAX_WORDS + 1] = { "portwatch" };
	struct opt_operands operands = {};
	struct filter filter = {};
	struct common common = {};
	struct strbuf why = {};
	/* Some have no options but a part of the filters'. */
	bool filters = c->opts == filter_socket_opts || c->opts == filter_place_opts;
	struct opt_set sets[] = {
		{ "Options", c->opts, filters ? (void *)&filter : &args },
		{ "Filters", filter_opts, &filter },
		{ "Everywhere", common_opts, &common },
	};
	struct opt_parser parser = {
		.sets = c->opts ? sets : sets + 1,
		.nr_sets = c->opts ? 3 : 2,
		.unknown = c->opts ? c->unknown : NULL,
		.arg = &args,
		.keep_rest = c->keep_rest,
	};
	int argc = 1, err;

	memset(&args, 0, sizeof(args));
	while (argc < MAX_WORDS && (words[argc] = fuzz_word(&in, '\n'))) {
		argv[argc] = words[argc];
		argc++;
	}
	argv[argc] = NULL;
	err = opt_parse(&parser, argc, argv, &operands, &why);
	if (err)
		FUZZ_CHECK(why.len || err != -EINVAL);
	else if (operands.words) /* else an option ended it, such as --help */
		check_words(&operands, words, argc);
	if (!filters)
		check_values(c->opts, args.space);
	filter_done(&filter);
	strbuf_done(&why);
	for (int i = 1; i < argc; i++)
		free(words[i]);
	return 0;
}
