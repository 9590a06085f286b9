/* SPDX-License-Identifier: Apache-2.0 */
/* Times drawn from a template and from a fitted model. */
#include "app/trace/timing.h"

#include <math.h>
#include <string.h>

#include "app/trace/capture.h"
#include "app/trace/flow.h"
#include "app/trace/random.h"
#include "app/trace/timing_model.h"
#include "tests/trace/support.h"

/* UDP one way, all packets alike, so that headers tell nothing of when: stretches of gaps about
 * 20 us long, and stretches of gaps about as long as pause_ns; each gap has one chance in ten of
 * beginning the other. */
static Trace *
bursty_trace(int n_rows, double pause_ns, guint64 seed)
{
    Trace *trace = trace_new(layout_nth(0), n_rows);
    Random random = random_seeded(seed);
    int64_t now_ns = G_GINT64_CONSTANT(1700000000000000000);
    bool is_burst = true;

    for (int row = 0; row < n_rows; row++) {
        if (random_unit(&random) < 0.1)
            is_burst = !is_burst;
        now_ns += (int64_t)((is_burst ? 20e3 : pause_ns) * (0.5 + random_unit(&random)));
        trace->rows[row] = (TraceRow){.time_ns = now_ns, .length = 1228};
        trace_set(trace, row, FIELD_IPV4_VER, 4);
        trace_set(trace, row, FIELD_IPV4_HL, 5);
        trace_set(trace, row, FIELD_IPV4_TL, 1228);
        trace_set(trace, row, FIELD_IPV4_PROTO, 17);
        trace_set(trace, row, FIELD_UDP_SPORT, 5004);
        trace_set(trace, row, FIELD_UDP_DPORT, 6004);
    }
    trace->sides = TRACE_HAS_TIMES | TRACE_HAS_DIRECTIONS | TRACE_HAS_LENGTHS;
    return trace;
}

static TimingModel *
bursty_model(guint64 seed)
{
    g_autoptr(TimingFit) fit = timing_fit_new(seed);
    g_autoptr(GError) error = NULL;
    TimingModel *model;

    for (int i = 0; i < 8; i++) {
        g_autoptr(Trace) trace = bursty_trace(1024, 1e6 * (1 + i), 100 + (guint64)i);

        g_assert_true(timing_fit_add(fit, trace, "bursts", "made"));
    }
    model = timing_fit_finish(fit, &error);
    g_assert_no_error(error);
    return model;
}

/* Of log gaps. */
static double
lag_1(const Trace *trace)
{
    double mean = 0, variance = 0, covariance = 0, before = 0;
    int n = trace->n_rows - 1;

    for (int row = 1; row <= n; row++)
        mean += log10(1e-6 + (trace->rows[row].time_ns - trace->rows[row - 1].time_ns) / 1e9) / n;
    for (int row = 1; row <= n; row++) {
        double here =
            log10(1e-6 + (trace->rows[row].time_ns - trace->rows[row - 1].time_ns) / 1e9) - mean;

        variance += here * here;
        covariance += row > 1 ? here * before : 0;
        before = here;
    }
    return covariance / variance;
}

static void
forget_times(Trace *trace)
{
    for (int row = 0; row < trace->n_rows; row++)
        trace->rows[row].time_ns = 0;
    trace->sides &= ~TRACE_HAS_TIMES;
}

static void
assert_never_back(const Trace *trace)
{
    g_assert_true(trace->sides & TRACE_HAS_TIMES);
    for (int row = 1; row < trace->n_rows; row++)
        g_assert_cmpint(trace->rows[row].time_ns, >=, trace->rows[row - 1].time_ns);
}

static bool
same_times(const Trace *a, const Trace *b)
{
    for (int row = 0; row < a->n_rows; row++) {
        if (a->rows[row].time_ns != b->rows[row].time_ns)
            return false;
    }
    return true;
}

/* The model keeps what the template loses: whether the next gap is like the one before. */
static void
test_bursts_survive(void)
{
    g_autoptr(TimingModel) model = bursty_model(1);
    g_autoptr(Trace) real = bursty_trace(1024, 4e6, 7);
    g_autoptr(Trace) made = trace_copy(real);
    double truth = lag_1(real), of_model = 0, of_template = 0;

    forget_times(made);
    for (guint64 seed = 0; seed < 8; seed++) {
        timing_model_sample(model, made, "bursts", seed);
        assert_never_back(made);
        of_model += lag_1(made) / 8;
        trace_sample_times(made, real, seed);
        assert_never_back(made);
        of_template += lag_1(made) / 8;
    }
    g_test_message("lag-1 autocorrelation of log gaps: real %.3f, model %.3f, template %.3f", truth,
                   of_model, of_template);
    g_assert_cmpfloat(truth, >, 0.7);
    g_assert_cmpfloat(fabs(of_model - truth), <, 0.12);
    g_assert_cmpfloat(fabs(of_template), <, 0.1);
}

static void
test_seeds(void)
{
    g_autoptr(TimingModel) model = bursty_model(1);
    g_autoptr(TimingModel) again = bursty_model(1);
    g_autoptr(Trace) a = bursty_trace(200, 4e6, 7);
    g_autoptr(Trace) b = trace_copy(a);

    timing_model_sample(model, a, NULL, 5);
    timing_model_sample(again, b, NULL, 5);
    g_assert_true(same_times(a, b));
    timing_model_sample(model, b, NULL, 6);
    g_assert_false(same_times(a, b));
}

/* Nothing to learn from is said, and short traces get times all the same. */
static void
test_little(void)
{
    g_autoptr(TimingFit) fit = timing_fit_new(0);
    g_autoptr(TimingModel) none = NULL;
    g_autoptr(TimingModel) model = bursty_model(1);
    g_autoptr(Trace) few = bursty_trace(TIMING_MIN_ROWS - 1, 1e6, 1);
    g_autoptr(Trace) one = bursty_trace(1, 1e6, 1);
    g_autoptr(Trace) empty = bursty_trace(0, 1e6, 1);
    g_autoptr(GError) error = NULL;

    g_assert_false(timing_fit_add(fit, few, NULL, NULL));
    none = timing_fit_finish(fit, &error);
    g_assert_null(none);
    assert_error_says(error, "captures", NULL);
    timing_model_sample(model, few, NULL, 1);
    assert_never_back(few);
    timing_model_sample(model, one, NULL, 1);
    g_assert_cmpint(one->rows[0].time_ns, >, 0);
    timing_model_sample(model, empty, NULL, 1);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/timing/bursts-survive", test_bursts_survive);
    g_test_add_func("/timing/seeds", test_seeds);
    g_test_add_func("/timing/little", test_little);
    return g_test_run();
}
