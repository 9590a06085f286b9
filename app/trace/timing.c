/* SPDX-License-Identifier: Apache-2.0 */
/* Empirical inter-arrival gaps, conditioned on direction and size. */
#include "app/trace/timing.h"

#include "app/trace/random.h"

enum { N_SIZE_CLASSES = 3, N_WAYS = 4, N_CLASSES = N_WAYS * N_SIZE_CLASSES };
static const int64_t default_gap_ns = 1000000;

static int
row_way(const Trace *trace, int row)
{
    return (trace->rows[row - 1].direction & 1) << 1 | (trace->rows[row].direction & 1);
}

static int
row_size_class(const Trace *trace, int row)
{
    uint32_t length = 0;

    if (!trace_get(trace, row, FIELD_IPV4_TL, &length) || length == 0) {
        if (trace_get(trace, row, FIELD_IPV6_LEN, &length))
            length += 40;
        else
            length = trace->rows[row].length;
    }
    return length <= 80 ? 0 : length <= 600 ? 1 : 2;
}

typedef struct {
    GArray *gaps[N_CLASSES]; /* int64_t, ns */
    GArray *by_way[N_WAYS];
    GArray *all;
} Gaps;

static void
gaps_init(Gaps *gaps, const Trace *from)
{
    for (int i = 0; i < N_CLASSES; i++)
        gaps->gaps[i] = g_array_new(FALSE, FALSE, sizeof(int64_t));
    for (int i = 0; i < N_WAYS; i++)
        gaps->by_way[i] = g_array_new(FALSE, FALSE, sizeof(int64_t));
    gaps->all = g_array_new(FALSE, FALSE, sizeof(int64_t));
    for (int row = 1; row < from->n_rows; row++) {
        int64_t gap;
        int way = row_way(from, row);

        if (__builtin_sub_overflow(from->rows[row].time_ns, from->rows[row - 1].time_ns, &gap))
            gap = 0;
        gap = MAX(gap, 0);
        g_array_append_val(gaps->gaps[way * N_SIZE_CLASSES + row_size_class(from, row)], gap);
        g_array_append_val(gaps->by_way[way], gap);
        g_array_append_val(gaps->all, gap);
    }
}

static void
gaps_clear(Gaps *gaps)
{
    for (int i = 0; i < N_CLASSES; i++)
        g_array_unref(gaps->gaps[i]);
    for (int i = 0; i < N_WAYS; i++)
        g_array_unref(gaps->by_way[i]);
    g_array_unref(gaps->all);
}

static int64_t
gaps_draw(const Gaps *gaps, const Trace *trace, int row, Random *random)
{
    int way = row_way(trace, row);
    const GArray *from = gaps->gaps[way * N_SIZE_CLASSES + row_size_class(trace, row)];

    if (from->len == 0)
        from = gaps->by_way[way];
    if (from->len == 0)
        from = gaps->all;
    return g_array_index(from, int64_t, random_below(random, from->len));
}

void
trace_sample_times(Trace *trace, const Trace *template_trace, guint64 seed)
{
    bool timed =
        template_trace && template_trace->n_rows > 0 && (template_trace->sides & TRACE_HAS_TIMES);
    bool sampled = timed && template_trace->n_rows > 1;
    Random random = random_seeded(seed);
    int64_t now = timed ? template_trace->rows[0].time_ns : 0;
    Gaps gaps;

    g_return_if_fail(trace);
    if (sampled)
        gaps_init(&gaps, template_trace);
    for (int row = 0; row < trace->n_rows; row++) {
        if (row > 0) {
            int64_t gap = sampled ? gaps_draw(&gaps, trace, row, &random) : default_gap_ns;
            if (__builtin_add_overflow(now, gap, &now))
                now = G_MAXINT64;
        }
        trace->rows[row].time_ns = now;
    }
    if (sampled)
        gaps_clear(&gaps);
    trace->sides |= TRACE_HAS_TIMES;
}
