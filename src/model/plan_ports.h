/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plan_ports: how the ports of a plan stand: who is left there, what closes without a process, and
 * whether that is free.
 */
#ifndef MODEL_PLAN_PORTS_H
#define MODEL_PLAN_PORTS_H

#include "model/plan.h"

/* Add the ports that the answer judges. 0 or -ENOMEM. */
int plan_add_ports(struct plan *p, const struct answer *a);
void plan_port_done(struct plan_port *port);

/* Writes into every port how it stands by this answer. 0 or -ENOMEM. */
int plan_judge(struct plan *p, const struct answer *a, const struct plan_facts *f);

/* Are all ports free that were meant? */
bool plan_all_free(const struct plan *p);

/* Is anybody there that was not, and holds what the plan was to free? */
bool plan_respawned(const struct plan *p);

#endif
