// SPDX-License-Identifier: GPL-2.0-or-later
/* The lines of /proc/PID/net, and the numbers of processes. */
#include "unit.h"

#include <sys/mman.h>

#include "tables/pids.h"
#include "tables/procnet.h"

#define LISTENER                                                                                      \
	"   0: 0100007F:1F90 00000000:0000 0A 00000000:00000003 00:00000000 00000000  1000        0 " \
	"12345 1 0000000000000000 100 0 0 10 0                     "
#define TIMEWAIT                                                                                        \
	"  12: 0100007F:1F90 0100007F:BC0E 06 00000000:00000000 03:0000176E 00000000     0        0 0 " \
	"3 0000000000000000"
#define FIN_WAIT2                                                                                       \
	"  12: 0100007F:1F90 0100007F:BC0E 05 00000000:00000000 03:0000176E 00000000     0        0 0 " \
	"3 0000000000000000"
#define ORPHAN                                                                                          \
	"   3: 0100007F:1F90 0100007F:BC0E 04 00000001:00000000 01:00000014 00000000     0        0 0 " \
	"4 0000000000000000 22 4 30 10 -1"
#define SYN_RECV                                                                                        \
	"   3: 0100007F:1F90 0100007F:BC0E 03 00000000:00000000 01:00000014 00000000  1000        0 0 " \
	"0 0000000000000000"
#define V6                                                                                         \
	" 100: 0000000000000000FFFF00000100007F:0016 0000000000000000FFFF00000200007F:C000 01 "    \
	"00000000:00000000 02:000004D2 00000000     7        0 4294967296 2 0 20 4 0 10 -1"
#define UDP                                                                                             \
	" 4194: 00000000:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000 4294967294      " \
	"  0 77 2 0000000000000000 0         "

static int parse(const char *line, uint8_t proto, uint8_t family, struct pw_rec *ret)
{
	size_t len = strlen(line);
	_cleanup_free_ char *copy = exact(line, len);

	return procnet_line(copy, len, proto, family, ret);
}

static void lines(void **state)
{
	static const struct {
		const char *line;
		uint8_t proto, family, state;
		const char *laddr, *raddr;
		uint16_t lport, rport;
		uint64_t inode;
		uint32_t uid, flags;
		int64_t expires;
	} rows[] = {
		{ LISTENER, PW_TCP, PW_INET, PW_LISTEN, "127.0.0.1", "0.0.0.0", 8080, 0, 12345,
		  1000, 0, 0 },
		{ TIMEWAIT, PW_TCP, PW_INET, PW_TIME_WAIT, "127.0.0.1", "127.0.0.1", 8080, 48142, 0,
		  0, 0, 5998 },
		{ FIN_WAIT2, PW_TCP, PW_INET, PW_FIN_WAIT2, "127.0.0.1", "127.0.0.1", 8080, 48142,
		  0, 0, 0, 5998 },
		{ ORPHAN, PW_TCP, PW_INET, PW_FIN_WAIT1, "127.0.0.1", "127.0.0.1", 8080, 48142, 0,
		  0, PW_F_RELEASED, 0 },
		{ SYN_RECV, PW_TCP, PW_INET, PW_SYN_RECV, "127.0.0.1", "127.0.0.1", 8080, 48142, 0,
		  0, 0, 0 },
		{ V6, PW_TCP, PW_INET6, PW_ESTABLISHED, "::ffff:127.0.0.1", "::ffff:127.0.0.2", 22,
		  49152, 4294967296, 7, 0, 0 },
		{ UDP, PW_UDP, PW_INET, PW_UNCONN, "0.0.0.0", "0.0.0.0", 53, 0, 77, 4294967294u, 0,
		  0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct pw_addr laddr = address(rows[i].laddr, &(uint8_t){ 0 });
		struct pw_addr raddr = address(rows[i].raddr, &(uint8_t){ 0 });
		struct pw_rec rec;

		assert_row(i, !parse(rows[i].line, rows[i].proto, rows[i].family, &rec));
		assert_row(i, rec.sock.state == rows[i].state);
		assert_row(i, rec.sock.proto == rows[i].proto);
		assert_row(i, rec.sock.family == rows[i].family);
		assert_row(i, !memcmp(&rec.sock.laddr, &laddr, sizeof(laddr)));
		assert_row(i, !memcmp(&rec.sock.raddr, &raddr, sizeof(raddr)));
		assert_row(i, rec.sock.lport == rows[i].lport && rec.sock.rport == rows[i].rport);
		assert_row(i, rec.inode == rows[i].inode && rec.bind.uid == rows[i].uid);
		assert_row(i, rec.has_socket == !!rows[i].inode && rec.has_uid == !!rows[i].inode);
		assert_row(i, rec.sock.flags == rows[i].flags && !rec.sock.cookie);
		assert_row(i, rec.timewait == !!rows[i].expires && rec.expires == rows[i].expires);
		assert_row(i, !rec.timewait || rec.hz == (uint32_t)sysconf(_SC_CLK_TCK));
	}
}

/* Everything up to the inode is needed; nothing is read past the end. */
static void cut(void **state)
{
	static const char *const whole[] = { LISTENER, V6, UDP };
	struct pw_rec rec;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(whole); i++) {
		const char *end = strstr(whole[i], i == 0 ? "12345" :
						   i == 1 ? "4294967296" :
							    "77 ");

		for (size_t len = 0; len < (size_t)(end - whole[i]); len++) {
			_cleanup_free_ char *copy = exact(whole[i], len);

			assert_row(len, procnet_line(copy, len, i == 2 ? PW_UDP : PW_TCP,
						     i == 1 ? PW_INET6 : PW_INET, &rec) == -EINVAL);
		}
	}
}

static void hostile(void **state)
{
	static const char *const bad[] = {
		"",
		":",
		"  sl  local_address rem_address   st tx_queue",
		"0 0100007F:1F90 00000000:0000 0A 0:0 0:0 0 0 0 1",
		"0: 0100007:1F90 00000000:0000 0A 0:0 0:0 0 0 0 1", /* an address too short */
		"0: 0100007F00:1F90 00000000:0000 0A 0:0 0:0 0 0 0 1",
		"0: 0100007f:1F90 00000000:0000 0A 0:0 0:0 0 0 0 1",
		"0: 0100007F:1F901 00000000:0000 0A 0:0 0:0 0 0 0 1",
		"0: 0100007F:1F90 00000000:0000 00 0:0 0:0 0 0 0 1", /* no state */
		"0: 0100007F:1F90 00000000:0000 FF 0:0 0:0 0 0 0 1",
		"0: 0100007F:1F90 00000000:0000 0A 0 0:0 0 0 0 1",
		"0: 0100007F:1F90 00000000:0000 0A 0:0 0:0 0 -1 0 1",
		"0: 0100007F:1F90 00000000:0000 0A 0:0 0:0 0 4294967296 0 1",
		"0: 0100007F:1F90 00000000:0000 0A 0:0 0:0 0 0 0 99999999999999999999",
	};
	struct pw_rec rec;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_row(i, parse(bad[i], PW_TCP, PW_INET, &rec) == -EINVAL);
	assert_int_equal(
		parse("0: 0100007F:1F90 00000000:0000 0A 0:0 0:0 0 0 0 1", PW_TCP, PW_INET, &rec),
		0);
	assert_int_equal(parse(LISTENER, PW_TCP, PW_INET6, &rec), -EINVAL);
}

/* ---- tables ---- */

static int count(void *arg, const struct pw_rec *rec)
{
	size_t *nr = arg;

	assert_true(rec->sock.lport);
	return ++*nr == 1000 ? -ECANCELED : 0;
}

static int read_text(const char *text, size_t len, size_t *ret_nr)
{
	_cleanup_close_ int fd = memfd_create("table", MFD_CLOEXEC);
	struct question q = {};

	*ret_nr = 0;
	assert_int_equal(write(fd, text, len), len);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return procnet_read(fd, PW_TCP, PW_INET, &q, count, ret_nr);
}

static void tables(void **state)
{
	_cleanup_(strbuf_done) struct strbuf sb = {};
	size_t nr;

	(void)state;
	assert_int_equal(read_text("", 0, &nr), 0);
	strbuf_adds(&sb, "   sl  local_address rem_address\n");
	for (int i = 0; i < 999; i++)
		strbuf_adds(&sb, LISTENER "\n");
	assert_int_equal(read_text(sb.s, sb.len, &nr), 0);
	assert_int_equal(nr, 999);
	/* The last one has no end. */
	assert_int_equal(read_text(sb.s, sb.len - 1, &nr), -EIO);
	strbuf_adds(&sb, LISTENER "\n");
	assert_int_equal(read_text(sb.s, sb.len, &nr), -ECANCELED);
	strbuf_adds(&sb, "what is this?\n");
	assert_int_equal(
		read_text(sb.s + 900 * sizeof(LISTENER), sb.len - 900 * sizeof(LISTENER), &nr),
		-EIO);
	/* A line without end does not fill the memory. */
	strbuf_reset(&sb);
	strbuf_addn(&sb, ' ', 100000);
	assert_int_equal(read_text(sb.s, sb.len, &nr), -EIO);
}

/* ---- numbers of processes ---- */

static void pids(void **state)
{
	uint32_t all[] = { 1, 5, 9, 4000000000u }, now[] = { 1, 2, 9, 10 };
	struct pids a = { .list = { all, 4, 4 } }, b = { .list = { now, 4, 4 } }, c = {};
	uint32_t n;

	(void)state;
	assert_true(pids_number("77", &n) && n == 77);
	assert_false(pids_number("self", &n) || pids_number("", &n) || pids_number("7a", &n) ||
		     pids_number("4294967296", &n) || pids_number("..", &n));
	assert_true(pids_have(&a, 4000000000u) && !pids_have(&a, 2) && !pids_have(&c, 1));
	pids_subtract(&b, &a);
	assert_int_equal(b.list.nr, 2);
	assert_true(now[0] == 2 && now[1] == 10);
	assert_int_equal(pids_merge(&c, &b), 0);
	assert_int_equal(pids_merge(&c, &a), 0);
	assert_int_equal(pids_merge(&c, &a), 0);
	assert_int_equal(c.list.nr, 6);
	for (size_t i = 1; i < c.list.nr; i++)
		assert_true(c.list.v[i - 1] < c.list.v[i]);
	pids_done(&c);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines),  cmocka_unit_test(cut),  cmocka_unit_test(hostile),
		cmocka_unit_test(tables), cmocka_unit_test(pids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
