// SPDX-License-Identifier: GPL-2.0-or-later
#include "print/audit_print.h"

#include "unit.h"

static struct fault *add_fault(struct faults *f, enum fault_kind kind)
{
	struct fault *fault = faults_add(f, kind);

	assert_non_null(fault);
	fault->at.s = sock(PW_ESTABLISHED, "127.0.0.1", 8000, "10.0.0.2", 5000);
	fault->at.s.netns = 7;
	return fault;
}

static void assert_printed(const struct out_opts *opts, const struct audit_report *r,
			   const char *want)
{
	struct capture c;

	capture_init(&c);
	assert_int_equal(audit_print(opts, r, c.f), 0);
	assert_string_equal(capture_text(&c), want);
	capture_done(&c);
}

static void test_text(void **state)
{
	const struct out_opts opts = { .header = true }, bare = {};
	_cleanup_(faults_done) struct faults f = {};
	struct audit_report r = { .nr_sockets = 9, .nr_entries = 8, .nr_netns = 1, .faults = &f };
	struct fault *fault;

	(void)state;
	assert_printed(&opts, &r, "9 sockets in 1 network namespace, 8 entries: no difference\n");
	add_fault(&f, FAULT_MISSING)->repaired = true;
	fault = add_fault(&f, FAULT_WRONG);
	fault->field = "state";
	fault->kernel.state = PW_FIN_WAIT2;
	fault = add_fault(&f, FAULT_COUNT);
	fault->port_index = PW_PORT_INDEX(PW_UDP, 53);
	fault->said.indexed = 2;
	fault->found.indexed = 1;
	add_fault(&f, FAULT_PROC)->tgid = 40;
	r.repair = r.degraded = true;
	assert_printed(
		&opts, &r,
		"sockets: tcp ESTABLISHED 127.0.0.1:8000 -> 10.0.0.2:5000 netns 7: the tracker "
		"does not have it (repaired)\n"
		"sockets: tcp ESTABLISHED 127.0.0.1:8000 -> 10.0.0.2:5000 netns 7: state is "
		"ESTABLISHED to the tracker, FIN_WAIT2 to the kernel\n"
		"ports: 53/udp: the tracker counts 2 indexed and 0 others, has 1 and 0\n"
		"procs: PID 40: this process has ended\n"
		"9 sockets in 1 network namespace, 8 entries: 4 differences, 1 repaired; degraded: "
		"the tracker was too small\n");
	f.list.nr = 1;
	assert_printed(
		&bare, &r,
		"sockets: tcp ESTABLISHED 127.0.0.1:8000 -> 10.0.0.2:5000 netns 7: the tracker "
		"does not have it (repaired)\n");
}

/* Each kind of fault has its words and its members. */
static void test_every_kind(void **state)
{
	(void)state;
	for (int kind = FAULT_MISSING; kind <= FAULT_UNSEEN; kind++) {
		const struct out_opts opts = {}, json = { .json = true };
		_cleanup_(faults_done) struct faults f = {};
		const struct audit_report r = { .faults = &f };
		struct capture text, document;

		add_fault(&f, (enum fault_kind)kind)->field = "port";
		capture_init(&text);
		capture_init(&document);
		assert_int_equal(audit_print(&opts, &r, text.f), 0);
		assert_int_equal(audit_print(&json, &r, document.f), 0);
		assert_row(kind, strlen(capture_text(&text)) > 20 && !strstr(text.text, "(null)"));
		assert_row(kind, strstr(capture_text(&document), "\"problem\":\""));
		assert_row(kind, strstr(document.text, "\"clean\":false"));
		capture_done(&text);
		capture_done(&document);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_every_kind),
	};

	return cmocka_run_group_tests_name("audit_print", tests, NULL, NULL);
}
