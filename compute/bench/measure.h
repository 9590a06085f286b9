/* SPDX-License-Identifier: Apache-2.0 */
/* Timing of BenchItems, and what the device can do at best, to hold them against. */
#pragma once

#include "compute/bench/item.h"

typedef struct {
    double ms, ms_min; /* median and least of the timed runs, elapsed */
    double cpu_ms;     /* median of the processor time of all threads */
    int n_runs;
    bool cold;      /* too slow for a second run: the first one counts */
    double peak_mb; /* CPU: the process's resident memory when it was most; else the device's */
    double base_mb; /* before the first run */
} BenchTiming;

/* Warms up once, then times up to n_runs runs, fewer when they take more than budget_s seconds
 * together. */
bool bench_measure(BenchItem *item, Device *device, int n_runs, double budget_s,
                   BenchTiming *timing, GCancellable *cancellable, GError **error);

typedef struct {
    double flops; /* a second, of a large matrix product */
    double bytes; /* a second, read and written, of a large copy */
} BenchPeak;

/* About a second. */
bool bench_peak(Device *device, BenchPeak *peak, GCancellable *cancellable, GError **error);

/* Median of n values, which are sorted in place. */
double bench_median(double *values, int n);
