/* SPDX-License-Identifier: Apache-2.0 */
/* Distances within a class, and what they give. */
#include "app/evaluate/fidelity/memorisation_values.h"

#include <math.h>

#include "app/trace/random.h"

enum { N_DRAWS = 20 };

/* Distances of every generated, set apart and held-out trace (a row each) to every trained on and,
 * behind those, held-out one (a column each); and how much of a column's rows the row's trace has.
 */
typedef struct {
    GPtrArray *const *traces;
    int n[N_ROLES], n_columns;
    double *distance[N_ROLES][N_SCOPES]; /* (n[role], n_columns) */
    double *held_rows[N_ROLES][N_SCOPES];
    int n_draw; /* neighbours of either kind that are looked among */
    Random random;
} Neighbourhood;

MemorisationValues *
memorisation_values_new(void)
{
    MemorisationValues *values = g_new0(MemorisationValues, 1);

    for (int of = 0; of < N_OF; of++) {
        for (int scope = 0; scope < N_SCOPES; scope++) {
            values->of[of][scope].hashes = g_array_new(FALSE, FALSE, sizeof(guint64));
            values->of[of][scope].is_member = g_array_new(FALSE, FALSE, sizeof(bool));
            for (int value = 0; value < N_VALUES; value++)
                values->of[of][scope].values[value] = g_array_new(FALSE, FALSE, sizeof(double));
            for (int attack = 0; attack < N_ATTACKS; attack++)
                values->of[of][scope].scores[attack] = g_array_new(FALSE, FALSE, sizeof(double));
        }
    }
    return values;
}

void
memorisation_values_free(void *data)
{
    MemorisationValues *values = data;

    for (int of = 0; of < N_OF; of++) {
        for (int scope = 0; scope < N_SCOPES; scope++) {
            g_array_unref(values->of[of][scope].hashes);
            g_array_unref(values->of[of][scope].is_member);
            for (int value = 0; value < N_VALUES; value++)
                g_array_unref(values->of[of][scope].values[value]);
            for (int attack = 0; attack < N_ATTACKS; attack++)
                g_array_unref(values->of[of][scope].scores[attack]);
        }
    }
    g_free(values);
}

static void
append(GArray *array, const GArray *more)
{
    if (more->len > 0)
        g_array_append_vals(array, more->data, more->len);
}

void
memorisation_values_append(MemorisationValues *values, const MemorisationValues *more)
{
    for (int role = 0; role < N_ROLES; role++)
        values->n[role] += more->n[role];
    values->n_with_parent += more->n_with_parent;
    for (int of = 0; of < N_OF; of++) {
        for (int scope = 0; scope < N_SCOPES; scope++) {
            append(values->of[of][scope].hashes, more->of[of][scope].hashes);
            append(values->of[of][scope].is_member, more->of[of][scope].is_member);
            for (int value = 0; value < N_VALUES; value++)
                append(values->of[of][scope].values[value], more->of[of][scope].values[value]);
            for (int attack = 0; attack < N_ATTACKS; attack++)
                append(values->of[of][scope].scores[attack], more->of[of][scope].scores[attack]);
        }
    }
}

/* --- distances --- */

static const PackedTrace *
packed_at(const Neighbourhood *near, MemorisationRole role, int i)
{
    return ((const MemorisedTrace *)near->traces[role]->pdata[i])->packed;
}

static const PackedTrace *
column_at(const Neighbourhood *near, int column)
{
    int n_trained = near->n[ROLE_TRAINED_ON];

    return column < n_trained ? packed_at(near, ROLE_TRAINED_ON, column)
                              : packed_at(near, ROLE_HELD_OUT, column - n_trained);
}

static bool
measure(Neighbourhood *near, GCancellable *cancellable, GError **error)
{
    for (int role = ROLE_HELD_OUT; role < N_ROLES; role++) {
        for (int row = 0; row < near->n[role]; row++) {
            const PackedTrace *trace = packed_at(near, (MemorisationRole)role, row);

            if (g_cancellable_set_error_if_cancelled(cancellable, error))
                return false;
            for (int column = 0; column < near->n_columns; column++) {
                const PackedTrace *other = column_at(near, column);
                int at = row * near->n_columns + column;

                for (int scope = 0; scope < N_SCOPES; scope++) {
                    near->distance[role][scope][at] =
                        packed_trace_distance(trace, other, (BitScope)scope);
                    near->held_rows[role][scope][at] =
                        packed_trace_copied(other, &trace, 1, (BitScope)scope);
                }
            }
        }
    }
    return true;
}

static void
near_init(Neighbourhood *near, GPtrArray *const traces[N_ROLES], guint64 seed)
{
    *near = (Neighbourhood){.traces = traces, .random = random_seeded(seed)};
    for (int role = 0; role < N_ROLES; role++)
        near->n[role] = (int)traces[role]->len;
    near->n_columns = near->n[ROLE_TRAINED_ON] + near->n[ROLE_HELD_OUT];
    near->n_draw = MIN(near->n[ROLE_TRAINED_ON], MAX(near->n[ROLE_HELD_OUT] - 1, 1));
    for (int role = ROLE_HELD_OUT; role < N_ROLES; role++) {
        gsize n = (gsize)MAX(near->n[role] * near->n_columns, 1);

        for (int scope = 0; scope < N_SCOPES; scope++) {
            near->distance[role][scope] = g_new(double, n);
            near->held_rows[role][scope] = g_new(double, n);
        }
    }
}

static void
near_clear(Neighbourhood *near)
{
    for (int role = 0; role < N_ROLES; role++) {
        for (int scope = 0; scope < N_SCOPES; scope++) {
            g_free(near->distance[role][scope]);
            g_free(near->held_rows[role][scope]);
        }
    }
}

/* --- neighbours --- */

/* The least distance of a row to n_draw columns at random of first .. first + n - 1, but not
 * except. */
static double
nearest_drawn(Neighbourhood *near, const double *distances, int first, int n, int except)
{
    g_autofree int *columns = g_new(int, MAX(n, 1));
    double nearest = INFINITY;
    int n_columns = 0;

    for (int column = first; column < first + n; column++) {
        if (column != except)
            columns[n_columns++] = column;
    }
    for (int i = 0; i < near->n_draw && i < n_columns; i++) {
        int k = i + (int)random_below(&near->random, (guint32)(n_columns - i));
        int chosen = columns[k];

        columns[k] = columns[i];
        columns[i] = chosen;
        nearest = MIN(nearest, distances[chosen]);
    }
    return isinf(nearest) ? NAN : nearest;
}

static void
add_value(MemorisationValues *values, Of of, int scope, Value value, double number)
{
    g_array_append_val(values->of[of][scope].values[value], number);
}

/* Of one trace: what its nearest neighbours say; except is its own column, or -1. */
static void
add_neighbours(MemorisationValues *values, Neighbourhood *near, Of of, int scope,
               const double *distances, int except)
{
    double to_trained = 0, to_held_out = 0, nearer = 0;
    int n_trained = near->n[ROLE_TRAINED_ON];

    for (int draw = 0; draw < N_DRAWS; draw++) {
        double trained = nearest_drawn(near, distances, 0, n_trained, -1);
        double held_out = nearest_drawn(near, distances, n_trained, near->n[ROLE_HELD_OUT], except);

        to_trained += trained / N_DRAWS;
        to_held_out += held_out / N_DRAWS;
        nearer += (isnan(trained) || isnan(held_out) ? (double)NAN
                   : trained < held_out              ? 1
                   : trained > held_out              ? 0
                                                     : 0.5) /
                  N_DRAWS;
    }
    add_value(values, of, scope, VALUE_TO_TRAINED, to_trained);
    add_value(values, of, scope, VALUE_TO_HELD_OUT, to_held_out);
    add_value(values, of, scope, VALUE_NEARER, nearer);
}

/* 1 when one of those trained on is the same trace; NAN when there are none. */
static double
is_copy(const Neighbourhood *near, const PackedTrace *trace, int scope)
{
    for (int i = 0; i < near->n[ROLE_TRAINED_ON]; i++) {
        if (packed_at(near, ROLE_TRAINED_ON, i)->hash[scope] == trace->hash[scope])
            return 1;
    }
    return near->n[ROLE_TRAINED_ON] > 0 ? 0 : (double)NAN;
}

static void
add_traces(MemorisationValues *values, Neighbourhood *near, Of of, int scope)
{
    MemorisationRole role = of == OF_GENERATED ? ROLE_GENERATED : ROLE_HELD_OUT;

    for (int row = 0; row < near->n[role]; row++) {
        const double *distances = near->distance[role][scope] + row * near->n_columns;
        int except = of == OF_REAL ? near->n[ROLE_TRAINED_ON] + row : -1;

        add_neighbours(values, near, of, scope, distances, except);
        add_value(values, of, scope, VALUE_COPY, is_copy(near, packed_at(near, role, row), scope));
    }
    role = of == OF_GENERATED ? ROLE_GENERATED : ROLE_TRAINED_ON;
    for (int row = 0; row < near->n[role]; row++) {
        guint64 hash = packed_at(near, role, row)->hash[scope];

        g_array_append_val(values->of[of][scope].hashes, hash);
    }
}

/* --- copied rows --- */

/* How many parents a generated trace of the class has on average, at least one. */
static int
mean_parents(const Neighbourhood *near)
{
    guint n = 0, n_with = 0;

    for (int row = 0; row < near->n[ROLE_GENERATED]; row++) {
        const MemorisedTrace *trace = near->traces[ROLE_GENERATED]->pdata[row];

        n += trace->parents->len;
        n_with += trace->parents->len > 0;
    }
    return n_with > 0 ? (int)((n + n_with / 2) / n_with) : 1;
}

/* The mean over draws of n of those trained on, in the place of parents. */
static double
copied_by_chance(Neighbourhood *near, const PackedTrace *trace, int n, int scope)
{
    int n_trained = near->n[ROLE_TRAINED_ON], n_drawn = MIN(n, n_trained);
    g_autofree const PackedTrace **trained = g_new(const PackedTrace *, MAX(n_trained, 1));
    double sum = 0;

    for (int i = 0; i < n_trained; i++)
        trained[i] = packed_at(near, ROLE_TRAINED_ON, i);
    for (int draw = 0; draw < N_DRAWS; draw++) {
        for (int i = 0; i < n_drawn; i++) {
            int k = i + (int)random_below(&near->random, (guint32)(n_trained - i));
            const PackedTrace *chosen = trained[k];

            trained[k] = trained[i];
            trained[i] = chosen;
        }
        sum += packed_trace_copied(trace, trained, n_drawn, (BitScope)scope);
    }
    return sum / N_DRAWS;
}

static void
add_copied_rows(MemorisationValues *values, Neighbourhood *near, int scope)
{
    int n_parents = mean_parents(near);

    for (int row = 0; row < near->n[ROLE_GENERATED]; row++) {
        const MemorisedTrace *trace = near->traces[ROLE_GENERATED]->pdata[row];
        const PackedTrace *const *parents =
            (const PackedTrace *const *)(void *)trace->parents->data;

        if (trace->parents->len > 0)
            add_value(values, OF_GENERATED, scope, VALUE_COPIED_ROWS,
                      packed_trace_copied(trace->packed, parents, (int)trace->parents->len,
                                          (BitScope)scope));
    }
    for (int row = 0; near->n[ROLE_TRAINED_ON] > 0 && row < near->n[ROLE_HELD_OUT]; row++)
        add_value(values, OF_REAL, scope, VALUE_COPIED_ROWS,
                  copied_by_chance(near, packed_at(near, ROLE_HELD_OUT, row), n_parents, scope));
}

/* --- attacks --- */

/* What an attacker scores a member or non-member (a column) by, who holds the traces of role. */
static double
attack_column(const Neighbourhood *near, MemorisationRole role, int scope, int column, bool by_rows)
{
    double best = by_rows ? 0 : INFINITY;

    for (int row = 0; row < near->n[role]; row++) {
        int at = row * near->n_columns + column;

        best = by_rows ? fmax(best, near->held_rows[role][scope][at])
                       : fmin(best, near->distance[role][scope][at]);
    }
    return by_rows ? best : -best;
}

static void
add_attacks(MemorisationValues *values, const Neighbourhood *near, Of of, int scope)
{
    MemorisationRole role = of == OF_GENERATED ? ROLE_GENERATED : ROLE_APART;
    double mean = 0;

    if (near->n[role] == 0)
        return;
    for (int column = 0; column < near->n_columns; column++)
        mean += attack_column(near, role, scope, column, false) / near->n_columns;
    for (int column = 0; column < near->n_columns; column++) {
        bool is_member = column < near->n[ROLE_TRAINED_ON];
        double nearest = attack_column(near, role, scope, column, false);
        const double scores[N_ATTACKS] = {
            [ATTACK_NEAREST] = nearest,
            [ATTACK_CENTRED] = nearest - mean,
            [ATTACK_ROWS] = attack_column(near, role, scope, column, true),
        };

        g_array_append_val(values->of[of][scope].is_member, is_member);
        for (int attack = 0; attack < N_ATTACKS; attack++)
            g_array_append_val(values->of[of][scope].scores[attack], scores[attack]);
    }
}

MemorisationValues *
memorisation_values_of(GPtrArray *const traces[N_ROLES], guint64 seed, GCancellable *cancellable,
                       GError **error)
{
    MemorisationValues *values = NULL;
    Neighbourhood near;

    near_init(&near, traces, seed);
    if (measure(&near, cancellable, error)) {
        values = memorisation_values_new();
        for (int role = 0; role < N_ROLES; role++)
            values->n[role] = near.n[role];
        for (int row = 0; row < near.n[ROLE_GENERATED]; row++)
            values->n_with_parent +=
                ((const MemorisedTrace *)traces[ROLE_GENERATED]->pdata[row])->parents->len > 0;
        for (int scope = 0; scope < N_SCOPES; scope++) {
            for (int of = 0; of < N_OF; of++) {
                add_traces(values, &near, (Of)of, scope);
                add_attacks(values, &near, (Of)of, scope);
            }
            add_copied_rows(values, &near, scope);
        }
    }
    near_clear(&near);
    return values;
}
