/* SPDX-License-Identifier: Apache-2.0 */
/* What a trace that was drawn is good for, in a small table: what forests that learned from real
 * captures take it for beside what was asked for, and how legal it is. Private to app/jobs, but for
 * its types, which are in demo_job.h. */
#pragma once

#include "app/jobs/demo_job.h"

/* drawn, real: captures; the real one is that which the drawn one follows. Takes forests. */
DemoVerdict *demo_judge(Forests *forests, const char *prompt, const char *drawn, const char *real,
                        GCancellable *cancellable, GError **error);
void demo_verdict_free(DemoVerdict *verdict);
