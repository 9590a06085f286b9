/* SPDX-License-Identifier: Apache-2.0 */
/* How the learning rate goes over the steps, as diffusers' optimization.py defines it: a linear
 * rise over the warm-up from 0, then one of these. */
#pragma once

typedef enum {
    LR_CONSTANT,
    LR_LINEAR,          /* falls to 0 in a line */
    LR_COSINE,          /* half a cosine, to 0 */
    LR_COSINE_RESTARTS, /* n_cycles of those, each from the full rate */
    N_LR_SCHEDULES
} LrSchedule;

/* The share of the full rate in step `step`, which counts from 0, of n_steps; n_cycles as above. */
double lr_schedule_share(LrSchedule schedule, int step, int n_steps, int warmup, int n_cycles);
