// SPDX-License-Identifier: GPL-2.0-or-later
#include "tables/procnet.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/num.h"
#include "tables/netuse.h"

#define TIMER_TIMEWAIT 3 /* get_timewait4_sock in net/ipv4/tcp_ipv4.c */

/* ---- one line: get_tcp4_sock in net/ipv4/tcp_ipv4.c, udp4_format_sock in net/ipv4/udp.c ---- */

struct cursor {
	const char *p, *end;
};

static void skip_blanks(struct cursor *c)
{
	while (c->p < c->end && *c->p == ' ')
		c->p++;
}

static int hex_digit(char ch)
{
	if (ch >= '0' && ch <= '9')
		return ch - '0';
	return ch >= 'A' && ch <= 'F' ? ch - 'A' + 10 : -1;
}

/* At least one digit and not more than `most`. */
static bool take_hex(struct cursor *c, int most, uint64_t *ret)
{
	uint64_t v = 0;
	int nr = 0;

	for (; c->p < c->end && nr < most && hex_digit(*c->p) >= 0; nr++)
		v = v << 4 | (uint64_t)hex_digit(*c->p++);
	*ret = v;
	return nr > 0;
}

static bool take_char(struct cursor *c, char ch)
{
	if (c->p == c->end || *c->p != ch)
		return false;
	c->p++;
	return true;
}

/* Two numbers with a colon between them, behind blanks. */
static bool take_pair(struct cursor *c, uint64_t *ret_a, uint64_t *ret_b)
{
	skip_blanks(c);
	return take_hex(c, 16, ret_a) && take_char(c, ':') && take_hex(c, 16, ret_b);
}

static bool take_number(struct cursor *c, uint64_t max, uint64_t *ret)
{
	const char *begin;

	skip_blanks(c);
	for (begin = c->p; c->p < c->end && *c->p != ' ';)
		c->p++;
	return !num_parse_span(begin, (size_t)(c->p - begin), 0, max, ret);
}

/* Each word of an address is printed as a number of the machine's own byte order. */
static bool take_end(struct cursor *c, uint8_t family, struct pw_addr *ret_addr, uint16_t *ret_port)
{
	size_t words = family == PW_INET6 ? 4 : 1;
	uint64_t v;

	skip_blanks(c);
	for (size_t i = 0; i < words; i++) {
		const char *begin = c->p;
		uint32_t word;

		if (!take_hex(c, 8, &v) || c->p != begin + 8)
			return false;
		word = (uint32_t)v;
		memcpy(ret_addr->b + i * sizeof(word), &word, sizeof(word));
	}
	if (!take_char(c, ':') || !take_hex(c, 4, &v))
		return false;
	*ret_port = (uint16_t)v;
	return true;
}

struct row {
	struct pw_sock s;
	uint64_t state, timer, when, uid, inode;
};

static bool take_row(struct cursor *c, uint8_t family, struct row *r)
{
	uint64_t unused;

	skip_blanks(c);
	while (c->p < c->end && *c->p >= '0' && *c->p <= '9')
		c->p++;
	if (!take_char(c, ':') || !take_end(c, family, &r->s.laddr, &r->s.lport) ||
	    !take_end(c, family, &r->s.raddr, &r->s.rport))
		return false;
	skip_blanks(c);
	if (!take_hex(c, 2, &r->state) || !take_pair(c, &unused, &unused) || /* queues */
	    !take_pair(c, &r->timer, &r->when))
		return false;
	skip_blanks(c);
	return take_hex(c, 16, &unused) && /* retransmits */
	       take_number(c, UINT32_MAX, &r->uid) &&
	       take_number(c, UINT64_MAX, &unused) && /* timeout */
	       take_number(c, UINT64_MAX, &r->inode);
}

static bool has_no_peer(uint8_t state)
{
	return state == PW_LISTEN || state == PW_BOUND || state == PW_UNCONN;
}

static uint8_t state_of(uint64_t shown, uint8_t proto)
{
	if (shown == PW_NEW_SYN_RECV)
		return PW_SYN_RECV;
	if (shown != PW_CLOSE)
		return (uint8_t)shown;
	return proto == PW_UDP ? PW_UNCONN : PW_BOUND;
}

static uint32_t user_hz(void)
{
	long hz = sysconf(_SC_CLK_TCK);

	return hz > 0 ? (uint32_t)hz : 100; /* USER_HZ, include/asm-generic/param.h */
}

int procnet_line(const char *line, size_t len, uint8_t proto, uint8_t family, struct pw_rec *ret)
{
	struct cursor c = { line, line + len };
	struct row r = {};
	struct pw_rec rec;

	if (!take_row(&c, family, &r) || !r.state || r.state > PW_NEW_SYN_RECV)
		return -EINVAL;
	rec = (struct pw_rec){
		.kind = proto == PW_UDP ? PW_REC_UDP : PW_REC_TCP,
		.lacks = PW_LACKS_V6ONLY | PW_LACKS_BACKLOG,
		.timewait = proto == PW_TCP && r.timer == TIMER_TIMEWAIT && !r.inode,
		.inode = r.inode,
		.has_socket = r.inode != 0,
		.has_uid = r.inode != 0,
		.bind.uid = r.inode ? (uint32_t)r.uid : 0,
		.sock = r.s,
	};
	rec.sock.proto = proto;
	rec.sock.family = family;
	rec.sock.state = state_of(r.state, proto);
	if (has_no_peer(rec.sock.state)) {
		rec.sock.rport = 0;
		rec.sock.raddr = (struct pw_addr){};
	}
	if (rec.timewait) {
		rec.hz = user_hz();
		rec.expires = r.when > INT64_MAX ? 0 : (int64_t)r.when;
	} else if (!rec.has_socket && rec.sock.state != PW_SYN_RECV) {
		rec.sock.flags |= PW_F_RELEASED; /* an orphan, or nobody has accepted it yet */
	}
	*ret = rec;
	return 0;
}

/* ---- a table ---- */

struct table {
	uint8_t proto, family;
	uint32_t netns;
	const struct question *q;
	rec_fn fn;
	void *arg;
};

static bool is_heading(const char *line, size_t len)
{
	struct cursor c = { line, line + len };

	skip_blanks(&c);
	return c.end - c.p > 3 && !memcmp(c.p, "sl ", 3);
}

static int on_line(const struct table *t, const char *line, size_t len)
{
	struct pw_rec rec;

	if (is_heading(line, len))
		return 0;
	if (procnet_line(line, len, t->proto, t->family, &rec))
		return -EIO;
	rec.sock.netns = t->netns;
	return question_wants(t->q, &rec) ? t->fn(t->arg, &rec) : 0;
}

static int read_table(int fd, const struct table *t)
{
	char buf[16384], *line, *end;
	size_t have = 0;
	ssize_t n;
	int err;

	for (;;) {
		n = read(fd, buf + have, sizeof(buf) - have);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : have ? -EIO : 0;
		have += (size_t)n;
		for (line = buf; (end = memchr(line, '\n', (size_t)(buf + have - line)));
		     line = end + 1) {
			err = on_line(t, line, (size_t)(end - line));
			if (err)
				return err;
		}
		have -= (size_t)(line - buf);
		if (have == sizeof(buf))
			return -EIO;
		memmove(buf, line, have);
	}
}

int procnet_read(int fd, uint8_t proto, uint8_t family, const struct question *q, rec_fn fn,
		 void *arg)
{
	return read_table(fd, &(struct table){ proto, family, 0, q, fn, arg });
}

/* ---- a namespace ---- */

static int read_file(int dir, const char *name, const struct table *t)
{
	_cleanup_close_ int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);

	if (fd >= 0)
		return read_table(fd, t);
	/* Without IPv6 there is no such table; but if its fellow is gone too, so is the process. */
	if (errno == ENOENT && t->family == PW_INET6 && !faccessat(dir, "tcp", F_OK, 0))
		return 0;
	return -errno;
}

static int open_net(uint32_t pid, uint32_t *ret_netns)
{
	char path[48] = "/proc/thread-self/ns/net";
	struct stat st;
	int fd;

	if (pid)
		snprintf(path, sizeof(path), "/proc/%u/ns/net", pid);
	*ret_netns = stat(path, &st) ? 0 : (uint32_t)st.st_ino;
	snprintf(path, sizeof(path), pid ? "/proc/%u/net" : "/proc/thread-self/net", pid);
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static bool is_used(const struct table *t, const struct netuse *use)
{
	return t->proto != PW_TCP || (t->family == PW_INET ? use->tcp : use->tcp6);
}

int procnet_sockets(uint32_t pid, const struct question *q, rec_fn fn, void *arg)
{
	static const struct {
		const char *name;
		uint8_t proto, family;
	} files[] = {
		{ "tcp", PW_TCP, PW_INET },
		{ "tcp6", PW_TCP, PW_INET6 },
		{ "udp", PW_UDP, PW_INET },
		{ "udp6", PW_UDP, PW_INET6 },
	};
	struct table t = { .q = q, .fn = fn, .arg = arg };
	_cleanup_close_ int dir = open_net(pid, &t.netns);
	struct netuse use = { true, true };
	int err = dir < 0 ? dir : 0;

	if (!err && question_wants_proto(q, PW_TCP))
		netuse_read(dir, &use);
	for (size_t i = 0; i < ARRAY_SIZE(files) && !err; i++) {
		t.proto = files[i].proto;
		t.family = files[i].family;
		if (question_wants_proto(q, t.proto) && is_used(&t, &use))
			err = read_file(dir, files[i].name, &t);
	}
	return err;
}
