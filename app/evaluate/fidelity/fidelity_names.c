/* SPDX-License-Identifier: Apache-2.0 */
/* What the figures of fidelity are called, and where they stand. */
#include "app/evaluate/fidelity/pile.h"

const char *
measure_name(Measure measure)
{
    static const char *const names[N_MEASURES] = {"jensen-shannon", "total-variation", "hellinger"};

    g_return_val_if_fail((unsigned)measure < N_MEASURES, NULL);
    return names[measure];
}

const char *
fidelity_mean_name(FidelityMean mean)
{
    static const char *const names[N_MEANS] = {"fields", "steady-fields", "bits", "steady-bits"};

    g_return_val_if_fail((unsigned)mean < N_MEANS, NULL);
    return names[mean];
}

static const struct {
    const char *name, *unit;
} shifts[N_SHIFTS] = {
    [SHIFT_SIZE] = {"size", "bytes"},
    [SHIFT_GAP] = {"gap", "powers of ten"},
    [SHIFT_GAP_MS] = {"gap-ms", "ms"},
    [SHIFT_BURST] = {"burst", "packets"},
    [SHIFT_SIZE_CORRELATION] = {"size-correlation", ""},
    [SHIFT_GAP_CORRELATION] = {"gap-correlation", ""},
};

const char *
shift_name(Shift shift)
{
    g_return_val_if_fail((unsigned)shift < N_SHIFTS, NULL);
    return shifts[shift].name;
}

const char *
shift_unit(Shift shift)
{
    g_return_val_if_fail((unsigned)shift < N_SHIFTS, NULL);
    return shifts[shift].unit;
}

const BesideFloor *
fidelity_bit(const FidelityClass *class, int column, Measure measure)
{
    g_return_val_if_fail(column >= 0 && column < columns_of(class->layout), NULL);
    return &class->figures[figure_of_bit(column, measure)];
}

const BesideFloor *
fidelity_spread(const FidelityClass *class, Spread spread, Measure measure)
{
    return &class->figures[figure_of_spread(class->layout, (int)spread, measure)];
}

const BesideFloor *
fidelity_mean(const FidelityClass *class, FidelityMean mean, Measure measure)
{
    return &class->figures[figure_of_mean(class->layout, (int)mean, measure)];
}

const BesideFloor *
fidelity_shift(const FidelityClass *class, Shift shift)
{
    return &class->figures[figure_of_shift(class->layout, (int)shift)];
}
