/* SPDX-License-Identifier: Apache-2.0 */
#include "compute/train/lr_schedule.h"

#include <glib.h>
#include <math.h>

double
lr_schedule_share(LrSchedule schedule, int step, int n_steps, int warmup, int n_cycles)
{
    double place;

    if (step < warmup)
        return (double)step / MAX(1, warmup);
    place = (double)(step - warmup) / MAX(1, n_steps - warmup);
    switch (schedule) {
    case LR_LINEAR:
        return MAX(0, 1 - place);
    case LR_COSINE:
        return MAX(0, 0.5 * (1 + cos(G_PI * place)));
    case LR_COSINE_RESTARTS:
        return place >= 1 ? 0 : MAX(0, 0.5 * (1 + cos(G_PI * fmod(n_cycles * place, 1))));
    default:
        return 1;
    }
}
