/* SPDX-License-Identifier: GPL-2.0-or-later */
/* churn_judge: when ports run out, what helps, and what to warn of. */
#ifndef MODEL_CHURN_JUDGE_H
#define MODEL_CHURN_JUDGE_H

#include "model/churn.h"

/* Fill in the forecasts, the cures and c->warnings. 0 or -ENOMEM. */
int churn_judge(struct churn *c);

#endif
