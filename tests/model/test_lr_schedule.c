/* SPDX-License-Identifier: Apache-2.0 */
/* The course of the learning rate against what diffusers' get_scheduler gives
 * (constant_with_warmup, linear, cosine, cosine_with_restarts; 20 steps, 4 of them warm-up, 2
 * cycles), computed in Python by its formulas. */
#include "compute/train/lr_schedule.h"

#include <glib.h>

static void
test_diffusers(void)
{
    static const int steps[] = {0, 1, 3, 4, 8, 11, 12, 16, 19, 20};
    static const double expected[N_LR_SCHEDULES][G_N_ELEMENTS(steps)] = {
        {0, 0.25, 0.75, 1, 1, 1, 1, 1, 1, 1},
        {0, 0.25, 0.75, 1, 0.75, 0.5625, 0.5, 0.25, 0.0625, 0},
        {0, 0.25, 0.75, 1, 0.8535533905932737, 0.5975451610080642, 0.5, 0.14644660940672627,
         0.009607359798384785, 0},
        {0, 0.25, 0.75, 1, 0.5, 0.03806023374435663, 1, 0.5, 0.03806023374435663, 0},
    };

    for (int kind = 0; kind < N_LR_SCHEDULES; kind++) {
        for (guint i = 0; i < G_N_ELEMENTS(steps); i++)
            g_assert_cmpfloat_with_epsilon(lr_schedule_share((LrSchedule)kind, steps[i], 20, 4, 2),
                                           expected[kind][i], 1e-12);
    }
}

/* A warm-up as long as the training, and none. */
static void
test_edges(void)
{
    g_assert_cmpfloat(lr_schedule_share(LR_COSINE, 9, 10, 10, 1), ==, 0.9);
    g_assert_cmpfloat(lr_schedule_share(LR_LINEAR, 0, 1, 0, 1), ==, 1);
    g_assert_cmpfloat(lr_schedule_share(LR_COSINE_RESTARTS, 500, 10, 0, 3), ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/lr-schedule/diffusers", test_diffusers);
    g_test_add_func("/lr-schedule/edges", test_edges);
    return g_test_run();
}
