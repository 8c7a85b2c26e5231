// SPDX-License-Identifier: GPL-2.0-or-later
/* export: metrics for Prometheus, once to standard output or served by HTTP. */
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/sleep.h"
#include "cmd/common.h"
#include "cmd/fail.h"
#include "flow/ask.h"
#include "flow/export_collect.h"
#include "flow/lookup.h"
#include "flow/source.h"
#include "http/host.h"
#include "http/server.h"
#include "print/metrics_text.h"
#include "sys/caps.h"
#include "sys/listen.h"
#include "sys/privileges.h"
#include "sys/signals.h"

#define TOP 20
#define LISTENERS 500
#define MAX_ROWS 100000
/* Serve numbers again that are younger than this. */
#define FRESH_NS NSEC_PER_SEC
#define KEPT_FREE (1 << 20) /* bytes between two looks */

DEFINE_CLEANUP(struct server *, server_free);

struct export_args {
	struct common common;
	struct exporter e;
	struct listen_addr listen;
	struct opt_list hosts;
	bool serve, names;
	int format; /* enum metrics_format */
	int netns;
	uint64_t looked_ns;
};

static const char *const formats[] = { "openmetrics", "prometheus", NULL };
static const char *const netns_choices[] = { "all", "self", NULL };

static int parse_listen(void *base, const struct opt *o, const char *value, struct strbuf *why)
{
	struct export_args *args = base;
	int err = listen_parse(value, &args->listen);

	(void)o;
	args->serve = true;
	if (err)
		strbuf_addf(why, "--listen: '%s' is no ADDR:PORT, such as 127.0.0.1:9736", value);
	return err;
}

static const struct opt export_opts[] = {
	OPT_CALL(0, "listen", parse_listen, 0, "ADDR:PORT",
		 "serve http://ADDR:PORT/metrics (without ADDR on 127.0.0.1)"),
	OPT_LIST(0, "allow-host", struct export_args, hosts, "HOST",
		 "also answer requests for this host name, not only for our own addresses"),
	OPT_FLAG(0, "names", struct export_args, names,
		 "show names of processes, users and units even to other hosts"),
	OPT_CHOICE(0, "format", struct export_args, format, formats, "openmetrics|prometheus",
		   "print this format (default openmetrics); HTTP clients choose their own"),
	OPT_U32(0, "top", struct export_args, e.top, 1, MAX_ROWS, "N",
		"show at most this many rows by port, peer or process (default 20)"),
	OPT_U32(0, "listeners", struct export_args, e.listeners, 1, MAX_ROWS, "N",
		"show at most this many owners of ports (default 500)"),
	OPT_CHOICE(0, "netns", struct export_args, netns, netns_choices, "all|self",
		   "look in these network namespaces (default all)"),
	OPT_FLAG(0, "bind-failures", struct export_args, e.bind_failures,
		 "count failed binds even where only traced system calls tell of them (some 5 ns "
		 "each); needs --listen"),
	OPT_END,
};

static void format(struct export_args *args, enum metrics_format how, struct strbuf *ret)
{
	metrics_text(&args->e.metrics, how, ret);
}

static int print_once(struct export_args *args)
{
	_cleanup_(strbuf_done) struct strbuf text = {};
	int err = exporter_collect(&args->e);

	if (err)
		return fail_tracker(err);
	format(args, args->format, &text);
	if (strbuf_error(&text))
		return fail_output(-ENOMEM);
	if (fwrite(text.s, 1, text.len, stdout) != text.len || fflush(stdout))
		return fail_output(-errno);
	return EXIT_YES;
}

static int look(void *arg, uint64_t *ret_version, struct strbuf *why)
{
	struct export_args *args = arg;
	uint64_t now = clock_boot_ns();
	int err;

	if (!args->looked_ns || now - args->looked_ns >= FRESH_NS) {
		err = exporter_collect(&args->e);
		if (err) {
			args->looked_ns = 0;
			strbuf_adds(why, tracker_reason()[0] ? tracker_reason() : strerror(-err));
			log_warn("nothing to show: %s", strbuf_str(why));
			strbuf_addc(why, '\n');
			return err;
		}
		args->looked_ns = now;
		/* malloc() would keep for ever the memory that a moment of many sockets took. */
		malloc_trim(KEPT_FREE);
	}
	*ret_version = args->looked_ns;
	return 0;
}

static void write_page(void *arg, bool openmetrics, struct strbuf *ret)
{
	format(arg, openmetrics ? METRICS_OPENMETRICS : METRICS_PROMETHEUS, ret);
}

static int drop_privileges(const struct export_args *args)
{
	/* To enter other network namespaces, and to find them. */
	static const unsigned int wanted[] = { CAP_BPF, CAP_PERFMON, CAP_SYS_ADMIN,
					       CAP_SYS_PTRACE };

	return privileges_keep(wanted, args->e.own_netns && !args->e.bind_failures ? 2 : 4);
}

static int serve(struct server *server, int signal_fd)
{
	struct pollfd fds[] = {
		{ .fd = signal_fd, .events = POLLIN },
		{ .fd = server_fd(server), .events = POLLIN },
	};

	while (!signals_came()) {
		int err;

		err = sleep_until(fds, ARRAY_SIZE(fds), sleep_in_ms(server_timeout(server)), NULL);
		if (err < 0)
			return fail(err, "cannot wait for requests");
		err = server_run(server);
		if (err)
			return fail(err, "cannot serve");
	}
	return EXIT_YES;
}

/* Return the sentence of `who` about the port, or NULL if it cannot be found out. The caller owns
 * it. */
static char *who_has(const struct export_args *args)
{
	_cleanup_(filter_done) struct filter filter = { .lookup = lookup_system };
	_cleanup_(tracker_free_p) struct tracker *tracker = NULL;
	_cleanup_(answer_done) struct answer answer = {};
	int err;

	answer_init(&answer);
	err = portspec_add(&filter.ports, args->listen.port, args->listen.port, PW_TCP);
	if (!err)
		err = common_open(&args->common, TRACKER_SNAPSHOT, &tracker);
	if (!err)
		err = ask(tracker, &filter, false, &answer);
	if (err || !answer.nr_verdicts || answer.verdicts[0].why == WHY_FREE)
		return NULL;
	return answer.verdicts[0].hint ? strdup(answer.verdicts[0].hint) : NULL;
}

static int fail_listen(const struct export_args *args, int err)
{
	_cleanup_free_ char *who = err == -EADDRINUSE ? who_has(args) : NULL;
	char at[ADDR_PORT_LEN];

	addr_format_port(args->listen.family, &args->listen.addr, args->listen.port, at);
	if (err == -EADDRINUSE)
		log_error("cannot listen on %s: %s (portwatch %u tells more)", at,
			  who ? who : strerror(-err), args->listen.port);
	else
		log_error("cannot listen on %s: %s", at, strerror(-err));
	return fail_status(err);
}

static int listen_and_serve(struct export_args *args, int fd)
{
	const struct server_page page = { look, write_page, args, &args->hosts };
	_cleanup_(server_free_p) struct server *server = NULL;
	bool inherited = fd >= 0;
	int signal_fd = signals_open(), err, status;

	if (signal_fd < 0)
		return fail(signal_fd, "cannot wait for signals");
	if (fd < 0)
		fd = listen_open(&args->listen);
	if (fd < 0)
		return fail_listen(args, fd);
	args->e.nameless = !args->names && !listen_is_local(fd);
	err = drop_privileges(args);
	if (err)
		return fail(err, "cannot give up capabilities");
	/* Collect once now, to fail here and not at the first scrape. With a socket from systemd go
	 * on all the same: systemd would start us again, and close the socket after some failures.
	 */
	err = exporter_collect(&args->e);
	status = err ? fail_tracker(err) : EXIT_YES;
	if (err && !inherited)
		return status;
	err = server_new(fd, &page, &server);
	if (err)
		return fail(err, "cannot serve");
	log_info("serving /metrics%s",
		 args->e.nameless ? " without names, for other hosts can ask (--names)" : "");
	return serve(server, signal_fd);
}

static bool hosts_are_names(const struct opt_list *hosts, struct strbuf *why)
{
	for (size_t i = 0; i < hosts->nr; i++) {
		if (host_list_parse(hosts->values[i]))
			continue;
		strbuf_addf(why, "--allow-host: '%s' is no name or address without a port",
			    hosts->values[i]);
		return false;
	}
	return true;
}

/* True: the arguments make sense together. fd: a socket that was handed over. */
static bool check(const struct command *self, const struct export_args *args, int fd,
		  int *ret_status)
{
	_cleanup_(strbuf_done) struct strbuf why = {};
	bool serves = args->serve || fd >= 0;

	if (args->common.json)
		*ret_status = fail_usage(self, "export has no JSON: `status --json`, `list --json` "
					       "and `timewait --json` have the same");
	else if (fd == -EINVAL)
		*ret_status =
			fail_usage(self, "systemd has to hand over one listening stream socket");
	else if (args->e.bind_failures && !serves)
		*ret_status =
			fail_usage(self, "--bind-failures needs --listen, to count for as long");
	else if (args->hosts.nr && !serves)
		*ret_status = fail_usage(self, "--allow-host needs --listen");
	else if (!hosts_are_names(&args->hosts, &why))
		*ret_status = fail_usage(self, strbuf_str(&why));
	else
		return true;
	return false;
}

static int export(const struct command *self, int argc, char **argv)
{
	struct export_args args = { .e = { .top = TOP, .listeners = LISTENERS } };
	struct opt_set sets[] = { { "Options", export_opts, &args } };
	int fd, status;

	if (!common_parse_no_operands(self, sets, ARRAY_SIZE(sets), &args.common, argc, argv,
				      &status))
		return status;
	args.e.tracker = common_tracker(&args.common);
	args.e.own_netns = args.netns;
	fd = listen_inherited();
	if (check(self, &args, fd, &status)) {
		exporter_init(&args.e);
		status = args.serve || fd >= 0 ? listen_and_serve(&args, fd) : print_once(&args);
		exporter_done(&args.e);
	}
	opt_list_done(&args.hosts);
	return status;
}

static const char *const examples[] = {
	"sudo portwatch export\tOpenMetrics, once",
	"sudo portwatch export --format prometheus\tfor node_exporter's textfile collector",
	"sudo portwatch export --listen :9736\tserve http://127.0.0.1:9736/metrics",
	"sudo portwatch export --listen 192.0.2.7:9736\tserve other hosts, without names of processes",
	NULL,
};

const struct command cmd_export = {
	.name = "export",
	.summary = "print or serve metrics for Prometheus",
	.usage = {
		.examples = examples,
		.synopsis = "portwatch export [OPTION...]",
		.about = "Without a loaded tracker there is only a snapshot, and portwatch_tracker_loaded "
			 "is 0.\nThe number of series is bounded: portwatch_dropped_rows counts what was left "
			 "out.",
	},
	.opts = export_opts,
	.run = export,
};
