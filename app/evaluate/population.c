/* SPDX-License-Identifier: Apache-2.0 */
/* Traces counted. */
#include "app/evaluate/population.h"

#include <math.h>

#include "app/evaluate/fidelity/divergence.h"
#include "app/evaluate/fidelity/trace_counts.h"
#include "app/trace/random.h"

enum { BLOCK = 64, ABSENT = POPULATION_BINS - 1, FINE_BITS = 8 };

static const double MIN_GAP_S = 1e-6; /* what clocks of captures can tell */

Population *
population_new(void)
{
    Population *population = g_new0(Population, 1);

    population->values = g_new0(guint64, (gsize)POPULATION_PARTS * N_FIELDS * POPULATION_BINS);
    population->bursts = g_new0(guint64, POPULATION_BURST + 1);
    population->shares = g_array_new(FALSE, FALSE, sizeof(ShareCount));
    population->repairs = g_array_new(FALSE, FALSE, sizeof(RepairCount));
    for (int kind = 0; kind < N_SAMPLES; kind++) {
        for (int part = 0; part < POPULATION_PARTS; part++)
            population->samples[kind][part].kept = g_array_new(FALSE, FALSE, sizeof(float));
    }
    return population;
}

void
population_free(Population *population)
{
    if (!population)
        return;
    g_free(population->values);
    g_free(population->bursts);
    g_array_unref(population->shares);
    g_array_unref(population->repairs);
    for (int kind = 0; kind < N_SAMPLES; kind++) {
        for (int part = 0; part < POPULATION_PARTS; part++)
            g_array_unref(population->samples[kind][part].kept);
    }
    g_free(population);
}

static guint64 *
histogram(const Population *population, int part, int field)
{
    return population->values + ((gsize)part * N_FIELDS + (gsize)field) * POPULATION_BINS;
}

static int
bin_of(const int8_t *trits, int width)
{
    int value = 0;

    for (int bit = 0; bit < MIN(width, FINE_BITS); bit++) {
        if (trits[bit] < 0)
            return ABSENT;
        value = value << 1 | trits[bit];
    }
    return value;
}

/* Keeps a value with the chance that all have to be kept (Vitter 1985, algorithm R). */
static void
keep(SamplePart *part, float value, Random *random)
{
    guint64 n = part->n_all++;

    if (n < POPULATION_SAMPLE) {
        g_array_append_val(part->kept, value);
    } else {
        guint64 place = random_next(random) % (n + 1);

        if (place < POPULATION_SAMPLE)
            g_array_index(part->kept, float, place) = value;
    }
}

static void
count_row(Population *population, const Trace *trace, int row, int part, ShareCount *share)
{
    static const Header headers[] = {HEADER_IPV4, HEADER_IPV6, HEADER_TCP, HEADER_UDP, HEADER_ICMP};
    bool has_transport = false;

    for (int i = 0; i < trace->layout->n_fields; i++) {
        const LayoutField *field = &trace->layout->fields[i];
        int bin =
            bin_of(trace_row(trace, row) + field->first_column, field_table[field->field].width);

        histogram(population, part, field->field)[bin]++;
    }
    for (guint i = 0; i < G_N_ELEMENTS(headers); i++) {
        bool has = trace_has_header(trace, row, headers[i]);

        share->n[i] += has;
        has_transport |= has && i >= SHARE_TCP;
    }
    share->n[SHARE_OTHER] += !has_transport;
    share->n_packets++;
}

static void
count_bursts(Population *population, const Trace *trace)
{
    g_autofree uint8_t *direction = g_new0(uint8_t, (gsize)MAX(1, trace->n_rows));
    int length = 0;

    trace_packet_directions(trace, direction);
    for (int row = 0; row < trace->n_rows; row++) {
        length++;
        if (row + 1 == trace->n_rows || direction[row + 1] != direction[row]) {
            population->bursts[MIN(length, POPULATION_BURST)]++;
            length = 0;
        }
    }
}

void
population_add(Population *population, const Trace *trace, bool alone)
{
    Random random = random_seeded(population->n_packets);
    ShareCount share = {0};
    int previous = -1;

    for (int row = 0; row < trace->n_rows; row++) {
        int part = (int)(alone ? (guint)row / BLOCK : population->n_traces) % POPULATION_PARTS;
        guint32 size;

        if (trace_row_is_empty(trace, row))
            continue;
        size = trace_packet_size(trace, row);
        count_row(population, trace, row, part, &share);
        if (size > 0)
            keep(&population->samples[SAMPLE_SIZES][part], (float)size, &random);
        if (previous >= 0 && trace->sides & TRACE_HAS_TIMES) {
            double gap = (double)(trace->rows[row].time_ns - trace->rows[previous].time_ns) / 1e9;

            keep(&population->samples[SAMPLE_GAPS][part], (float)log10(MAX(gap, MIN_GAP_S)),
                 &random);
        }
        previous = row;
    }
    count_bursts(population, trace);
    population->n_packets += share.n_packets;
    population->n_traces++;
    g_array_append_val(population->shares, share);
}

void
population_add_repair(Population *population, const RepairReport *report)
{
    const RepairRule *const *rules = repair_rules(NULL);
    RepairCount count = {.n_bits = report->n_bits};

    for (guint i = 0; i < report->changes->len; i++) {
        const RepairChange *change = &g_array_index(report->changes, RepairChange, i);

        if (rules[change->rule]->tree == REPAIR_INTRA_PACKET)
            count.n_intra += change->n_bits;
        else
            count.n_inter += change->n_bits;
    }
    g_array_append_val(population->repairs, count);
}

PartSet
population_parts(const Population *population)
{
    PartSet parts = 0;

    for (int part = 0; part < POPULATION_PARTS; part++) {
        const guint64 *values = histogram(population, part, 0);
        bool any = false;

        for (gsize i = 0; i < (gsize)N_FIELDS * POPULATION_BINS && !any; i++)
            any = values[i] > 0;
        if (any)
            parts |= 1U << part;
    }
    return parts;
}

void
population_values(const Population *population, PartSet parts, FieldId field, guint64 *values)
{
    for (int bin = 0; bin < POPULATION_BINS; bin++)
        values[bin] = 0;
    for (int part = 0; part < POPULATION_PARTS; part++) {
        const guint64 *from = histogram(population, part, field);

        for (int bin = 0; parts >> part & 1 && bin < POPULATION_BINS; bin++)
            values[bin] += from[bin];
    }
}

GArray *
population_sample(const Population *population, PartSet parts, SampleKind kind)
{
    GArray *sample = g_array_new(FALSE, FALSE, sizeof(float));

    for (int part = 0; part < POPULATION_PARTS; part++) {
        const GArray *kept = population->samples[kind][part].kept;

        if (parts >> part & 1 && kept->len > 0)
            g_array_append_vals(sample, kept->data, kept->len);
    }
    sort_sample((float *)(void *)sample->data, sample->len);
    return sample;
}
