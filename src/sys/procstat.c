// SPDX-License-Identifier: GPL-2.0-or-later
#include "sys/procstat.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/num.h"

static int parse_field(const char *p, uint64_t *ret)
{
	return num_parse_span(p, strcspn(p, " \n"), 0, UINT64_MAX, ret) ? -EIO : 0;
}

/* "77 (name) S ...": the name of a kernel thread may be longer than that of a process can be. */
static void parse_comm(const char *stat, const char *end, char *comm)
{
	const char *begin = strchr(stat, '(');
	size_t len = begin && begin < end ? (size_t)(end - begin) - 1 : 0;

	memcpy(comm, len ? begin + 1 : stat, len < PW_COMM_LEN ? len : PW_COMM_LEN - 1);
}

int procstat_read(int fd, struct procstat *ret)
{
	struct procstat f = {};
	char buf[1024], *p;
	ssize_t n = pread(fd, buf, sizeof(buf) - 1, 0);

	if (n < 0)
		return -errno;
	buf[n] = '\0';
	/* The name in field 2 may hold blanks and brackets, nothing after it does. */
	p = strrchr(buf, ')');
	if (!p || p[1] != ' ')
		return -EIO;
	parse_comm(buf, p, f.comm);
	p += 2;
	f.state = *p;
	for (int field = 4; field <= 22; field++) {
		uint64_t *wanted = field == 4  ? &f.parent :
				   field == 20 ? &f.threads :
				   field == 22 ? &f.ticks :
						 NULL;

		p = strchr(p, ' ');
		if (!p || (wanted && parse_field(p + 1, wanted)))
			return -EIO;
		p++;
	}
	*ret = f;
	return 0;
}

bool procstat_has_ended(const struct procstat *f)
{
	return (f->state == 'Z' || f->state == 'X') && f->threads <= 1;
}
