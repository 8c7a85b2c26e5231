// SPDX-License-Identifier: GPL-2.0-or-later
/* Options of portfix. */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "portfix.h"

static const char usage_text[] =
	"portfix [OPTION]...: hold a port, in the shape asked for, until killed\n"
	"\n"
	"the socket\n"
	"  --proto tcp|udp      --family 4|6       --addr ADDR (any)  --port N (any)\n"
	"  --v6only 0|1         --reuseaddr        --reuseport        --listen BACKLOG (128)\n"
	"  --device NAME\n"
	"  --mptcp              as Go's servers are by default\n"
	"  --no-bind            listen, connect or stay idle without bind()\n"
	"  --bind-only          bound, not listening\n"
	"  --dup N              N more descriptors for it\n"
	"what it talks to\n"
	"  --connect ADDR:PORT  be the client, of --conns N connections\n"
	"  --sendto ADDR:PORT   send one datagram from an unbound socket\n"
	"  --accept N           take N connections and keep them; --accept-fork: a child each\n"
	"who has it\n"
	"  --workers N          N children inherit it     --reuseport-workers N  one each\n"
	"  --daemonize          a grandchild has it       --leak   a forgotten `sleep` has it\n"
	"  --thread             a second thread opens it  --exec COMMAND...  another program has it\n"
	"  --send-fd PATH       give it to a --recv-fd PATH\n"
	"  --hold-inflight      nobody has it: it is in an AF_UNIX queue\n"
	"whole scenes, on loopback\n"
	"  --state STATE        a connection's server side (--side client: that one) in any TCP state;\n"
	"                       --orphan: close it then; --drop-listener: only the connection stays\n"
	"  --conn-churn N       N short connections, then exit; --linger0: reset them;\n"
	"                       --rate N: so many a second at most; --for MS: no longer than that\n"
	"  --crowd PROCS:FILES  processes with open files, and no port\n"
	"the process\n"
	"  --comm NAME          --ignore-term      --until-eof (of standard input)\n"
	"  --on-term ACTION     at SIGTERM: fork (a child goes on), close (go on without sockets),\n"
	"                       give (the socket, to a --recv-fd PATH, by --give-fd PATH; then end),\n"
	"                       stay (catch it, and go on)\n"
	"  --lifetime SECONDS   (600)              SIGUSR1 closes all sockets\n";

enum kind { FLAG, NUMBER, TEXT };

#define OPTION(name, kind, member)                                                                 \
	{                                                                                          \
		name, kind, offsetof(struct options, member)                                       \
	}

static const struct {
	const char *name;
	enum kind kind;
	size_t offset; /* of a bool, an int, a const char * */
} table[] = {
	OPTION("proto", TEXT, proto),
	OPTION("family", NUMBER, family),
	OPTION("addr", TEXT, addr),
	OPTION("port", NUMBER, port),
	OPTION("v6only", NUMBER, v6only),
	OPTION("reuseaddr", FLAG, reuseaddr),
	OPTION("reuseport", FLAG, reuseport),
	OPTION("device", TEXT, device),
	OPTION("mptcp", FLAG, mptcp),
	OPTION("listen", NUMBER, backlog),
	OPTION("no-bind", FLAG, no_bind),
	OPTION("bind-only", FLAG, bind_only),
	OPTION("dup", NUMBER, dups),
	OPTION("connect", TEXT, connect),
	OPTION("conns", NUMBER, conns),
	OPTION("sendto", TEXT, sendto),
	OPTION("accept", NUMBER, accept),
	OPTION("accept-fork", FLAG, accept_fork),
	OPTION("workers", NUMBER, workers),
	OPTION("reuseport-workers", NUMBER, reuseport_workers),
	OPTION("daemonize", FLAG, daemonize),
	OPTION("leak", FLAG, leak),
	OPTION("thread", FLAG, thread),
	OPTION("send-fd", TEXT, send_fd),
	OPTION("recv-fd", TEXT, recv_fd),
	OPTION("hold-inflight", FLAG, inflight),
	OPTION("state", TEXT, state),
	OPTION("side", TEXT, side),
	OPTION("orphan", FLAG, orphan),
	OPTION("drop-listener", FLAG, drop_listener),
	OPTION("conn-churn", NUMBER, churn),
	OPTION("linger0", FLAG, linger0),
	OPTION("rate", NUMBER, rate),
	OPTION("for", NUMBER, for_ms),
	OPTION("crowd", TEXT, crowd),
	OPTION("comm", TEXT, comm),
	OPTION("ignore-term", FLAG, ignore_term),
	OPTION("on-term", TEXT, on_term),
	OPTION("give-fd", TEXT, give_fd),
	OPTION("until-eof", FLAG, until_eof),
	OPTION("lifetime", NUMBER, lifetime),
};

/* Returns how many words were taken. */
static int parse_one(struct options *o, char **words)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		char *at = (char *)o + table[i].offset;

		if (strcmp(words[0] + 2, table[i].name))
			continue;
		if (table[i].kind == FLAG) {
			*(bool *)at = true;
			return 1;
		}
		if (!words[1])
			errx(2, "%s needs a value", words[0]);
		if (table[i].kind == NUMBER)
			*(int *)at = atoi(words[1]);
		else
			*(const char **)at = words[1];
		return 2;
	}
	errx(2, "no such option: %s", words[0]);
}

void options_parse(struct options *o, char **words)
{
	*o = (struct options){
		.family = 4,
		.v6only = -1,
		.backlog = 128,
		.conns = 1,
		.lifetime = 600,
	};
	while (*words && !o->exec) {
		if (!strcmp(*words, "--help")) {
			fputs(usage_text, stdout);
			exit(0);
		}
		if (strncmp(*words, "--", 2))
			errx(2, "unexpected: %s", *words);
		/* a command is all that follows */
		if (!strcmp(*words, "--exec"))
			o->exec = words + 1;
		else
			words += parse_one(o, words);
	}
	if (o->exec && !o->exec[0])
		errx(2, "--exec needs a command");
	o->family = o->family == 6 ? AF_INET6 : AF_INET;
	o->type = o->proto && !strcmp(o->proto, "udp") ? SOCK_DGRAM : SOCK_STREAM;
	o->client_side = o->side && !strcmp(o->side, "client");
	if (o->crowd && sscanf(o->crowd, "%d:%d", &o->crowd_procs, &o->crowd_fds) != 2)
		errx(2, "not PROCESSES:FILES: %s", o->crowd);
}
