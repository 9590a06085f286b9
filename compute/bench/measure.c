/* SPDX-License-Identifier: Apache-2.0 */
#include "compute/bench/measure.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "compute/ops.h"

typedef struct {
    double s, cpu_s;
} Elapsed;

static double
cpu_seconds(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

static bool
run_once(BenchItem *item, Elapsed *elapsed, GCancellable *cancellable, GError **error)
{
    gint64 start_us = g_get_monotonic_time();
    double cpu = cpu_seconds();

    if (!bench_item_run(item, cancellable, error))
        return false;
    elapsed->s = (double)(g_get_monotonic_time() - start_us) * 1e-6;
    elapsed->cpu_s = cpu_seconds() - cpu;
    return true;
}

/* Memory at its most since the last reset, which makes it what it is now. Linux keeps the
 * process's; where that cannot be reset it is the most ever. */
static double
peak_mb(Device *device, bool reset)
{
    struct rusage usage;

    if (!device_is_cpu(device)) {
        double bytes = (double)device_memory_peak(device);

        if (reset)
            device_memory_reset_peak(device);
        return (reset ? (double)device_memory_used(device) : bytes) / (1 << 20);
    }
    if (reset) {
        FILE *file = fopen("/proc/self/clear_refs", "w");

        if (file) {
            fputs("5", file);
            fclose(file);
        }
    }
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss / 1024;
}

static int
compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

double
bench_median(double *values, int n)
{
    qsort(values, (size_t)n, sizeof *values, compare_doubles);
    return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

bool
bench_measure(BenchItem *item, Device *device, int n_runs, double budget_s, BenchTiming *timing,
              GCancellable *cancellable, GError **error)
{
    g_autofree double *s = g_new(double, n_runs), *cpu = g_new(double, n_runs);
    Elapsed elapsed;
    gint64 end_us;

    *timing = (BenchTiming){.base_mb = peak_mb(device, true)};
    if (!run_once(item, &elapsed, cancellable, error))
        return false;
    timing->cold = elapsed.s > budget_s;
    if (timing->cold) {
        s[0] = elapsed.s;
        cpu[0] = elapsed.cpu_s;
        timing->n_runs = 1;
    } else {
        timing->base_mb = peak_mb(device, true);
    }
    end_us = g_get_monotonic_time() + (gint64)(budget_s * G_USEC_PER_SEC);
    while (!timing->cold && timing->n_runs < n_runs &&
           (timing->n_runs == 0 || g_get_monotonic_time() < end_us)) {
        if (!run_once(item, &elapsed, cancellable, error))
            return false;
        s[timing->n_runs] = elapsed.s;
        cpu[timing->n_runs++] = elapsed.cpu_s;
    }
    timing->peak_mb = peak_mb(device, false);
    timing->ms = bench_median(s, timing->n_runs) * 1e3;
    timing->ms_min = s[0] * 1e3;
    timing->cpu_ms = bench_median(cpu, timing->n_runs) * 1e3;
    return true;
}

/* --- what the device can do --- */

static const double LONG_ENOUGH = 0.05; /* seconds a run, for the clock and the caches */

/* The least time of a few runs of the graph; doubles as a test of how large it must be. */
static double
least_seconds(Device *device, Graph *graph, GCancellable *cancellable, GError **error)
{
    g_autoptr(BenchItem) item = bench_item_new("peak");
    BenchTiming timing;

    if (!bench_item_take_graph(item, device, graph, error) ||
        !bench_item_run(item, cancellable, error) || /* has what only a first run has */
        !bench_measure(item, device, 3, 0.2, &timing, cancellable, error))
        return 0;
    return timing.ms_min * 1e-3;
}

static Graph *
product_graph(int64_t n)
{
    Graph *graph = graph_new();
    Tensor *a = graph_input(graph, DTYPE_F32, &SHAPE(n, n));
    Tensor *b = graph_input(graph, DTYPE_F32, &SHAPE(n, n));

    graph_keep(graph, op_linear(graph, a, b, NULL));
    return graph;
}

static Graph *
copy_graph(int64_t n)
{
    Graph *graph = graph_new();
    Tensor *x = graph_input(graph, DTYPE_F32, &SHAPE(n));

    graph_keep(graph, op_scale(graph, x, 1.5f));
    return graph;
}

bool
bench_peak(Device *device, BenchPeak *peak, GCancellable *cancellable, GError **error)
{
    double s = 0;

    *peak = (BenchPeak){0};
    for (int64_t n = 256; n <= 8192 && s < LONG_ENOUGH; n *= 2) {
        s = least_seconds(device, product_graph(n), cancellable, error);
        if (s <= 0)
            return false;
        peak->flops = MAX(peak->flops, 2.0 * (double)n * (double)n * (double)n / s);
    }
    s = 0;
    for (int64_t n = 8 << 20; n <= 32 << 20 && s < LONG_ENOUGH; n *= 2) {
        s = least_seconds(device, copy_graph(n), cancellable, error);
        if (s <= 0)
            return false;
        peak->bytes = MAX(peak->bytes, 2.0 * sizeof(float) * (double)n / s);
    }
    return true;
}
