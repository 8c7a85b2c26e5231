// SPDX-License-Identifier: GPL-2.0-or-later
/* Tables of /proc/PID/net: the first byte says which, the rest is the file. */
#include "fuzz.h"

#include <sys/mman.h>
#include <unistd.h>

#include "tables/procnet.h"

static int on_socket(void *arg, const struct pw_rec *rec)
{
	const uint8_t *family = arg;

	FUZZ_CHECK(rec->sock.lport && rec->sock.family == *family);
	FUZZ_CHECK(rec->sock.state && rec->sock.state < PW_STATE_MAX);
	FUZZ_CHECK(rec->has_socket == (rec->inode != 0));
	FUZZ_CHECK(!rec->timewait || (rec->hz && rec->expires >= 0 && !rec->has_socket));
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	uint8_t which = fuzz_byte(&in);
	uint8_t family = which & 1 ? PW_INET6 : PW_INET;
	uint8_t proto = which & 2 ? PW_UDP : PW_TCP;
	struct question all = {};
	struct pw_rec rec;
	char *line;
	int fd = memfd_create("table", MFD_CLOEXEC);

	FUZZ_CHECK(fd >= 0 && write(fd, in.p, in.left) == (ssize_t)in.left);
	FUZZ_CHECK(!lseek(fd, 0, SEEK_SET));
	FUZZ_CHECK(procnet_read(fd, proto, family, &all, on_socket, &family) <= 0);
	close(fd);
	line = fuzz_exact(in.p, in.left);
	FUZZ_CHECK(procnet_line(line, in.left, proto, family, &rec) <= 0);
	free(line);
	return 0;
}
