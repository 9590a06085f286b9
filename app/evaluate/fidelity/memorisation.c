/* SPDX-License-Identifier: Apache-2.0 */
/* Traces by class and role, and the figures of what they give. */
#include "app/evaluate/fidelity/memorisation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/evaluate/fidelity/memorisation_values.h"
#include "app/evaluate/learn/interval.h"
#include "app/evaluate/learn/score.h"

enum { N_RESAMPLES = 200 };

static const double FALSE_ALARMS = 0.01, LEVEL = 0.95;

typedef struct {
    char *name;
    GPtrArray *traces[N_ROLES]; /* MemorisedTrace, borrowed */
} Group;

struct Memorisation {
    GPtrArray *traces; /* MemorisedTrace, owned, by number */
    GPtrArray *groups; /* Group, owned */
};

const char *
attack_name(Attack attack)
{
    static const char *const names[N_ATTACKS] = {"nearest", "centred", "rows"};

    g_return_val_if_fail((unsigned)attack < N_ATTACKS, NULL);
    return names[attack];
}

static void
group_free(void *data)
{
    Group *group = data;

    g_free(group->name);
    for (int role = 0; role < N_ROLES; role++)
        g_ptr_array_unref(group->traces[role]);
    g_free(group);
}

static void
trace_free_memorised(void *data)
{
    MemorisedTrace *trace = data;

    packed_trace_free(trace->packed);
    g_array_unref(trace->parents);
    g_free(trace);
}

Memorisation *
memorisation_new(void)
{
    Memorisation *memorisation = g_new0(Memorisation, 1);

    memorisation->traces = g_ptr_array_new_with_free_func(trace_free_memorised);
    memorisation->groups = g_ptr_array_new_with_free_func(group_free);
    return memorisation;
}

void
memorisation_free(Memorisation *memorisation)
{
    if (!memorisation)
        return;
    g_ptr_array_unref(memorisation->groups);
    g_ptr_array_unref(memorisation->traces);
    g_free(memorisation);
}

static Group *
find_group(Memorisation *memorisation, const char *name)
{
    Group *group;

    for (guint i = 0; i < memorisation->groups->len; i++) {
        group = memorisation->groups->pdata[i];
        if (g_str_equal(group->name, name))
            return group;
    }
    group = g_new0(Group, 1);
    group->name = g_strdup(name);
    for (int role = 0; role < N_ROLES; role++)
        group->traces[role] = g_ptr_array_new();
    g_ptr_array_add(memorisation->groups, group);
    return group;
}

int
memorisation_add(Memorisation *memorisation, const char *class, MemorisationRole role,
                 PackedTrace *packed)
{
    MemorisedTrace *trace = g_new0(MemorisedTrace, 1);

    trace->packed = packed;
    trace->parents = g_array_new(FALSE, FALSE, sizeof(const PackedTrace *));
    g_ptr_array_add(memorisation->traces, trace);
    if (packed->n_hashes > 0)
        g_ptr_array_add(find_group(memorisation, class)->traces[role], trace);
    return (int)memorisation->traces->len - 1;
}

void
memorisation_add_parent(Memorisation *memorisation, int generated, int parent)
{
    MemorisedTrace *trace;
    const PackedTrace *packed;

    g_return_if_fail((guint)generated < memorisation->traces->len &&
                     (guint)parent < memorisation->traces->len);
    trace = memorisation->traces->pdata[generated];
    packed = ((const MemorisedTrace *)memorisation->traces->pdata[parent])->packed;
    g_array_append_val(trace->parents, packed);
}

/* --- figures --- */

static int
compare_hashes(const void *a, const void *b)
{
    guint64 x = *(const guint64 *)a, y = *(const guint64 *)b;

    return (x > y) - (x < y);
}

static Estimate
tell_distinct(const GArray *hashes)
{
    g_autoptr(GArray) sorted = g_array_copy((GArray *)hashes);
    Estimate estimate = estimate_unknown();
    guint n = 0;

    g_array_sort(sorted, compare_hashes);
    for (guint i = 0; i < sorted->len; i++)
        n += i == 0 || g_array_index(sorted, guint64, i) != g_array_index(sorted, guint64, i - 1);
    if (sorted->len > 0)
        estimate.value = (double)n / sorted->len;
    return estimate;
}

static Estimate
tell_mean(const GArray *values, guint64 seed)
{
    return estimate_mean((const double *)(const void *)values->data, values->len, seed);
}

/* What a resample of members and non-members is scored from. */
typedef struct {
    const double *scores;
    const bool *is_member;
    double *drawn_scores;
    bool *drawn_members;
    bool is_tpr;
} AttackScores;

static double
score_attack(const int *indices, int n, gpointer data)
{
    const AttackScores *attack = data;

    for (int i = 0; i < n; i++) {
        attack->drawn_scores[i] = attack->scores[indices[i]];
        attack->drawn_members[i] = attack->is_member[indices[i]];
    }
    return attack->is_tpr
               ? score_tpr_at_fpr(attack->drawn_scores, attack->drawn_members, n, FALSE_ALARMS)
               : score_roc_auc(attack->drawn_scores, attack->drawn_members, n);
}

static Estimate
tell_attack(const GArray *scores, const GArray *is_member, bool is_tpr, bool with_interval,
            guint64 seed)
{
    int n = (int)scores->len;
    g_autofree double *drawn_scores = g_new(double, MAX(n, 1));
    g_autofree bool *drawn_members = g_new(bool, MAX(n, 1));
    AttackScores attack = {
        .scores = (const double *)(const void *)scores->data,
        .is_member = (const bool *)(const void *)is_member->data,
        .drawn_scores = drawn_scores,
        .drawn_members = drawn_members,
        .is_tpr = is_tpr,
    };
    Estimate estimate = estimate_unknown();

    if (n == 0)
        return estimate;
    if (with_interval) {
        Interval interval =
            interval_bootstrap_of(n, score_attack, &attack, N_RESAMPLES, seed, LEVEL);

        return (Estimate){interval.mean, interval.low, interval.high};
    }
    estimate.value = is_tpr ? score_tpr_at_fpr(attack.scores, attack.is_member, n, FALSE_ALARMS)
                            : score_roc_auc(attack.scores, attack.is_member, n);
    return estimate;
}

static Estimate *
estimate_at(BesideReal *figure, Of of)
{
    return of == OF_GENERATED ? &figure->generated : &figure->real;
}

static MemorisationClass *
tell(const char *name, const MemorisationValues *values, bool with_intervals, guint64 seed)
{
    MemorisationClass *class = g_new0(MemorisationClass, 1);

    class->name = g_strdup(name);
    memcpy(class->n, values->n, sizeof class->n);
    class->n_with_parent = values->n_with_parent;
    for (int of = 0; of < N_OF; of++) {
        for (int scope = 0; scope < N_SCOPES; scope++) {
            GArray *const *lists = values->of[of][scope].values;

            *estimate_at(&class->distinct[scope], (Of)of) =
                tell_distinct(values->of[of][scope].hashes);
            *estimate_at(&class->copies[scope], (Of)of) = tell_mean(lists[VALUE_COPY], seed);
            *estimate_at(&class->to_trained[scope], (Of)of) =
                tell_mean(lists[VALUE_TO_TRAINED], seed);
            *estimate_at(&class->to_held_out[scope], (Of)of) =
                tell_mean(lists[VALUE_TO_HELD_OUT], seed);
            *estimate_at(&class->nearer_to_trained[scope], (Of)of) =
                tell_mean(lists[VALUE_NEARER], seed);
            *estimate_at(&class->copied_rows[scope], (Of)of) =
                tell_mean(lists[VALUE_COPIED_ROWS], seed);
            for (int attack = 0; attack < N_ATTACKS; attack++) {
                const GArray *scores = values->of[of][scope].scores[attack];
                const GArray *is_member = values->of[of][scope].is_member;

                *estimate_at(&class->attack_auc[scope][attack], (Of)of) =
                    tell_attack(scores, is_member, false, with_intervals, seed);
                *estimate_at(&class->attack_tpr[scope][attack], (Of)of) =
                    tell_attack(scores, is_member, true, with_intervals, seed);
            }
        }
    }
    return class;
}

static void
class_free(void *data)
{
    MemorisationClass *class = data;

    if (!class)
        return;
    g_free(class->name);
    g_free(class);
}

static int
compare_groups(const void *a, const void *b)
{
    return strcmp((*(Group *const *)a)->name, (*(Group *const *)b)->name);
}

MemorisationReport *
memorisation_compare(const Memorisation *memorisation, guint64 seed, GCancellable *cancellable,
                     GError **error)
{
    g_autoptr(MemorisationReport) report = g_new0(MemorisationReport, 1);
    g_autoptr(GPtrArray) groups = g_ptr_array_new();
    MemorisationValues *all = memorisation_values_new();

    g_ptr_array_extend(groups, memorisation->groups, NULL, NULL);
    g_ptr_array_sort(groups, compare_groups);
    report->classes = g_ptr_array_new_with_free_func(class_free);
    for (guint i = 0; i < groups->len; i++) {
        const Group *group = groups->pdata[i];
        MemorisationValues *values =
            memorisation_values_of(group->traces, seed + i, cancellable, error);

        if (!values) {
            memorisation_values_free(all);
            return NULL;
        }
        g_ptr_array_add(report->classes, tell(group->name, values, false, seed));
        memorisation_values_append(all, values);
        memorisation_values_free(values);
    }
    report->all = tell("", all, true, seed);
    memorisation_values_free(all);
    return g_steal_pointer(&report);
}

void
memorisation_report_free(MemorisationReport *report)
{
    if (!report)
        return;
    g_ptr_array_unref(report->classes);
    class_free(report->all);
    g_free(report);
}
