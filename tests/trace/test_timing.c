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
    Trace *trace = trace_new(layout_default(), n_rows);
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

/* Connections of three packets of handshake, a request and a response, one after the other, trip_ns
 * away from the observer's far side and 0.2 ms from its near side. */
static Trace *
connections(int n, int64_t trip_ns, guint64 seed)
{
    static const struct {
        int way, flags; /* 1 SYN, 2 ACK, 4 PSH */
        uint32_t payload;
    } packets[] = {{0, 1, 0}, {1, 3, 0}, {0, 2, 0}, {0, 6, 300}, {1, 6, 1000}};
    enum { N = G_N_ELEMENTS(packets) };
    Trace *trace = trace_new(layout_default(), n * N);
    Random random = random_seeded(seed);
    int64_t now_ns = G_GINT64_CONSTANT(1600000000000000000);

    for (int row = 0; row < trace->n_rows; row++) {
        int at = row % N, way = packets[at].way;
        uint32_t port = 40000 + (uint32_t)(row / N), mine = packets[at].flags & 1 ? 0 : 1;
        uint32_t acked = at == 0 ? 0 : at == N - 1 ? 301 : 1;

        now_ns += (int64_t)((at == 0              ? 50e6
                             : at == 1 || at == 4 ? (double)trip_ns
                             : at == 2            ? 200e3
                                                  : 30e3) *
                            (1 + 0.1 * random_unit(&random)));
        trace->rows[row] = (TraceRow){
            .time_ns = now_ns, .length = 40 + packets[at].payload, .direction = (uint8_t)way};
        trace_set(trace, row, FIELD_IPV4_VER, 4);
        trace_set(trace, row, FIELD_IPV4_HL, 5);
        trace_set(trace, row, FIELD_IPV4_PROTO, 6);
        trace_set(trace, row, FIELD_IPV4_TL, 40 + packets[at].payload);
        trace_set(trace, row, FIELD_TCP_SPRT, way ? 443 : port);
        trace_set(trace, row, FIELD_TCP_DPRT, way ? port : 443);
        trace_set(trace, row, FIELD_TCP_SEQ, (way ? 7000 : 9000) + mine);
        trace_set(trace, row, FIELD_TCP_ACKN, acked ? (way ? 9000 : 7000) + acked : 0);
        trace_set(trace, row, FIELD_TCP_DOFF, 5);
        trace_set(trace, row, FIELD_TCP_SYN, packets[at].flags & 1);
        trace_set(trace, row, FIELD_TCP_ACKF, packets[at].flags >> 1 & 1);
        trace_set(trace, row, FIELD_TCP_PSH, packets[at].flags >> 2 & 1);
        trace_set(trace, row, FIELD_TCP_FIN, 0);
        trace_set(trace, row, FIELD_TCP_RST, 0);
    }
    trace->sides = TRACE_HAS_TIMES | TRACE_HAS_DIRECTIONS | TRACE_HAS_LENGTHS;
    return trace;
}

/* SYN, a round trip, SYN-ACK, next to nothing, ACK; and no answer before its round trip. */
static void
test_round_trips(void)
{
    g_autoptr(TimingFit) fit = timing_fit_new(0);
    g_autoptr(TimingModel) model = NULL;
    g_autoptr(Trace) made = connections(12, 1, 9);

    for (int i = 0; i < 4; i++) {
        g_autoptr(Trace) trace = connections(40, 30000000 + 5000000 * i, (guint64)i);

        g_assert_true(timing_fit_add(fit, trace, "web", NULL));
    }
    model = timing_fit_finish(fit, NULL);
    for (guint64 seed = 0; seed < 20; seed++) {
        double least = G_MAXDOUBLE, most = 0;

        timing_model_sample(model, made, "web", seed);
        for (int row = 0; row + 4 < made->n_rows; row += 5) {
            double trip = (double)(made->rows[row + 1].time_ns - made->rows[row].time_ns);
            double near = (double)(made->rows[row + 2].time_ns - made->rows[row + 1].time_ns);
            double answer = (double)(made->rows[row + 4].time_ns - made->rows[row + 3].time_ns);

            g_assert_cmpfloat(trip, >, 30e6 * 0.8);
            g_assert_cmpfloat(trip, <, 50e6 * 1.25);
            g_assert_cmpfloat(near, >, 200e3 * 0.8);
            g_assert_cmpfloat(near, <, 220e3 * 1.25);
            g_assert_cmpfloat(answer, >, 30e6 * 0.8);
            least = MIN(least, trip);
            most = MAX(most, trip);
        }
        g_assert_cmpfloat(most, <, least * 1.15); /* one path has one round trip */
    }
}

static TimingModel *
model_of_two(void)
{
    g_autoptr(TimingFit) fit = timing_fit_new(3);
    g_autoptr(Trace) slow = bursty_trace(600, 100e6, 1);
    g_autoptr(Trace) fast = bursty_trace(600, 1e6, 2);

    g_assert_true(timing_fit_add(fit, slow, "made: tunnel, slow", "slow.pcap"));
    g_assert_true(timing_fit_add(fit, fast, "made: tunnel, fast", "fast.pcap"));
    return timing_fit_finish(fit, NULL);
}

static double
lasts_s(const Trace *trace)
{
    return (double)(trace->rows[trace->n_rows - 1].time_ns - trace->rows[0].time_ns) / 1e9;
}

/* The caption that shares most words is taken. */
static void
test_captions(void)
{
    g_autoptr(TimingModel) model = model_of_two();
    g_autoptr(Trace) trace = bursty_trace(600, 1e6, 3);

    g_assert_cmpuint(timing_model_n_classes(model), ==, 2);
    g_assert_cmpstr(timing_model_caption(model, 0), ==, "made: tunnel, fast");
    for (guint64 seed = 0; seed < 10; seed++) {
        timing_model_sample(model, trace, "made: slow, other", seed);
        g_assert_cmpfloat(lasts_s(trace), >, 10);
        timing_model_sample(model, trace, "drawn: fast", seed);
        g_assert_cmpfloat(lasts_s(trace), <, 1);
        timing_model_sample(model, trace, "nothing known", seed);
        assert_never_back(trace);
    }
}

static bool
bytes_are_read(const guint8 *data, gsize size)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(TimingModel) model = timing_model_from_bytes((Bytes){data, size}, "f", &error);
    g_autoptr(Trace) trace = bursty_trace(20, 1e6, 3);

    g_assert_true(!model == !!error);
    if (!model) {
        assert_error_says(error, "“f”", "timing fit", NULL);
        return false;
    }
    timing_model_sample(model, trace, "fast", 1);
    assert_never_back(trace);
    for (guint i = 0; i < timing_model_n_classes(model); i++) {
        TimingSummary summary;

        timing_model_summarise(model, i, &summary);
    }
    return true;
}

/* What is written is read, gives the same times and the same bytes; what is damaged is refused, or
 * gives times all the same. */
static void
test_files(void)
{
    g_autoptr(TimingModel) model = model_of_two();
    g_autoptr(TimingModel) back = NULL;
    g_autoptr(GBytes) bytes = timing_model_to_bytes(model);
    g_autoptr(GBytes) again = NULL;
    g_autoptr(Trace) a = bursty_trace(300, 1e6, 3);
    g_autoptr(Trace) b = trace_copy(a);
    g_autoptr(GError) error = NULL;
    Random random = random_seeded(1);
    gsize size;
    const guint8 *data = g_bytes_get_data(bytes, &size);

    back = timing_model_from_bytes((Bytes){data, size}, "f", &error);
    g_assert_no_error(error);
    again = timing_model_to_bytes(back);
    g_assert_true(g_bytes_equal(bytes, again));
    g_assert_cmpstr(timing_model_source(back, 1), ==, "fast.pcap");
    timing_model_sample(model, a, "slow", 4);
    timing_model_sample(back, b, "slow", 4);
    g_assert_true(same_times(a, b));
    for (gsize end = 0; end < size; end += end < 200 ? 1 : 97)
        g_assert_false(bytes_are_read(data, end));
    for (int i = 0; i < (is_sanitized() ? 500 : 3000); i++) {
        g_autofree guint8 *damaged = g_memdup2(data, size);

        for (int k = 0; k < 1 + i % 3; k++)
            damaged[random_below(&random, (guint32)size)] = (guint8)random_next(&random);
        bytes_are_read(damaged, size);
    }
}

static void
test_paths(void)
{
    g_autofree char *folder = scratch_new();
    g_autofree char *path = scratch_path(folder, "m.timing");
    g_autoptr(TimingModel) model = model_of_two();
    g_autoptr(TimingModel) back = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_true(timing_model_write(model, path, &error));
    back = timing_model_read(path, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(timing_model_n_sources(back), ==, 2);
    put_file(path, "no model", -1);
    g_assert_null(timing_model_read(path, &error));
    assert_error_says(error, "m.timing", "does not begin", NULL);
    g_clear_error(&error);
    scratch_free(g_steal_pointer(&folder));
    g_assert_null(timing_model_read("/nowhere/m.timing", &error));
    assert_error_says(error, "/nowhere/m.timing", NULL);
}

/* The model that comes with us knows every caption of the samples, and gives a real trace of each
 * gaps that hang together as the real ones do. */
static void
test_installed(void)
{
    g_autofree char *path = source_path("data/timing/lab.timing");
    g_autofree char *capture = source_path("data/samples/none_web_http2_00003.pcap");
    g_autoptr(GError) error = NULL;
    g_autoptr(TimingModel) model = timing_model_read(path, &error);
    g_autoptr(Trace) trace = NULL;
    double truth, mean = 0;

    g_assert_no_error(error);
    g_assert_cmpuint(timing_model_n_classes(model), ==, 72);
    trace = trace_read_capture(capture, layout_default(), TIMING_WINDOW, NULL, &error);
    g_assert_no_error(error);
    truth = lag_1(trace);
    forget_times(trace);
    for (guint64 seed = 0; seed < 10; seed++) {
        timing_model_sample(model, trace, "pixelated network data: no vpn, web, http2", seed);
        assert_never_back(trace);
        g_assert_cmpfloat(lasts_s(trace), >, 0.1);
        g_assert_cmpfloat(lasts_s(trace), <, 200);
        mean += lag_1(trace) / 10;
    }
    g_test_message("lag-1 autocorrelation of log gaps: real %.3f, model %.3f", truth, mean);
    g_assert_cmpfloat(mean, >, 0.15);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/timing/bursts-survive", test_bursts_survive);
    g_test_add_func("/timing/seeds", test_seeds);
    g_test_add_func("/timing/little", test_little);
    g_test_add_func("/timing/round-trips", test_round_trips);
    g_test_add_func("/timing/captions", test_captions);
    g_test_add_func("/timing/files", test_files);
    g_test_add_func("/timing/paths", test_paths);
    g_test_add_func("/timing/installed", test_installed);
    return g_test_run();
}
