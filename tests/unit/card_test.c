// SPDX-License-Identifier: GPL-2.0-or-later
/* The answer about one port for a person, at several widths. */
#include "base/wrap.h"
#include "show.h"

#define SECOND UINT64_C(1000000000)

static char *arguments(const char *s, size_t len)
{
	char *copy = malloc(len);

	assert_non_null(copy);
	memcpy(copy, s, len);
	return copy;
}

static void set_parents(struct process *p, const char *const *comms)
{
	size_t nr = 0;

	while (comms[nr])
		nr++;
	p->parents = calloc(nr, sizeof(*p->parents));
	assert_non_null(p->parents);
	for (p->nr_parents = 0; p->nr_parents < nr; p->nr_parents++) {
		p->parents[p->nr_parents].pid =
			comms[p->nr_parents + 1] ? 812 - (uint32_t)p->nr_parents : 1;
		strncpy(p->parents[p->nr_parents].comm, comms[p->nr_parents], PW_COMM_LEN - 1);
	}
}

static struct verdict *add_verdict(struct answer *a, uint16_t port, uint8_t proto, enum why why)
{
	struct verdict *v = answer_add_verdict(a);

	assert_non_null(v);
	v->port = port;
	v->proto = proto;
	v->why = why;
	v->implied = true;
	v->bindable = why == WHY_FREE;
	v->wildcard = true;
	return v;
}

static void add_timewait(struct answer *a, uint64_t expires_ms)
{
	struct pw_sock s = sock(PW_TIME_WAIT, "127.0.0.1", 8000, "127.0.0.1", 43670);
	struct socket *tw = add_socket(a, &s);

	tw->has_expires = true;
	tw->expires_ms = expires_ms;
}

static void add_remark(struct verdict *v, const char *text, enum remark_kind kind)
{
	v->facts = realloc(v->facts, (v->nr_facts + 1) * sizeof(*v->facts));
	assert_non_null(v->facts);
	v->facts[v->nr_facts++] = (struct remark){ strdup(text), kind };
}

static void fill(struct answer *a)
{
	static const char *const chain[] = { "bash", "sshd", "sshd", "systemd", NULL };
	struct pw_sock s = sock(PW_LISTEN, "0.0.0.0", 8000, NULL, 0);
	struct process *p;
	struct verdict *v;

	*a = (struct answer){ .time_ns = 4000 * SECOND, .is_root = true };
	s.since_ns = 3640 * SECOND;
	add_socket(a, &s);
	add_holder(a, 0, 4063, "python3", 3);
	p = &a->processes[0];
	p->id.start_ns = 3600 * SECOND;
	p->user = strdup("root");
	p->cmdline = arguments("/usr/bin/python3\0-m\0http.server\0008000\0", 37);
	p->cmdline_len = 37;
	p->cwd = strdup("/srv/site");
	p->unit = strdup("user@1000.service");
	set_parents(p, chain);
	s = sock(PW_ESTABLISHED, "127.0.0.1", 8000, "127.0.0.1", 43671);
	add_socket(a, &s);
	add_holder(a, 1, 4063, "python3", 4);
	add_timewait(a, 58100);
	add_timewait(a, 3000);
	v = add_verdict(a, 8000, PW_TCP, WHY_HELD);
	v->hint = strdup("in use by python3 (pid 4063)");
	add_remark(v, "SO_REUSEADDR won't help: it is listening", REMARK_DETAIL);
	add_remark(v, "plus 2 closed connections in TIME-WAIT", REMARK_COUNT);
	add_verdict(a, 8000, PW_UDP, WHY_FREE);
}

static void test_widths(void **state)
{
	struct out_opts opts = { .width = 120, .netns = HOME, .by_sudo = true };
	_cleanup_(answer_done) struct answer a;

	(void)state;
	fill(&a);
	assert_shown(&opts, &a, VIEW_WHO,
		     "8000/tcp is in use by python3 (pid 4063, root) for 6.0 min\n"
		     "  command    /usr/bin/python3 -m http.server 8000    directory  /srv/site\n"
		     "  started    6.6 min ago by bash (pid 812) ← sshd    unit       "
		     "user@1000.service\n"
		     "  sockets    listening on 0.0.0.0:8000; 1 ESTABLISHED; 2 in TIME-WAIT (last "
		     "expires in 59 s)\n"
		     "  free it    sudo portwatch --free 8000\n");
	opts.width = 80;
	opts.ascii = true;
	opts.by_sudo = false;
	assert_shown(&opts, &a, VIEW_WHO,
		     "8000/tcp is in use by python3 (pid 4063, root) for 6.0 min\n"
		     "  command    /usr/bin/python3 -m http.server 8000    directory  /srv/site\n"
		     "  started    6.6 min ago by bash (pid 812) <- sshd\n"
		     "  unit       user@1000.service\n"
		     "  sockets    listening on 0.0.0.0:8000; 1 ESTABLISHED; 2 in TIME-WAIT (last\n"
		     "             expires in 59 s)\n"
		     "  free it    portwatch --free 8000\n");
	opts.width = 40;
	assert_shown(&opts, &a, VIEW_WHO,
		     "8000/tcp is in use by python3 (pid 4063,\n"
		     "  root) for 6.0 min\n"
		     "  command    python3 -m http.server 8000\n"
		     "  directory  /srv/site\n"
		     "  started    6.6 min ago by bash (pid\n"
		     "             812) <- sshd\n"
		     "  unit       user@1000.service\n"
		     "  sockets    listening on 0.0.0.0:8000;\n"
		     "             1 ESTABLISHED; 2 in\n"
		     "             TIME-WAIT (last expires in\n"
		     "             59 s)\n"
		     "  free it    portwatch --free 8000\n");
}

/* Leave out what is not known: no label stands alone. */
static void test_unknown(void **state)
{
	struct out_opts opts = { .width = 80, .netns = HOME };
	_cleanup_(answer_done) struct answer a = {};
	struct pw_sock s = sock(PW_UNCONN, "::", 53, NULL, 0);

	(void)state;
	s.proto = PW_UDP;
	add_socket(&a, &s);
	add_holder(&a, 0, 20, "", 6);
	a.processes[0].id.start_ns = 0;
	add_verdict(&a, 53, PW_TCP, WHY_FREE);
	add_verdict(&a, 53, PW_UDP, WHY_HELD);
	assert_shown(&opts, &a, VIEW_WHO,
		     "53/udp is in use by a nameless process (pid 20, user 1000)\n"
		     "  sockets    open on *:53\n"
		     "  free it    portwatch --free 53/udp\n");
	/* Nobody to be seen: the sentence, and the sockets. */
	free(a.sockets[0].holders[0].fds);
	a.sockets[0].nr_holders = 0;
	a.verdicts[1].hint = strdup("in use by a process of ann that you may not inspect");
	assert_shown(&opts, &a, VIEW_WHO,
		     "53/udp: in use by a process of ann that you may not inspect\n"
		     "  sockets    open on *:53\n"
		     "  free it    portwatch --free 53/udp\n");
}

/* A service is stopped by systemd, which would start it again; a container as a whole. */
static void test_free_it(void **state)
{
	struct out_opts opts = { .width = 120, .netns = HOME, .by_sudo = true };
	_cleanup_(answer_done) struct answer a;
	struct capture c;

	(void)state;
	fill(&a);
	free(a.processes[0].unit);
	a.processes[0].unit = strdup("nginx.service");
	show_answer(&c, &opts, &a, VIEW_WHO);
	assert_non_null(strstr(c.text, "  free it    sudo systemctl stop nginx.service, or sudo "
				       "portwatch --free 8000\n"));
	capture_done(&c);
	/* The owner needs no sudo. */
	opts.own_user = a.processes[0].id.uid;
	show_answer(&c, &opts, &a, VIEW_WHO);
	assert_non_null(strstr(c.text,
			       "  free it    sudo systemctl stop nginx.service, or portwatch "
			       "--free 8000\n"));
	capture_done(&c);
	opts.own_user = 0;
	a.processes[0].cgroup =
		strdup("/user.slice/user-1000.slice/user@1000.service/nginx.service");
	show_answer(&c, &opts, &a, VIEW_WHO);
	assert_non_null(
		strstr(c.text, "  free it    systemctl --user stop nginx.service, or sudo "));
	capture_done(&c);
	a.processes[0].container = strdup("c0ffeec0ffeec0ffee");
	show_answer(&c, &opts, &a, VIEW_WHO);
	assert_non_null(
		strstr(c.text, "  free it    stop container c0ffeec0ffee, or sudo portwatch"));
	capture_done(&c);
}

/* The first process adopts orphans: it is called the starter of a service alone. */
static void test_adopted(void **state)
{
	static const char *const chain[] = { "systemd", NULL };
	struct out_opts opts = { .width = 120, .netns = HOME };
	_cleanup_(answer_done) struct answer a;
	struct capture c;

	(void)state;
	fill(&a);
	free(a.processes[0].parents);
	set_parents(&a.processes[0], chain);
	show_answer(&c, &opts, &a, VIEW_WHO);
	assert_non_null(strstr(c.text, "6.6 min ago, now a child of systemd (pid 1)"));
	capture_done(&c);
	free(a.processes[0].unit);
	a.processes[0].unit = strdup("site.service");
	show_answer(&c, &opts, &a, VIEW_WHO);
	assert_non_null(strstr(c.text, "6.6 min ago by systemd (pid 1)"));
	capture_done(&c);
}

static void test_nobody(void **state)
{
	struct out_opts opts = { .width = 80 };
	_cleanup_(answer_done) struct answer a = {};

	(void)state;
	add_verdict(&a, 8001, PW_TCP, WHY_FREE);
	add_verdict(&a, 8001, PW_UDP, WHY_FREE);
	assert_shown(&opts, &a, VIEW_WHO, "8001 is free (tcp, udp)\n");
	/* Elsewhere it may be in use. */
	a.verdicts[0].wildcard = a.verdicts[1].wildcard = false;
	assert_shown(&opts, &a, VIEW_WHO, "8001 is free at the address asked for (tcp, udp)\n");
	opts.as_table = true;
	assert_shown(&opts, &a, VIEW_WHO,
		     "8001/tcp: free at the address asked for\n"
		     "8001/udp: free at the address asked for\n");
	opts.as_table = false;
	a.verdicts[0].wildcard = a.verdicts[1].wildcard = true;
	a.verdicts[0].implied = a.verdicts[1].implied = false;
	assert_shown(&opts, &a, VIEW_WHO, "8001/tcp: free\n\n8001/udp: free\n");
}

/* Print no escape and no line that is too wide, whatever name a process gives itself. */
static void test_hostile(void **state)
{
	_cleanup_(answer_done) struct answer a;
	struct process *p;

	(void)state;
	fill(&a);
	p = &a.processes[0];
	memcpy(p->id.comm, "\033[31m\nevil\x9b\xff\t()", 16);
	free(p->cmdline);
	p->cmdline_len = 4000;
	p->cmdline = malloc(p->cmdline_len);
	assert_non_null(p->cmdline);
	for (size_t i = 0; i < p->cmdline_len; i++)
		p->cmdline[i] = "a\033\0/\xff\n"[i % 6];
	free(p->cwd);
	p->cwd = strdup("/x\033]0;title\007/a\nb");
	for (unsigned int width = 40; width <= 200; width += 40) {
		struct out_opts opts = { .width = width, .netns = HOME };
		struct capture c;

		show_answer(&c, &opts, &a, VIEW_WHO);
		assert_null(strchr(c.text, '\033'));
		for (const char *line = c.text; *line;) {
			size_t n = strcspn(line, "\n");

			assert_true(wrap_width(line, n) <= width);
			line += n + (line[n] == '\n');
		}
		capture_done(&c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_widths),	cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_free_it), cmocka_unit_test(test_adopted),
		cmocka_unit_test(test_nobody),	cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
