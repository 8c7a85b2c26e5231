/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * portguard: guarding, reserving and undoing both, as steps of which each leaves the whole guard or
 * none. A guard has two halves: the kernel's programs refuse a bind() (track/portguard.h), and the
 * kernel chooses the port for nobody (sys/reserved.h). The first counts from one write on; what is
 * left of the second by a process that was killed is undone by the next of these functions.
 *
 * All are about the network namespace of this process. Functions return 0 or a negative errno for
 * fail_tracker().
 */
#ifndef FLOW_PORTGUARD_H
#define FLOW_PORTGUARD_H

#include "model/portguard.h"
#include "model/portspec.h"

struct portguard_wish {
	const char *pin_dir;
	const struct portspec *ports;
	struct pw_guard_who whos[PW_GUARD_WHOS];
	size_t nr_whos;
	bool reserve; /* only for the kernel's own choice; whos are not looked at */
	bool audit;
	uint64_t for_ns; /* 0: without an end */
};

/* -EEXIST: guarded by another rule. *ret_new: false if all of it was there already. */
int portguard_make(const struct portguard_wish *wish, bool *ret_new);

/* Undo what is guarded and reserved of these ports. The list is what was; -ENOENT: nothing was. */
int portguard_undo(const char *pin_dir, const struct portspec *ports, struct portguard_list *ret);

/* Undo everything, of all network namespaces. *ret_left: so many ports stay reserved, since their
 * namespaces could not be entered. */
int portguard_undo_all(const char *pin_dir, size_t *ret_left);

/* -ENOENT: nothing is guarded or reserved. *ret_attached: false if somebody has detached the
 * programs. */
int portguard_show(const char *pin_dir, struct portguard_list *ret, bool *ret_attached);

#endif
