// SPDX-License-Identifier: GPL-2.0-or-later
/* A unit file. What is found in it must stand in it. */
#include "fuzz.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "portwatch.h"
#include "sys/socketunit.h"

static char folder[] = "/tmp/portwatch-fuzz-XXXXXX", file[64];

static void clean_up(void)
{
	unlink(file);
	rmdir(folder);
}

static void set_up(void)
{
	if (file[0])
		return;
	FUZZ_CHECK(mkdtemp(folder));
	snprintf(file, sizeof(file), "%s/x.socket", folder);
	atexit(clean_up);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *dirs[] = { folder, NULL };
	int fd;

	set_up();
	fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	FUZZ_CHECK(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	close(fd);
	if (socketunit_find(dirs, PW_TCP, 8000))
		FUZZ_CHECK(memmem(data, size, "ListenStream", 12) && memmem(data, size, "8000", 4));
	if (socketunit_find(dirs, PW_UDP, 53))
		FUZZ_CHECK(memmem(data, size, "ListenDatagram", 14) && memmem(data, size, "53", 2));
	return 0;
}
