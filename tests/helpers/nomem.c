// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * portwatch, linked with an allocator that fails: the NOMEM_AT-th allocation since the start, and
 * only that one. An executable's malloc() is that of every library, too, also libc's own: nothing
 * is spared. NOMEM_COUNT names a file that the number of allocations is written to at the end.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "main.c" /* the program, whole; NOLINT(bugprone-suspicious-include) */

#ifdef __SANITIZE_ADDRESS__
#define REAL(function) __interceptor_##function
#else
#define REAL(function) __libc_##function
#endif

void *REAL(malloc)(size_t size);
void *REAL(calloc)(size_t nr, size_t size);
void *REAL(realloc)(void *old, size_t size);

static unsigned long calls, fail_at;

__attribute__((constructor)) static void begin(void)
{
	const char *at = getenv("NOMEM_AT");

	fail_at = at ? strtoul(at, NULL, 10) : 0;
	calls = 0; /* the dynamic linker's are not ours */
}

__attribute__((destructor)) static void end(void)
{
	const char *path = getenv("NOMEM_COUNT");
	unsigned long made = calls;
	FILE *f = path ? fopen(path, "we") : NULL;

	if (f) {
		fprintf(f, "%lu\n", made);
		fclose(f);
	}
}

static int fails(void)
{
	if (++calls != fail_at)
		return 0;
	errno = ENOMEM;
	return 1;
}

void *malloc(size_t size)
{
	return fails() ? NULL : REAL(malloc)(size);
}

void *calloc(size_t nr, size_t size)
{
	return fails() ? NULL : REAL(calloc)(nr, size);
}

void *realloc(void *old, size_t size)
{
	return fails() ? NULL : REAL(realloc)(old, size);
}

/* glibc's own calls the allocator that it was linked with. */
void *reallocarray(void *old, size_t nr, size_t size)
{
	size_t all;

	if (!__builtin_mul_overflow(nr, size, &all))
		return realloc(old, all);
	errno = ENOMEM;
	return NULL;
}
