// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/audit.h"

#include "model/audit_diag.h"
#include "model/audit_families.h"
#include "model/audit_sockets.h"
#include "model/audit_timewait.h"

int audit(struct picture *p, struct faults *ret)
{
	int err = picture_sort(p);

	if (!err)
		err = audit_sockets(p, ret);
	if (!err)
		err = audit_families(p, ret);
	if (!err)
		err = audit_timewait(p, ret);
	return err ?: audit_diag(p, ret);
}
