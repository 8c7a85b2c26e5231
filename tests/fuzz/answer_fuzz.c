// SPDX-License-Identifier: GPL-2.0-or-later
/* An answer in which everything that another may have chosen is the input: the names of processes,
 * their command lines, cgroups and units, and what the kernel says of their sockets. Lines of
 * the input are names; behind the first NUL there are two sockets. */
#include "fuzz.h"
#include "json.h"

#include "print/sink.h"

#define SEPARATOR '\n'

static void make(struct answer *a, struct fuzz_input *in)
{
	struct pw_actor id = { .tgid = 1479, .uid = 1000, .start_ns = 5 };
	char *name = fuzz_word(in, SEPARATOR);
	struct process *p;
	size_t process;

	answer_init(a);
	a->from_tracker = true;
	if (name)
		memcpy(id.comm, name, strnlen(name, sizeof(id.comm)));
	free(name);
	FUZZ_CHECK(!answer_add_process(a, &id, 1479, &process));
	p = &a->processes[process];
	p->cmdline = fuzz_word(in, SEPARATOR);
	p->cmdline_len = p->cmdline ? strlen(p->cmdline) : 0;
	for (size_t i = 0; i < p->cmdline_len; i++)
		if (p->cmdline[i] == ' ')
			p->cmdline[i] = '\0';
	p->user = fuzz_word(in, SEPARATOR);
	p->cgroup = fuzz_word(in, SEPARATOR);
	p->unit = fuzz_word(in, SEPARATOR);
	p->container = fuzz_word(in, SEPARATOR);
	for (int i = 0; i < 2; i++) {
		struct socket *s = answer_add_socket(a);

		FUZZ_CHECK(s);
		fuzz_fill(in, &s->s, sizeof(s->s));
		s->s.state %= PW_STATE_MAX;
		s->s.proto = s->s.proto & 1 ? PW_TCP : PW_UDP;
		s->s.family = s->s.family & 1 ? PW_INET : PW_INET6;
		s->resolved = RESOLVED_WALK;
		if (!i)
			FUZZ_CHECK(!socket_add_holder(s, process, 3));
	}
}

static void check(const struct out_opts *opts, const struct answer *a, enum answer_view view)
{
	struct sink *sink;
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	FUZZ_CHECK(out && !sink_new_answer(opts, out, &sink));
	FUZZ_CHECK(!sink_answer(sink, a, view));
	sink_free(sink);
	fclose(out);
	if (opts->json)
		FUZZ_CHECK(json_check_lines(text, len) == 1);
	else if (!opts->color)
		fuzz_check_clean(text, len);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct out_opts formats[] = {
		{ .json = true },
		{ .header = true, .netns = 4026531840 },
		{ .header = true, .width = 60 },
		{ .header = true, .color = true, .width = 120 },
	};
	struct fuzz_input in = { data, size };
	struct answer a;

	make(&a, &in);
	answer_sort(&a, true);
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++) {
		check(&formats[i], &a, VIEW_WHO);
		check(&formats[i], &a, VIEW_LIST);
	}
	answer_done(&a);
	return 0;
}
