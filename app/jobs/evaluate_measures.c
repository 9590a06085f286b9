/* SPDX-License-Identifier: Apache-2.0 */
/* The numbers of every synthetic set that ask no classifier, each beside that of real traces. */
#include <glib/gi18n-lib.h>

#include "app/dataset/vocabulary.h"
#include "app/evaluate/evaluation_cache.h"
#include "app/evaluate/fidelity/fidelity.h"
#include "app/jobs/evaluate_look.h"
#include "app/jobs/evaluate_measures.h"
#include "app/jobs/evaluate_private.h"

/* To be raised with every change that gives other numbers from the same files. */
enum { MEASURES_VERSION = 1 };

typedef struct {
    EvaluateRun *run;
    Stage stage; /* of one set */
    EvaluationReport *report;
    guint set;
    LookedSet *real; /* what real traces are like, without counts */
} Measuring;

/* --- kept --- */

static void
sum_names(GChecksum *sum, const CaptureList *list)
{
    for (guint i = 0; i < list->names->len; i++)
        g_checksum_update(sum, list->names->pdata[i], -1);
    g_checksum_update(sum, (const guchar *)"\n", -1);
}

static char *
key_of(const Measuring *m)
{
    const EvaluationData *data = m->report->data;
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    g_autofree char *head = g_strdup_printf(
        "torchlight %s measures %d\n%d %d %d %d %" G_GUINT64_FORMAT "\n%s\n%d\n",
        TORCHLIGHT_VERSION, MEASURES_VERSION, data->n_packets, m->run->params->n_checked,
        m->run->params->options.n_rounds, m->run->params->options.n_trees,
        m->run->params->options.seed, g_get_language_names()[0], data->first[1]);

    g_checksum_update(sum, (const guchar *)head, -1);
    for (guint s = 0; s <= m->set; s += MAX(1, m->set)) {
        const EvaluationSet *set = evaluation_data_set(data, s);

        for (guint i = 0; i < set->traces->len; i++) {
            const EvaluationTrace *trace = evaluation_set_trace(set, i);
            g_autofree char *line = g_strdup_printf(
                "%s %d %s %d\n", (char *)data->digests->pdata[data->first[s] + (int)i],
                (int)trace->part, trace->caption, trace->drawn != NULL);

            g_checksum_update(sum, (const guchar *)line, -1);
            sum_names(sum, &trace->parents);
            sum_names(sum, &trace->trained_on);
        }
    }
    return g_strdup(g_checksum_get_string(sum));
}

/* --- found --- */

/* The words of a caption, without what all captions begin with. */
static char *
class_of(const EvaluationTrace *trace)
{
    const char *words = g_str_has_prefix(trace->caption, CAPTION_PREFIX ":")
                            ? trace->caption + strlen(CAPTION_PREFIX ":")
                            : trace->caption;
    char *class = g_strstrip(g_strdup(words));

    return *class ? class : (g_free(class), g_strdup(_("no caption")));
}

/* part: of real traces, -1 for any. */
static void
give_counts(Fidelity *fidelity, const EvaluationSet *set, int part, LookedSet *looked)
{
    for (guint i = 0; i < looked->n; i++) {
        const EvaluationTrace *trace = evaluation_set_trace(set, looked->traces[i].index);
        g_autofree char *class = class_of(trace);

        if (looked->traces[i].counts && (part < 0 || trace->part == (SplitPart)part))
            fidelity_add(fidelity, class, set->is_real ? SIDE_REAL : SIDE_GENERATED,
                         g_steal_pointer(&looked->traces[i].counts));
    }
}

/* Distances are told to the captures that no generator has seen; where a split leaves none, to
 * all. */
static int
compared_part(const EvaluationData *data)
{
    int counts[N_SPLIT_PARTS] = {0};
    const EvaluationSet *real = evaluation_data_set(data, 0);

    for (guint i = 0; i < real->traces->len; i++)
        counts[evaluation_set_trace(real, i)->part]++;
    return counts[SPLIT_INTO_TEST] > 0 ? SPLIT_INTO_TEST : -1;
}

static bool
measure_fidelity(const Measuring *m, LookedSet *drawn, LookedSet *real, GError **error)
{
    const EvaluationData *data = m->report->data;
    g_autoptr(Fidelity) fidelity = fidelity_new(layout_default());
    g_autoptr(FidelityReport) found = NULL;

    give_counts(fidelity, evaluation_data_set(data, 0), compared_part(data), real);
    give_counts(fidelity, evaluation_data_set(data, m->set), -1, drawn);
    found = fidelity_compare(fidelity, m->run->params->options.seed);
    evaluate_add_fidelity(m->report, m->set, found);
    return torchlight_job_checkpoint(m->stage.job, error);
}

/* --- told apart --- */

/* The samples of a set, and their captions as numbers. */
static DiscriminatorSide
side_of(const EvaluationData *data, guint s, int part, GHashTable *numbers, GArray *samples,
        GArray *classes)
{
    const EvaluationSet *set = evaluation_data_set(data, s);

    for (guint i = 0; i < set->traces->len; i++) {
        const EvaluationTrace *trace = evaluation_set_trace(set, i);
        int sample = data->first[s] + (int)i, class;
        char *name = class_of(trace);

        if (part >= 0 && trace->part != (SplitPart)part) {
            g_free(name);
            continue;
        }
        class = GPOINTER_TO_INT(g_hash_table_lookup(numbers, name));
        if (class == 0) {
            class = (int)g_hash_table_size(numbers) + 1;
            g_hash_table_insert(numbers, g_steal_pointer(&name), GINT_TO_POINTER(class));
        }
        g_free(name);
        g_array_append_val(samples, sample);
        g_array_append_val(classes, class);
    }
    return (DiscriminatorSide){(const int *)(void *)samples->data,
                               (const int *)(void *)classes->data, (int)samples->len};
}

static bool
measure_discriminator(const Measuring *m, GError **error)
{
    const EvaluationData *data = m->report->data;
    const LearnWatch watch = {.cancellable = torchlight_job_get_cancellable(m->stage.job)};
    const DiscriminatorOptions options = {.seed = m->run->params->options.seed,
                                          .n_repeats = m->run->params->options.n_rounds,
                                          .n_trees = m->run->params->options.n_trees};
    g_autoptr(GHashTable) numbers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GArray) real = g_array_new(FALSE, FALSE, sizeof(int));
    g_autoptr(GArray) real_classes = g_array_new(FALSE, FALSE, sizeof(int));
    g_autoptr(GArray) drawn = g_array_new(FALSE, FALSE, sizeof(int));
    g_autoptr(GArray) drawn_classes = g_array_new(FALSE, FALSE, sizeof(int));
    DiscriminatorSide sides[N_SIDES];

    sides[SIDE_REAL] = side_of(data, 0, compared_part(data), numbers, real, real_classes);
    sides[SIDE_GENERATED] = side_of(data, m->set, -1, numbers, drawn, drawn_classes);
    for (int f = 0; f < N_EVALUATION_FEATURES; f++) {
        DiscriminatorResult found;

        stage_progress(&m->stage, 0.6 + 0.2 * f, _("%s: can it be told from real traces?"),
                       evaluation_data_set(data, m->set)->name);
        if (!discriminator_run(data->matrices[f], sides, &options, &watch, &found, error))
            return false;
        evaluate_add_discriminator(m->report, m->set, (EvaluationFeatures)f, &found);
    }
    return torchlight_job_checkpoint(m->stage.job, error);
}

/* --- memorised --- */

/* What a set was trained on, by stem; where it does not say, the train part stands for it. */
static GHashTable *
trained_stems(const EvaluationSet *set)
{
    GHashTable *stems = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    const GPtrArray *last = NULL;

    for (guint i = 0; i < set->traces->len; i++) {
        const GPtrArray *names = evaluation_set_trace(set, i)->trained_on.names;

        for (guint k = 0; names != last && k < names->len; k++)
            g_hash_table_add(stems, evaluation_capture_stem(names->pdata[k]));
        last = names;
    }
    return stems;
}

static bool
role_of(const EvaluationTrace *trace, GHashTable *trained, const char *stem, MemorisationRole *role)
{
    bool is_trained = g_hash_table_size(trained) > 0 ? g_hash_table_contains(trained, stem)
                                                     : trace->part == SPLIT_INTO_TRAIN;

    *role = is_trained                             ? ROLE_TRAINED_ON
            : trace->part == SPLIT_INTO_TEST       ? ROLE_HELD_OUT
            : trace->part == SPLIT_INTO_VALIDATION ? ROLE_APART
                                                   : N_ROLES;
    return *role != N_ROLES;
}

/* Real traces by their roles; by_stem: their numbers plus one. */
static void
give_real(const Measuring *m, Memorisation *memorisation, LookedSet *real, GHashTable *by_stem)
{
    const EvaluationSet *set = evaluation_data_set(m->report->data, 0);
    g_autoptr(GHashTable) trained = trained_stems(evaluation_data_set(m->report->data, m->set));

    for (guint i = 0; i < real->n; i++) {
        const EvaluationTrace *trace = evaluation_set_trace(set, real->traces[i].index);
        g_autofree char *class = class_of(trace);
        char *stem = evaluation_capture_stem(trace->capture);
        MemorisationRole role;
        int number;

        if (!real->traces[i].packed || !role_of(trace, trained, stem, &role)) {
            g_free(stem);
            continue;
        }
        number =
            memorisation_add(memorisation, class, role, g_steal_pointer(&real->traces[i].packed));
        g_hash_table_insert(by_stem, stem, GINT_TO_POINTER(number + 1));
    }
}

static void
give_drawn(const Measuring *m, Memorisation *memorisation, LookedSet *drawn, GHashTable *by_stem)
{
    const EvaluationSet *set = evaluation_data_set(m->report->data, m->set);

    for (guint i = 0; i < drawn->n; i++) {
        const EvaluationTrace *trace = evaluation_set_trace(set, drawn->traces[i].index);
        g_autofree char *class = class_of(trace);
        int number;

        if (!drawn->traces[i].packed)
            continue;
        number = memorisation_add(memorisation, class, ROLE_GENERATED,
                                  g_steal_pointer(&drawn->traces[i].packed));
        for (guint k = 0; k < trace->parents.names->len; k++) {
            g_autofree char *stem = evaluation_capture_stem(trace->parents.names->pdata[k]);
            int parent = GPOINTER_TO_INT(g_hash_table_lookup(by_stem, stem)) - 1;

            if (parent >= 0)
                memorisation_add_parent(memorisation, number, parent);
        }
    }
}

static bool
measure_memorisation(const Measuring *m, LookedSet *drawn, LookedSet *real, GError **error)
{
    g_autoptr(Memorisation) memorisation = memorisation_new();
    g_autoptr(GHashTable) by_stem = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(MemorisationReport) found = NULL;

    give_real(m, memorisation, real, by_stem);
    give_drawn(m, memorisation, drawn, by_stem);
    found = memorisation_compare(memorisation, m->run->params->options.seed,
                                 torchlight_job_get_cancellable(m->stage.job), error);
    if (!found)
        return false;
    evaluate_add_memorisation(m->report, m->set, found);
    return true;
}

static bool
find_measures(const Measuring *m, GError **error)
{
    const LookOptions of_drawn = {
        .counts = true, .part = -1, .n_checked = m->run->params->n_checked};
    const LookOptions of_real = {.counts = true, .part = -1};
    const Stage first = stage_part(&m->stage, 0, 0.3), second = stage_part(&m->stage, 0.3, 0.3);
    g_auto(LookedSet) drawn = {0}, real = {0};

    if (!evaluate_look(&first, m->report->data, m->set, &of_drawn, &drawn, error) ||
        !evaluate_look(&second, m->report->data, 0, &of_real, &real, error) ||
        !measure_fidelity(m, &drawn, &real, error) || !measure_discriminator(m, error) ||
        !measure_memorisation(m, &drawn, &real, error))
        return false;
    evaluate_add_legality(m->report, m->set, &drawn, m->real);
    evaluate_add_compliance(m->report, m->set, &drawn, m->real);
    return true;
}

/* Of the real traces once, when a set needs it. */
static bool
look_at_real(const Measuring *m, GError **error)
{
    const LookOptions options = {.part = compared_part(m->report->data),
                                 .n_checked = m->run->params->n_checked};

    return m->real->traces ||
           evaluate_look(&m->stage, m->report->data, 0, &options, m->real, error);
}

static bool
measure_set(const Measuring *m, GError **error)
{
    g_autofree char *key = key_of(m);
    g_autofree char *kept = evaluation_cache_read(m->run->cache, key);
    g_autofree char *text = NULL;

    if (kept && evaluation_measures_from_text(m->report, m->set, kept))
        return true;
    if (!look_at_real(m, error) || !find_measures(m, error))
        return false;
    text = evaluation_measures_to_text(m->report, m->set);
    return evaluation_cache_write(m->run->cache, key, text, error);
}

bool
evaluate_measures(EvaluateRun *run, Stage stage, EvaluationReport *report, GError **error)
{
    guint n = report->data->sets->len;
    g_auto(LookedSet) real = {0};

    for (guint s = 1; s < n; s++) {
        const Measuring measuring = {.run = run,
                                     .stage =
                                         stage_part(&stage, (s - 1.0) / (n - 1), 1.0 / (n - 1)),
                                     .report = report,
                                     .set = s,
                                     .real = &real};

        if (!measure_set(&measuring, error))
            return false;
    }
    return true;
}
