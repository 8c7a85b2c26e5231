// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mkrecord: writes a recording for the command tests, so that everything behind the
 * reader is tested without root and always with the same times, addresses and processes.
 *
 *	mkrecord story > FILE		one server's life and what goes wrong around it
 *	mkrecord many N > FILE		N binds of ports 1, 2, ...
 *	mkrecord future > FILE		a recording with another ABI number
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/record.h"

#define NETNS 4026531840u
#define OTHER_NETNS 4026532999u
#define SEC 1000000000ull
#define MSEC 1000000ull

/* 2026-01-01T12:00:00Z is 100 s after boot. */
#define BOOT_TO_REAL ((1767268800ll - 100) * (long long)SEC)
#define START (100 *SEC)

static uint64_t count;

static void put(const struct pw_event *ev)
{
	uint8_t buf[RECORD_EVENT_LEN];

	record_event_encode(count++, ev, buf);
	fwrite(buf, 1, sizeof(buf), stdout);
}

static void put_header(uint32_t abi)
{
	struct record_info info = {
		.abi = abi,
		.netns = NETNS,
		.boot_to_real = BOOT_TO_REAL,
		.start_ns = START,
	};
	uint8_t buf[RECORD_HEADER_LEN];

	record_header_encode(&info, buf);
	fwrite(buf, 1, sizeof(buf), stdout);
}

static struct pw_event event(uint8_t kind, uint64_t ms, uint8_t proto, uint8_t family)
{
	return (struct pw_event){
		.kind = kind,
		.time_ns = START + ms * MSEC,
		.sk = 0xffff888000001000,
		.cookie = 77,
		.netns = NETNS,
		.proto = proto,
		.family = family,
	};
}

static void by(struct pw_event *ev, uint32_t pid, uint32_t uid, const char *comm)
{
	ev->actor.tgid = pid;
	ev->actor.start_ns = 50 *SEC + pid;
	ev->actor.uid = uid;
	strncpy(ev->actor.comm, comm, sizeof(ev->actor.comm) - 1);
}

static void between(struct pw_event *ev, const char *laddr, uint16_t lport, const char *raddr,
		    uint16_t rport)
{
	int family = ev->family == PW_INET6 ? AF_INET6 : AF_INET;

	inet_pton(family, laddr, ev->laddr.b);
	if (raddr)
		inet_pton(family, raddr, ev->raddr.b);
	ev->lport = lport;
	ev->rport = rport;
}

static void states(struct pw_event *ev, uint8_t old_state, uint8_t new_state)
{
	ev->old_state = old_state;
	ev->new_state = new_state;
}

static void server_starts(void)
{
	struct pw_event ev = event(PW_EV_BIND, 0, PW_TCP, PW_INET6);

	by(&ev, 1479, 1000, "tracd");
	between(&ev, "::", 8000, NULL, 0);
	states(&ev, PW_CLOSE, PW_BOUND);
	put(&ev);

	ev.kind = PW_EV_LISTEN;
	ev.time_ns += 250000;
	ev.backlog = 128;
	states(&ev, PW_BOUND, PW_LISTEN);
	put(&ev);

	ev = event(PW_EV_BIND_FAILED, 500, PW_TCP, PW_INET);
	by(&ev, 900, 1001, "uvicorn");
	between(&ev, "0.0.0.0", 8000, NULL, 0);
	ev.error = EADDRINUSE;
	ev.cookie = 0;
	put(&ev);
}

static void client_comes_and_goes(void)
{
	struct pw_event ev = event(PW_EV_CONNECT, 1000, PW_TCP, PW_INET);

	ev.cookie = 78;
	by(&ev, 812, 1000, "curl");
	between(&ev, "127.0.0.1", 43670, "127.0.0.1", 8000);
	states(&ev, PW_CLOSE, PW_SYN_SENT);
	put(&ev);

	ev.kind = PW_EV_STATE;
	ev.time_ns += 100000;
	states(&ev, PW_SYN_SENT, PW_ESTABLISHED);
	put(&ev);

	ev = event(PW_EV_ACCEPT, 1001, PW_TCP, PW_INET);
	ev.cookie = 79;
	ev.flags = PW_EF_INFERRED;
	by(&ev, 1479, 1000, "tracd");
	between(&ev, "127.0.0.1", 8000, "127.0.0.1", 43670);
	states(&ev, PW_SYN_RECV, PW_ESTABLISHED);
	put(&ev);

	ev.kind = PW_EV_CLOSE;
	ev.flags = 0;
	ev.time_ns = START + 94211500000ull;
	ev.age_ns = 93210500000ull;
	states(&ev, PW_FIN_WAIT2, PW_CLOSE);
	put(&ev);

	ev.kind = PW_EV_TIMEWAIT;
	ev.age_ns = 0;
	states(&ev, PW_FIN_WAIT2, PW_TIME_WAIT);
	put(&ev);

	ev.kind = PW_EV_TIMEWAIT_END;
	ev.time_ns += 60 *SEC;
	states(&ev, PW_TIME_WAIT, PW_CLOSE);
	put(&ev);
}

/* A name with an escape sequence, UDP, another namespace, and a loss. */
static void odd_ones(void)
{
	struct pw_event ev = event(PW_EV_BIND, 200000, PW_UDP, PW_INET);

	ev.cookie = 80;
	by(&ev, 666, 0, "evil\033[31m\n");
	between(&ev, "192.0.2.1", 53, NULL, 0);
	ev.netns = OTHER_NETNS;
	states(&ev, PW_CLOSE, PW_UNCONN);
	put(&ev);

	memset(&ev, 0, sizeof(ev));
	ev.kind = PW_EV_LOST;
	ev.time_ns = START + 200001 * MSEC;
	ev.age_ns = 128;
	put(&ev);
}

static void many(unsigned long n)
{
	for (unsigned long i = 1; i <= n; i++) {
		struct pw_event ev = event(PW_EV_BIND, i, PW_TCP, PW_INET);

		by(&ev, 1000, 1000, "many");
		between(&ev, "127.0.0.1", (i - 1) % 65535 + 1, NULL, 0);
		states(&ev, PW_CLOSE, PW_BOUND);
		put(&ev);
	}
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "story")) {
		put_header(PW_ABI);
		server_starts();
		client_comes_and_goes();
		odd_ones();
	} else if (argc == 3 && !strcmp(argv[1], "many")) {
		put_header(PW_ABI);
		many(strtoul(argv[2], NULL, 10));
	} else if (argc == 2 && !strcmp(argv[1], "future")) {
		put_header(PW_ABI + 1);
	} else {
		fputs("usage: mkrecord story | many N | future\n", stderr);
		return 2;
	}
	return fflush(stdout) || ferror(stdout);
}
