// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/kernelid.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fnv.h"

#define NOTES_MAX 65536

/* Names and descriptors are padded to 4 bytes. */
static size_t padded(size_t size)
{
	return (size + 3) & ~(size_t)3;
}

static void to_hex(const unsigned char *p, size_t size, char *ret)
{
	for (size_t i = 0; i < size; i++)
		snprintf(ret + 2 * i, 3, "%02x", p[i]);
}

int kernelid_parse(const void *notes, size_t size, char ret[KERNELID_MAX + 1])
{
	const unsigned char *p = notes, *end = p + size;
	Elf64_Nhdr n;

	while ((size_t)(end - p) >= sizeof(n)) {
		memcpy(&n, p, sizeof(n));
		p += sizeof(n);
		if (n.n_namesz > NOTES_MAX || n.n_descsz > NOTES_MAX ||
		    padded(n.n_namesz) + n.n_descsz > (size_t)(end - p))
			return -ENOENT;
		if (n.n_type == NT_GNU_BUILD_ID && n.n_namesz == sizeof(ELF_NOTE_GNU) &&
		    !memcmp(p, ELF_NOTE_GNU, sizeof(ELF_NOTE_GNU)) &&
		    n.n_descsz >= KERNELID_MIN / 2 && n.n_descsz <= KERNELID_MAX / 2) {
			to_hex(p + padded(n.n_namesz), n.n_descsz, ret);
			return 0;
		}
		p += padded(n.n_namesz);
		p += padded(n.n_descsz) < (size_t)(end - p) ? padded(n.n_descsz) :
							      (size_t)(end - p);
	}
	return -ENOENT;
}

static int read_notes(const char *path, char ret[KERNELID_MAX + 1])
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	_cleanup_free_ char *notes = malloc(NOTES_MAX);
	size_t size = 0;
	ssize_t n;

	if (fd < 0 || !notes)
		return -ENOENT;
	while ((n = read(fd, notes + size, NOTES_MAX - size)) > 0)
		size += n;
	return kernelid_parse(notes, size, ret);
}

void kernelid_read(const char *notes, char ret[KERNELID_MAX + 1])
{
	struct utsname u = {};
	uint64_t hash;

	if (!read_notes(notes, ret))
		return;
	uname(&u);
	hash = fnv_add(FNV_START, u.release, strlen(u.release) + 1);
	hash = fnv_add(hash, u.version, strlen(u.version));
	snprintf(ret, KERNELID_MAX + 1, "%016" PRIx64, hash);
}
