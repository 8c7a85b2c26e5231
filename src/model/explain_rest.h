/* SPDX-License-Identifier: GPL-2.0-or-later */
/* explain_rest: which addresses, devices and families of a busy port are taken, and which are left.
 */
#ifndef MODEL_EXPLAIN_REST_H
#define MODEL_EXPLAIN_REST_H

#include "model/explain_writer.h"

void tell_dual(struct writer *w);
void tell_what_is_free(struct writer *w);

#endif
