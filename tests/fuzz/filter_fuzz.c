// SPDX-License-Identifier: GPL-2.0-or-later
/* FILTER, as an option's value and as a line that is typed in `top`. The first line of the input
 * is such a line, each other one a filter: a letter for which, and its value. Whatever comes of
 * it is used on an event and on a socket, and as the kernel's part. */
#include "fuzz.h"

#include <errno.h>

#include "model/filter_line.h"

static int service(void *arg, const char *name, uint8_t proto, uint16_t *ret)
{
	(void)arg;
	*ret = 80;
	return strcmp(name, "http") != 0 || proto != PW_TCP ? -ENOENT : 0;
}

static int user(void *arg, const char *name, uint32_t *ret)
{
	(void)arg;
	*ret = 1000;
	return strcmp(name, "trac") != 0 ? -ENOENT : 0;
}

static int netns(void *arg, const char *text, uint32_t *ret)
{
	(void)arg;
	*ret = 4026531840;
	return strcmp(text, "self") != 0 ? -ENOENT : 0;
}

static int cgroup(void *arg, const char *text, char **ret_path, uint64_t *ret_id)
{
	(void)arg;
	if (text[0] != '/')
		return -ENOENT;
	*ret_path = strdup(text);
	*ret_id = 0;
	return *ret_path ? 0 : -ENOMEM;
}

static const char *name_of(void *arg, uint64_t id)
{
	(void)arg;
	return id & 1 ? "/system.slice/nginx.service" : NULL;
}

static const struct filter_lookup lookup = { NULL,    service, user,	netns, cgroup,
					     name_of, name_of, name_of, NULL };

static void use(const struct filter *f, struct fuzz_input *in, struct answer *a)
{
	static struct pw_filter kernel;
	struct pw_event ev = { .kind = PW_EV_LOST };

	filter_to_kernel(f, &kernel);
	/* Nobody may miss that events are missing. */
	FUZZ_CHECK(filter_match_event(f, &ev));
	fuzz_fill(in, &ev, sizeof(ev));
	ev.kind = ev.kind % PW_EV_MAX;
	ev.old_state %= PW_STATE_MAX;
	ev.new_state %= PW_STATE_MAX;
	(void)filter_match_event(f, &ev);
	for (size_t i = 0; i < a->nr_sockets; i++)
		if (filter_match_socket(f, a, &a->sockets[i]))
			FUZZ_CHECK(!f->protos || f->protos & FILTER_TCP);
}

static void make_answer(struct answer *a)
{
	static const char words[] = "nginx\0-c\0/etc/nginx.conf";
	struct pw_actor id = { .tgid = 5, .uid = 1000, .comm = "nginx" };
	struct socket *s;
	size_t process;

	answer_init(a);
	s = answer_add_socket(a);
	FUZZ_CHECK(s && !answer_add_process(a, &id, 5, &process));
	s->s = (struct pw_sock){
		.proto = PW_TCP, .family = PW_INET, .state = PW_LISTEN, .lport = 80
	};
	FUZZ_CHECK(!socket_add_holder(s, process, 3));
	a->processes[process].cmdline = fuzz_exact(words, sizeof(words) - 1);
	a->processes[process].cmdline_len = sizeof(words) - 1;
	a->processes[process].unit = fuzz_string("nginx.service", 13);
}

static void typed(const char *text, const struct answer *a)
{
	struct filter_line line = {}, again = {};
	struct strbuf why = {};
	int err = filter_line_parse(&line, text, &lookup, &why);

	if (err) {
		FUZZ_CHECK(err == -EINVAL && why.len && filter_line_empty(&line));
	} else {
		(void)filter_line_match(&line, a, &a->sockets[0]);
		FUZZ_CHECK(!filter_line_parse(&again, text, &lookup, &why));
		FUZZ_CHECK(filter_line_empty(&line) == filter_line_empty(&again));
	}
	filter_line_done(&line);
	filter_line_done(&again);
	strbuf_done(&why);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	struct filter f = { .lookup = lookup };
	char *word = fuzz_word(&in, '\n');
	struct strbuf why = {};
	struct answer a;

	make_answer(&a);
	if (word)
		typed(word, &a);
	free(word);
	while ((word = fuzz_word(&in, '\n'))) {
		/* As FILTER_PORT and those behind it. */
		static const char letters[] = "pPcuseorngU";
		const char *which = word[0] ? strchr(letters, word[0]) : NULL;
		int err = which ? filter_add(&f, which - letters, word + 1, &why) : 0;

		free(word);
		FUZZ_CHECK(!err || (err == -EINVAL && why.len));
		if (!which)
			break;
	}
	use(&f, &in, &a);
	filter_apply(&f, &a);
	filter_done(&f);
	answer_done(&a);
	strbuf_done(&why);
	return 0;
}
