/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cleanup: attributes that make a function's safety readable from that function
 * alone. A variable marked _cleanup_… is released when it leaves its scope; a
 * TAKE_… hands the value on and leaves nothing behind to release.
 *
 *	_cleanup_close_ int fd = open(…);
 *	_cleanup_free_ char *name = strdup(…);
 *	_cleanup_(answer_done) struct answer a = {};	(a function that takes a pointer)
 *
 *	DEFINE_CLEANUP(struct tracker *, tracker_free);
 *	_cleanup_(tracker_free_p) struct tracker *t = NULL;
 *
 * Every fd starts at -1. errno survives a cleanup.
 */
#ifndef BASE_CLEANUP_H
#define BASE_CLEANUP_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define _cleanup_(fn) __attribute__((cleanup(fn)))
#define _cleanup_free_ _cleanup_(cleanup_free)
#define _cleanup_close_ _cleanup_(cleanup_close)
#define _cleanup_fclose_ _cleanup_(cleanup_fclose)

/* Defines fn_p(), which calls fn on a pointer variable unless it is NULL. */
#define DEFINE_CLEANUP(type, fn)                                                                   \
	__attribute__((unused)) static inline void fn##_p(type *p)                                 \
	{                                                                                          \
		if (*p)                                                                            \
			fn(*p);                                                                    \
	}                                                                                          \
	_Static_assert(1, "a semicolon follows")

#define TAKE_PTR(p)                                                                                \
	({                                                                                         \
		__typeof__(p) *take_from_ = &(p);                                                  \
		__typeof__(p) taken_ = *take_from_;                                                \
		*take_from_ = NULL;                                                                \
		taken_;                                                                            \
	})

#define TAKE_FD(fd)                                                                                \
	({                                                                                         \
		int *take_from_ = &(fd);                                                           \
		int taken_ = *take_from_;                                                          \
		*take_from_ = -1;                                                                  \
		taken_;                                                                            \
	})

static inline void cleanup_free(void *p)
{
	int saved = errno;

	free(*(void **)p);
	errno = saved;
}

static inline void cleanup_close(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	errno = saved;
}

static inline void cleanup_fclose(FILE **f)
{
	int saved = errno;

	if (*f)
		fclose(*f);
	errno = saved;
}

#endif
