/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tour: the network namespaces. The kernel's tables of sockets are those of the namespace that
 * they are read in, so each is entered in turn.
 */
#ifndef TRACK_TOUR_H
#define TRACK_TOUR_H

#include <stddef.h>
#include <stdint.h>

#include "track/tracker.h"

/* Call fn in our network namespace and in every other that a process lives in, that has a name or
 * that is mounted somewhere, or only in the one with the inode number netns unless that is 0. fn's
 * error ends the tour. */
int tour(struct tracker *t, uint32_t netns, int (*fn)(void *arg, uint32_t netns), void *arg);

/* As tour(), and call from_outside (NULL: nothing) for each namespace that could not be entered,
 * with a process that lives in it. Inode 0: its number is not known either. *ret_unvisited, set on
 * failure as well, is how many could not be entered. */
int tour_all(struct tracker *t, uint32_t netns, int (*fn)(void *arg, uint32_t netns),
	     int (*from_outside)(void *arg, uint32_t netns, uint32_t pid), void *arg,
	     size_t *ret_unvisited);

#endif
