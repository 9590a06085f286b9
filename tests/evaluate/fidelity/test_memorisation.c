/* SPDX-License-Identifier: Apache-2.0 */
/* Generated traces that are copies, and such that are not; figures worked out by hand. */
#include "app/evaluate/fidelity/memorisation.h"

#include <math.h>

#include "tests/evaluate/fidelity/made.h"

/* n traces of ten packets; a TTL differs from another by the bits that it has and it lacks. */
static int
add(Memorisation *memorisation, MemorisationRole role, int n, uint32_t ttl, uint32_t seed)
{
    int first = -1;

    for (int i = 0; i < n; i++) {
        g_autoptr(Trace) trace = made_udp(10, ttl, 100, seed + (uint32_t)i);
        int number = memorisation_add(memorisation, "web", role, packed_trace_new(trace, 0));

        first = i ? first : number;
    }
    return first;
}

static MemorisationReport *
compare(const Memorisation *memorisation)
{
    g_autoptr(GError) error = NULL;
    MemorisationReport *report = memorisation_compare(memorisation, 1, NULL, &error);

    g_assert_no_error(error);
    return report;
}

static void
assert_figure(const BesideReal *figure, double generated, double real)
{
    if (isnan(generated))
        g_assert_true(isnan(figure->generated.value));
    else
        g_assert_cmpfloat_with_epsilon(figure->generated.value, generated, 1e-12);
    if (isnan(real))
        g_assert_true(isnan(figure->real.value));
    else
        g_assert_cmpfloat_with_epsilon(figure->real.value, real, 1e-12);
}

/* Trained on TTL 1, held out TTL 3; generated are three that are just like those trained on. */
static void
test_copies(void)
{
    g_autoptr(Memorisation) memorisation = memorisation_new();
    g_autoptr(MemorisationReport) report = NULL;
    const MemorisationClass *all;

    add(memorisation, ROLE_TRAINED_ON, 4, 1, 10);
    add(memorisation, ROLE_HELD_OUT, 3, 3, 20);
    add(memorisation, ROLE_APART, 2, 3 + 4, 30);
    add(memorisation, ROLE_GENERATED, 3, 1, 10); /* the ids and ports of three trained on */
    report = compare(memorisation);
    all = report->all;
    g_assert_cmpint(all->n[ROLE_TRAINED_ON], ==, 4);
    g_assert_cmpint(all->n_with_parent, ==, 0);
    assert_figure(&all->distinct[SCOPE_ALL], 1, 1);
    assert_figure(&all->distinct[SCOPE_STEADY], 1.0 / 3, 0.25);
    assert_figure(&all->copies[SCOPE_ALL], 1, 0);
    assert_figure(&all->copies[SCOPE_STEADY], 1, 0);
    assert_figure(&all->to_trained[SCOPE_STEADY], 0, 1.0 / 1088);
    assert_figure(&all->to_held_out[SCOPE_STEADY], 1.0 / 1088, 0);
    assert_figure(&all->nearer_to_trained[SCOPE_STEADY], 1, 0);
    assert_figure(&all->copied_rows[SCOPE_STEADY], NAN, 0);
    /* Members lie at 0 from the generated ones, the others at 1 bit: always found. The captures set
     * apart are 2 bits from the members and 1 from the others: never. */
    assert_figure(&all->attack_auc[SCOPE_STEADY][ATTACK_NEAREST], 1, 0);
    assert_figure(&all->attack_tpr[SCOPE_STEADY][ATTACK_NEAREST], 1, 0);
    assert_figure(&all->attack_auc[SCOPE_STEADY][ATTACK_CENTRED], 1, 0);
    assert_figure(&all->attack_auc[SCOPE_STEADY][ATTACK_ROWS], 1, 0.5);
    g_assert_cmpfloat(all->attack_auc[SCOPE_STEADY][ATTACK_NEAREST].generated.low, ==, 1);
    /* With their ids and ports three of the four members are held row by row. */
    assert_figure(&all->attack_auc[SCOPE_ALL][ATTACK_ROWS], (3 + 0.5) / 4, 0.5);
    assert_figure(&all->attack_tpr[SCOPE_ALL][ATTACK_ROWS], 0.75, 0);
}

/* Everything is alike: no figure may differ from its floor. */
static void
test_alike(void)
{
    g_autoptr(Memorisation) memorisation = memorisation_new();
    g_autoptr(MemorisationReport) report = NULL;
    const MemorisationClass *class;

    for (int role = 0; role < N_ROLES; role++)
        add(memorisation, (MemorisationRole)role, 4, 9, 1 + 10 * (uint32_t)role);
    report = compare(memorisation);
    g_assert_cmpuint(report->classes->len, ==, 1);
    class = report->classes->pdata[0];
    assert_figure(&class->copies[SCOPE_ALL], 0, 0);
    assert_figure(&class->copies[SCOPE_STEADY], 1, 1);
    assert_figure(&class->to_trained[SCOPE_STEADY], 0, 0);
    assert_figure(&class->nearer_to_trained[SCOPE_STEADY], 0.5, 0.5);
    for (int attack = 0; attack < N_ATTACKS; attack++) {
        assert_figure(&class->attack_auc[SCOPE_STEADY][attack], 0.5, 0.5);
        assert_figure(&class->attack_tpr[SCOPE_STEADY][attack], 0, 0);
    }
    g_assert_true(isnan(class->attack_auc[0][0].generated.low));
}

/* Half of the rows of a generated trace are those of one parent, none of the other; held-out traces
 * are all like the other. */
static void
test_parents(void)
{
    g_autoptr(Memorisation) memorisation = memorisation_new();
    g_autoptr(MemorisationReport) report = NULL;
    g_autoptr(Trace) trace = made_udp(10, 1, 100, 50);
    int trained = add(memorisation, ROLE_TRAINED_ON, 1, 1, 10);
    int other = add(memorisation, ROLE_TRAINED_ON, 1, 2, 10);
    int generated;

    add(memorisation, ROLE_HELD_OUT, 2, 2, 20);
    for (int row = 0; row < 5; row++)
        trace_set(trace, row, FIELD_IPV4_TTL, 77);
    generated = memorisation_add(memorisation, "web", ROLE_GENERATED, packed_trace_new(trace, 0));
    memorisation_add_parent(memorisation, generated, trained);
    report = compare(memorisation);
    g_assert_cmpfloat(report->all->copied_rows[SCOPE_STEADY].generated.value, ==, 0.5);
    g_assert_cmpfloat(report->all->copied_rows[SCOPE_STEADY].real.value, >, 0); /* one of two */
    g_assert_cmpfloat(report->all->copied_rows[SCOPE_STEADY].real.value, <, 1);
    g_assert_cmpint(report->all->n_with_parent, ==, 1);
    memorisation_report_free(g_steal_pointer(&report));
    memorisation_add_parent(memorisation, generated, other);
    report = compare(memorisation);
    assert_figure(&report->all->copied_rows[SCOPE_STEADY], 0.5, 1); /* either of the two */
}

/* A training set of forty against four held out must not look nearer for being larger: all are
 * from the same source. */
static void
test_sizes(void)
{
    g_autoptr(Memorisation) memorisation = memorisation_new();
    g_autoptr(MemorisationReport) report = NULL;

    for (uint32_t i = 0; i < 84; i++)
        add(memorisation,
            i < 40   ? ROLE_TRAINED_ON
            : i < 44 ? ROLE_HELD_OUT
                     : ROLE_GENERATED,
            1, 1 + i * 37 % 251, i);
    report = compare(memorisation);
    g_assert_cmpfloat_with_epsilon(report->all->nearer_to_trained[SCOPE_STEADY].generated.value,
                                   0.5, 0.1);
    g_assert_cmpfloat(report->all->nearer_to_trained[SCOPE_STEADY].generated.low, <, 0.5);
}

/* Nothing, roles alone, no packets: not known, never a crash. */
static void
test_little(void)
{
    g_autoptr(Trace) padding = trace_new(layout_default(), 5);

    for (int roles = 0; roles < 1 << N_ROLES; roles++) {
        g_autoptr(Memorisation) memorisation = memorisation_new();
        g_autoptr(MemorisationReport) report = NULL;

        for (int role = 0; role < N_ROLES; role++) {
            if (roles >> role & 1)
                add(memorisation, (MemorisationRole)role, 1, 5, 1);
        }
        memorisation_add(memorisation, "empty", ROLE_GENERATED, packed_trace_new(padding, 0));
        report = compare(memorisation);
        g_assert_cmpuint(report->classes->len, ==, roles > 0);
        g_assert_true(isnan(report->all->nearer_to_trained[0].real.value));
        g_assert_true(isnan(report->all->nearer_to_trained[0].generated.value) ==
                      ((roles & 11) != 11)); /* trained on, held out, generated */
        g_assert_true(isnan(report->all->distinct[0].generated.value) == !(roles & 8));
        g_assert_true(isnan(report->all->attack_auc[0][0].generated.value) == ((roles & 11) != 11));
    }
}

static void
test_cancelled(void)
{
    g_autoptr(Memorisation) memorisation = memorisation_new();
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    g_autoptr(GError) error = NULL;

    add(memorisation, ROLE_TRAINED_ON, 1, 1, 1);
    add(memorisation, ROLE_GENERATED, 1, 1, 1);
    g_cancellable_cancel(cancellable);
    g_assert_null(memorisation_compare(memorisation, 1, cancellable, &error));
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/memorisation/copies", test_copies);
    g_test_add_func("/memorisation/alike", test_alike);
    g_test_add_func("/memorisation/parents", test_parents);
    g_test_add_func("/memorisation/sizes", test_sizes);
    g_test_add_func("/memorisation/little", test_little);
    g_test_add_func("/memorisation/cancelled", test_cancelled);
    return g_test_run();
}
