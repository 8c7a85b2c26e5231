// SPDX-License-Identifier: GPL-2.0-or-later
#include "sys/reserved.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "model/portbits.h"
#include "model/portspec.h"

#define SYSCTL "/proc/sys/net/ipv4/ip_local_reserved_ports"
/* Every second port, five digits and a comma each; the kernel answers one read() only
 * (proc_do_large_bitmap, kernel/sysctl.c). */
#define LONGEST (32768 * 6 + 16)

int reserved_read(uint64_t *ret_map)
{
	_cleanup_close_ int fd = open(SYSCTL, O_RDONLY | O_CLOEXEC);
	_cleanup_free_ char *text = malloc(LONGEST);
	uint64_t map[PORTSPEC_WORDS] = {};
	ssize_t n;
	int err;

	if (!text)
		return -ENOMEM;
	n = fd < 0 ? -1 : read(fd, text, LONGEST);
	if (n < 0)
		return -errno;
	err = portbits_parse(text, (size_t)n, map);
	if (err)
		return err;
	memcpy(ret_map, map, sizeof(map));
	return 0;
}

/* The kernel takes a page at a time: the first replaces what was there, the others add to it. */
int reserved_write(const uint64_t *map)
{
	_cleanup_(strbuf_done) struct strbuf text = {};
	_cleanup_close_ int fd = open(SYSCTL, O_WRONLY | O_CLOEXEC);
	size_t done = 0;
	ssize_t n;

	if (fd < 0)
		return -errno;
	portbits_format(map, &text);
	strbuf_addc(&text, '\n');
	if (strbuf_error(&text))
		return -ENOMEM;
	while (done < text.len) {
		n = write(fd, text.s + done, text.len - done);
		if (n <= 0)
			return n ? -errno : -EIO;
		done += (size_t)n;
	}
	return 0;
}
