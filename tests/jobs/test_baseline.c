/* SPDX-License-Identifier: Apache-2.0 */
/* What baselines are drawn from: rows of a class, what follows what, shares of bits; pictures read
 * by thresholds; seeds of a set. */
#include "app/jobs/baseline_rows.h"
#include "app/jobs/synthesis_writer.h"

#include <math.h>
#include <string.h>

#include "tests/trace/support.h"

enum { N_ROWS = 96, N_COLUMNS = 1088 };

static BaselineRows *
open_rows(SynthesisClass *class)
{
    static const char *const names[] = {"none_web_http2_00003.pcap", "none_web_http2_00004.pcap"};
    g_autoptr(GError) error = NULL;
    BaselineRows *rows;

    *class = (SynthesisClass){.caption = (char *)"web", .captures = g_ptr_array_new()};
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *below = g_build_filename("data/samples", names[i], NULL);
        SynthesisCapture *capture = g_new0(SynthesisCapture, 1);

        capture->path = source_path(below);
        g_ptr_array_add(class->captures, capture);
    }
    rows = baseline_rows_new(class, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(rows->traces->len, ==, 2);
    return rows;
}

static void
close_rows(BaselineRows *rows, SynthesisClass *class)
{
    baseline_rows_free(rows);
    for (guint i = 0; i < class->captures->len; i++) {
        SynthesisCapture *capture = class->captures->pdata[i];

        g_free(capture->path);
        g_free(capture);
    }
    g_ptr_array_unref(class->captures);
}

/* Whether real row i is row `row` of the trace. */
static bool
is_row(const BaselineRows *rows, guint i, const Trace *trace, int row)
{
    return memcmp(g_array_index(rows->rows, const int8_t *, i), trace_row(trace, row), N_COLUMNS) ==
           0;
}

static bool
is_real(const BaselineRows *rows, const Trace *trace, int row)
{
    for (guint i = 0; i < rows->rows->len; i++) {
        if (is_row(rows, i, trace, row))
            return true;
    }
    return false;
}

static bool
is_first_row(const BaselineRows *rows, guint i)
{
    for (guint k = 0; k < rows->first->len; k++) {
        if (g_array_index(rows->first, guint, k) == i)
            return true;
    }
    return false;
}

/* Whether some real row like this one follows a row of the type of a real row like the last. */
static bool
may_follow(const BaselineRows *rows, const Trace *trace, int row)
{
    for (guint i = 1; i < rows->rows->len; i++) {
        if (is_first_row(rows, i) || !is_row(rows, i, trace, row))
            continue;
        for (guint k = 0; k < rows->rows->len; k++) {
            if (rows->types[k] == rows->types[i - 1] && is_row(rows, k, trace, row - 1))
                return true;
        }
    }
    return false;
}

static void
test_whole_rows(void)
{
    SynthesisClass class;
    BaselineRows *rows = open_rows(&class);
    g_autoptr(Trace) a = baseline_bootstrap(rows, N_ROWS, 7);
    g_autoptr(Trace) b = baseline_bootstrap(rows, N_ROWS, 7);
    g_autoptr(Trace) c = baseline_bootstrap(rows, N_ROWS, 8);
    g_autoptr(Trace) chain = baseline_markov_rows(rows, N_ROWS, 7);
    int n_out_of_turn = 0;

    g_assert_cmpint(a->n_rows, ==, N_ROWS);
    g_assert_cmpmem(a->trits, N_ROWS * N_COLUMNS, b->trits, N_ROWS * N_COLUMNS);
    g_assert_true(memcmp(a->trits, c->trits, N_ROWS * N_COLUMNS) != 0);
    g_assert_true(is_first_row(rows, 0));
    for (int row = 0; row < N_ROWS; row++) {
        g_assert_true(is_real(rows, a, row));
        g_assert_true(is_real(rows, chain, row));
        n_out_of_turn += row > 0 && !may_follow(rows, a, row);
        g_assert_true(row == 0 || may_follow(rows, chain, row));
    }
    g_assert_cmpint(n_out_of_turn, >, 0); /* else the check above would say nothing */
    close_rows(rows, &class);
}

static double
share(const Trace *trace, int column, int trit)
{
    int n = 0;

    for (int row = 0; row < trace->n_rows; row++)
        n += trace_row(trace, row)[column] == trit;
    return (double)n / trace->n_rows;
}

static double
real_share(const BaselineRows *rows, int column, int trit)
{
    int n = 0;

    for (guint i = 0; i < rows->rows->len; i++)
        n += g_array_index(rows->rows, const int8_t *, i)[column] == trit;
    return (double)n / rows->rows->len;
}

/* Of 1,000 rows a share is off by 5 standard deviations at most; never where all rows agree. */
static void
test_independent_bits(void)
{
    SynthesisClass class;
    BaselineRows *rows = open_rows(&class);
    g_autoptr(Trace) trace = baseline_independent_bits(rows, 1000, 3);
    int n_mixed = 0;

    g_assert_cmpint(trace->n_rows, ==, 1000);
    for (int x = 0; x < N_COLUMNS; x++) {
        for (int trit = -1; trit <= 1; trit++) {
            double p = real_share(rows, x, trit), deviation = sqrt(p * (1 - p) / 1000);

            g_assert_cmpfloat(fabs(share(trace, x, trit) - p), <=, 5 * deviation);
            n_mixed += p > 0.1 && p < 0.9;
        }
    }
    g_assert_cmpint(n_mixed, >, 20);
    g_assert_false(is_real(rows, trace, 0));
    close_rows(rows, &class);
}

static void
test_control_map(void)
{
    SynthesisClass class;
    BaselineRows *rows = open_rows(&class);
    g_autoptr(Image) edges = image_new(N_COLUMNS, 16, 1);
    g_autoptr(Trace) trace = NULL;
    g_autoptr(Image) noise = baseline_noise(8, 1), other = baseline_noise(8, 2);

    memset(edges->pixels + N_COLUMNS, 255, N_COLUMNS);
    trace = baseline_control_map(rows, edges, 9);
    g_assert_cmpint(trace->n_rows, ==, 9);
    g_assert_cmpint(trace_row(trace, 0)[0], ==, 0);
    g_assert_cmpint(trace_row(trace, 1)[0], ==, 1);
    g_assert_cmpint(trace_row(trace, 1)[N_COLUMNS - 1], ==, -1); /* ICMP */
    g_assert_true(memcmp(noise->pixels, other->pixels, (size_t)8 * N_COLUMNS * 3) != 0);
    close_rows(rows, &class);
}

static void
test_threshold(void)
{
    static const uint8_t pixels[][4] = {{0, 255, 0, 1},    {255, 0, 0, 0},  {0, 0, 255, 2},
                                        {200, 130, 10, 1}, {127, 0, 0, 2},  {128, 127, 255, 0},
                                        {0, 128, 255, 1},  {10, 120, 0, 2}, {255, 255, 255, 1}};
    g_autoptr(Image) image = image_new(N_COLUMNS, 1, 3);
    g_autoptr(GError) error = NULL;
    g_autoptr(Trace) trace = NULL;

    for (guint i = 0; i < G_N_ELEMENTS(pixels); i++)
        memcpy(image->pixels + 3 * i, pixels[i], 3);
    trace = synthesis_threshold(image, layout_default(), &error);
    g_assert_no_error(error);
    g_assert_null(trace->confidence);
    for (guint i = 0; i < G_N_ELEMENTS(pixels); i++)
        g_assert_cmpint(trace->trits[i], ==, pixels[i][3] == 2 ? -1 : pixels[i][3]);
}

/* A trace's seed hangs on the set's, the caption and the index; not on the other classes. */
static void
test_plan(void)
{
    SynthesisCapture capture = {0};
    g_autoptr(GPtrArray) captures = g_ptr_array_new();
    SynthesisClass classes[] = {{(char *)"x: dns", (char *)"dns", captures},
                                {(char *)"x: web", (char *)"web", captures}};
    SynthesisReal real = {.classes = g_ptr_array_new()};
    SynthesisSetParams params = {.per_class = 2, .seed = 9};
    g_autoptr(GPtrArray) all = NULL, alone = NULL, other = NULL;

    for (int i = 0; i < 3; i++)
        g_ptr_array_add(captures, &capture);
    g_ptr_array_add(real.classes, &classes[0]);
    g_ptr_array_add(real.classes, &classes[1]);
    all = synthesis_plan(&real, &params);
    g_assert_cmpuint(all->len, ==, 4);
    g_assert_cmpstr(((SynthesisItem *)all->pdata[3])->name, ==, "web_00001");
    g_ptr_array_remove_index(real.classes, 0);
    alone = synthesis_plan(&real, &params);
    params.seed = 10;
    params.per_class = 0;
    other = synthesis_plan(&real, &params);
    g_assert_cmpuint(other->len, ==, 3);
    for (int i = 0; i < 2; i++) {
        const SynthesisItem *item = alone->pdata[i];

        g_assert_cmpuint(item->seed, ==, ((SynthesisItem *)all->pdata[2 + i])->seed);
        g_assert_cmpuint(item->seed, !=, ((SynthesisItem *)all->pdata[i])->seed);
        g_assert_cmpuint(item->seed, !=, ((SynthesisItem *)other->pdata[i])->seed);
        g_assert_cmpuint(item->seed, <, G_GUINT64_CONSTANT(1) << 53);
    }
    g_ptr_array_unref(real.classes);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/baseline/whole-rows", test_whole_rows);
    g_test_add_func("/baseline/independent-bits", test_independent_bits);
    g_test_add_func("/baseline/control-map", test_control_map);
    g_test_add_func("/synthesis/threshold", test_threshold);
    g_test_add_func("/synthesis/plan", test_plan);
    return g_test_run();
}
