/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that fidelity tells, of traces as chance makes them: noise, holes, padding anywhere,
 * times that run backwards, one packet or none, other layouts. Shares stay within 0 and 1, the same
 * input gives the same figures, and nothing crashes. */
#include <math.h>
#include <string.h>

#include "app/evaluate/fidelity/compliance.h"
#include "app/evaluate/fidelity/discriminator.h"
#include "app/evaluate/fidelity/fidelity.h"
#include "app/evaluate/fidelity/legality.h"
#include "app/evaluate/fidelity/memorisation.h"
#include "app/trace/random.h"
#include "tests/trace/support.h"

enum { MAX_TRACES = 14, N_CLASSES = 3 };

typedef struct {
    Trace *trace;
    const char *class;
    Side side;
    MemorisationRole role;
} Input;

typedef struct {
    const Layout *layout;
    Input inputs[MAX_TRACES];
    int n;
} Inputs;

static Trace *
any_trace(const Layout *layout, Random *random)
{
    int n_rows = (int)random_below(random, 4) == 0 ? (int)random_below(random, 3)
                                                   : (int)random_below(random, 40);
    bool is_whole = layout->column_of[FIELD_TCP_OPT] >= 0 && random_below(random, 2);
    Trace *trace = is_whole ? made_trace(layout->name, n_rows, random_below(random, 9))
                            : trace_new(layout, n_rows);
    guint32 noise = random_below(random, 3) ? random_below(random, 40) : 1000;

    for (int i = 0; i < n_rows * layout->n_columns; i++) {
        if (random_below(random, 1000) < noise)
            trace->trits[i] = (int8_t)((int)random_below(random, 3) - 1);
    }
    for (int row = 0; row < n_rows; row++) {
        if (random_below(random, 5) == 0)
            memset(trace_row(trace, row), -1, (size_t)layout->n_columns);
        trace->rows[row].time_ns = (int64_t)(random_next(random) >> 20) - (1 << 30);
        trace->rows[row].direction = (uint8_t)random_below(random, 2);
        trace->rows[row].length = random_below(random, 70000);
    }
    trace->sides = (TraceSides)random_below(random, 16) & ~TRACE_HAS_ADDRESSES;
    return trace;
}

static void
inputs_init(Inputs *inputs, guint64 seed)
{
    static const char *const classes[N_CLASSES] = {"", "web", "a longer name"};
    Random random = random_seeded(seed);

    inputs->layout = seed % 3 == 0 ? layout_nprint(1 << HEADER_IPV4 | 1 << HEADER_UDP)
                                   : layout_nth((int)(seed % 2));
    inputs->n = (int)random_below(&random, MAX_TRACES + 1);
    for (int i = 0; i < inputs->n; i++)
        inputs->inputs[i] = (Input){
            .trace = any_trace(inputs->layout, &random),
            .class = classes[random_below(&random, N_CLASSES)],
            .side = (Side)random_below(&random, N_SIDES),
            .role = (MemorisationRole)random_below(&random, N_ROLES),
        };
}

static void
inputs_clear(Inputs *inputs)
{
    for (int i = 0; i < inputs->n; i++)
        trace_free(inputs->inputs[i].trace);
}

static void
assert_estimate(const Estimate *estimate, double low, double high)
{
    static const double rounding = 1e-9;

    if (isnan(estimate->value))
        return;
    g_assert_cmpfloat(estimate->value, >=, low - rounding);
    g_assert_cmpfloat(estimate->value, <=, high + rounding);
    if (!isnan(estimate->low))
        g_assert_cmpfloat(estimate->low, <=, estimate->high);
}

/* Byte for byte, NAN among them. */
static void
assert_same(const void *a, const void *b, gsize size)
{
    g_assert_cmpmem(a, size, b, size);
}

static FidelityReport *
tell_fidelity(const Inputs *inputs)
{
    g_autoptr(Fidelity) fidelity = fidelity_new(inputs->layout);

    for (int i = 0; i < inputs->n; i++)
        fidelity_add(fidelity, inputs->inputs[i].class, inputs->inputs[i].side,
                     trace_counts_new(inputs->inputs[i].trace, 30));
    return fidelity_compare(fidelity, 5);
}

static void
check_fidelity(const Inputs *inputs)
{
    g_autoptr(FidelityReport) report = tell_fidelity(inputs);
    g_autoptr(FidelityReport) again = tell_fidelity(inputs);

    for (guint i = 0; i < report->classes->len + 2; i++) {
        const FidelityClass *class = i < report->classes->len    ? report->classes->pdata[i]
                                     : i == report->classes->len ? report->mean
                                                                 : report->pooled;
        const FidelityClass *same = i < report->classes->len    ? again->classes->pdata[i]
                                    : i == report->classes->len ? again->mean
                                                                : again->pooled;

        for (int measure = 0; measure < N_MEASURES; measure++) {
            for (int spread = 0; spread < N_SPREADS; spread++) {
                const BesideFloor *told = fidelity_spread(class, (Spread)spread, (Measure)measure);

                assert_estimate(&told->generated, 0, 1);
                assert_estimate(&told->floor, 0, 1);
                assert_same(told, fidelity_spread(same, (Spread)spread, (Measure)measure),
                            sizeof *told);
            }
            for (int column = 0; column < inputs->layout->n_columns; column++)
                assert_estimate(&fidelity_bit(class, column, (Measure)measure)->generated, 0, 1);
        }
        for (int shift = 0; shift < N_SHIFTS; shift++)
            assert_estimate(&fidelity_shift(class, (Shift)shift)->generated, 0, INFINITY);
    }
}

static MemorisationReport *
tell_memorisation(const Inputs *inputs)
{
    g_autoptr(Memorisation) memorisation = memorisation_new();

    for (int i = 0; i < inputs->n; i++) {
        int number = memorisation_add(memorisation, inputs->inputs[i].class, inputs->inputs[i].role,
                                      packed_trace_new(inputs->inputs[i].trace, 30));

        if (i % 3 == 1)
            memorisation_add_parent(memorisation, number, number - 1);
    }
    return memorisation_compare(memorisation, 5, NULL, NULL);
}

static void
check_memorisation(const Inputs *inputs)
{
    g_autoptr(MemorisationReport) report = tell_memorisation(inputs);
    g_autoptr(MemorisationReport) again = tell_memorisation(inputs);
    const MemorisationClass *all = report->all;

    for (int scope = 0; scope < N_SCOPES; scope++) {
        const BesideReal *figures[] = {&all->distinct[scope],
                                       &all->copies[scope],
                                       &all->to_trained[scope],
                                       &all->to_held_out[scope],
                                       &all->nearer_to_trained[scope],
                                       &all->copied_rows[scope],
                                       &all->attack_auc[scope][ATTACK_CENTRED],
                                       &all->attack_tpr[scope][ATTACK_ROWS]};

        for (guint i = 0; i < G_N_ELEMENTS(figures); i++) {
            assert_estimate(&figures[i]->generated, 0, 1);
            assert_estimate(&figures[i]->real, 0, 1);
        }
        assert_same(all->to_trained, again->all->to_trained, sizeof all->to_trained);
        assert_same(all->attack_auc, again->all->attack_auc, sizeof all->attack_auc);
    }
}

static void
check_legality(const Inputs *inputs)
{
    LegalityCount counts[MAX_TRACES] = {0};
    ComplianceCount compliance[MAX_TRACES] = {0};
    Estimate estimate;

    for (int i = 0; i < inputs->n; i++) {
        const Trace *trace = inputs->inputs[i].trace;
        g_autoptr(RepairReport) report = NULL;
        g_autoptr(Trace) repaired = repair_trace(trace, NULL, &report, NULL);

        legality_count(&counts[i], trace);
        if (!repaired)
            continue;
        legality_count_repair(&counts[i], trace, report);
        g_assert_true(compliance_count(&compliance[i], repaired, NULL, NULL));
        g_assert_cmpuint(compliance[i].n_legal_packets, <=, compliance[i].n_packets);
        if (inputs->layout == layout_default())
            g_assert_cmpuint(compliance[i].n_legal_packets, ==, compliance[i].n_packets);
    }
    for (int field = 0; field < N_FIELDS; field++) {
        estimate = legality_changed(counts, (guint)inputs->n, (FieldId)field, true);
        assert_estimate(&estimate, 0, 1);
    }
    estimate = legality_masks(counts, (guint)inputs->n);
    assert_estimate(&estimate, 0, 1);
    estimate = legality_checks(counts, (guint)inputs->n);
    assert_estimate(&estimate, 0, 1);
    estimate = compliance_flows(compliance, (guint)inputs->n);
    assert_estimate(&estimate, 0, 1);
}

static void
check_discriminator(const Inputs *inputs)
{
    g_autoptr(FeatureMatrix) matrix = feature_matrix_new(FEATURES_ORDER_FREE, inputs->layout, 30);
    int samples[N_SIDES][MAX_TRACES], classes[N_SIDES][MAX_TRACES], n[N_SIDES] = {0};
    const DiscriminatorOptions options = {.n_repeats = 2, .n_trees = 5};
    DiscriminatorResult result;
    g_autoptr(GError) error = NULL;

    for (int i = 0; i < inputs->n; i++) {
        const Input *input = &inputs->inputs[i];
        int sample = feature_matrix_add_trace(matrix, input->trace, NULL);

        if (sample < 0)
            continue;
        samples[input->side][n[input->side]] = sample;
        classes[input->side][n[input->side]++] = (int)strlen(input->class);
    }
    discriminator_run(
        matrix,
        (DiscriminatorSide[]){{samples[0], classes[0], n[0]}, {samples[1], classes[1], n[1]}},
        &options, NULL, &result, &error);
    g_assert_no_error(error);
    assert_estimate(&result.generated, 0, 1);
    assert_estimate(&result.floor, 0, 1);
}

static void
test_any(void)
{
    int n = is_sanitized() ? 6 : 25;

    for (guint64 seed = 1; seed <= (guint64)n; seed++) {
        Inputs inputs;

        inputs_init(&inputs, seed);
        check_fidelity(&inputs);
        check_memorisation(&inputs);
        check_legality(&inputs);
        check_discriminator(&inputs);
        inputs_clear(&inputs);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/fidelity/any-input", test_any);
    return g_test_run();
}
