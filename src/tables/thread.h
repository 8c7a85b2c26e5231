/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thread: a second thread for what takes long. */
#ifndef TABLES_THREAD_H
#define TABLES_THREAD_H

#include <pthread.h>
#include <signal.h>

/* Start it without signals: those are for the thread that the program started with. 0 or an errno.
 */
static inline int thread_start(pthread_t *ret, void *(*fn)(void *arg), void *arg)
{
	sigset_t all, before;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	err = pthread_create(ret, NULL, fn, arg);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return err;
}

#endif
