/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * btfcache: the minimised BTF of the running kernel (track/minbtf.h), kept in a file, so that
 * libbpf need not read and search all of the kernel's.
 *
 *	const struct btfcache_object objects[] = { { elf, size } };	walk_bpf__elf_bytes(&size)
 *	_cleanup_(btfcache_done) struct btfcache cache = BTFCACHE_NONE;
 *	LIBBPF_OPTS(bpf_object_open_opts, opts);
 *
 *	if (!btfcache_open(objects, 1, &cache))
 *		opts.btf_custom_path = cache.path;	until the object is loaded
 *
 * Only objects without tp_btf, fentry, LSM and iterator programs gain by it: for those libbpf
 * reads the kernel's BTF all the same. The offsets of another kernel would load and give wrong
 * answers, so the caller proves the loaded programs on a socket of its own before it believes
 * them, and loads again without the cache if they fail.
 */
#ifndef TRACK_BTFCACHE_H
#define TRACK_BTFCACHE_H

#include <stdbool.h>
#include <stddef.h>

/* The ELF file of a BPF object in memory. */
struct btfcache_object {
	const void *elf;
	size_t size;
};

struct btfcache {
	int fd;		/* of the file, read only */
	bool made;	/* just now, by this process */
	char path[256]; /* of the open file, or of the file itself where there is no /proc */
};

#define BTFCACHE_NONE                                                                              \
	{                                                                                          \
		.fd = -1                                                                           \
	}

/* The files that are read and written; tests have files of their own. */
struct btfcache_paths {
	const char *dir;   /* NULL: /run/portwatch */
	const char *notes; /* ELF notes of the kernel; NULL: /sys/kernel/notes */
	const char *btf;   /* of the kernel; NULL: /sys/kernel/btf/vmlinux */
};

/*
 * Open the file for this kernel and these objects; root makes it if there is none that can be
 * trusted. -ENOENT: there is none and this user may not make it; any other error: it could not be
 * made. On each the kernel's own BTF serves as well, so nobody needs to be told.
 */
int btfcache_open(const struct btfcache_object *objects, size_t nr, struct btfcache *ret);
int btfcache_open_in(const struct btfcache_paths *paths, const struct btfcache_object *objects,
		     size_t nr, struct btfcache *ret);
void btfcache_done(struct btfcache *cache);

#endif
