/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tour: the network namespaces. The kernel's tables of sockets are those of the namespace that
 * they are read in, so each is entered in turn.
 */
#ifndef TRACK_TOUR_H
#define TRACK_TOUR_H

#include <stdint.h>

#include "track/tracker.h"

/* Calls fn in our network namespace and in every other that a process lives in or that has a
 * name; or only in the one with that inode number, if netns is not 0. fn's error ends it.
 * t->unvisited is how many could not be entered. */
int tour(struct tracker *t, uint32_t netns, int (*fn)(void *arg, uint32_t netns), void *arg);

/* The same, and from_outside for each that could not be entered, with a process that lives in it;
 * inode 0: its number is not known either. NULL: these are left out. */
int tour_all(struct tracker *t, uint32_t netns, int (*fn)(void *arg, uint32_t netns),
	     int (*from_outside)(void *arg, uint32_t netns, uint32_t pid), void *arg);

#endif
