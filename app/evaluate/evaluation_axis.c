/* SPDX-License-Identifier: Apache-2.0 */
/* Words of captions as classes. */
#include "app/evaluate/evaluation_axis.h"

#include <glib/gi18n-lib.h>
#include <string.h>

static bool
delivers_video(const char *word)
{
    return g_str_equal(word, "dash") || g_str_equal(word, "hls") ||
           g_str_equal(word, "progressive");
}

static bool
is_streaming(const char *axis)
{
    return g_str_equal(axis, EVALUATION_STREAMING);
}

/* Whether word i of the vocabulary is one of the axis. */
static bool
is_on(const Vocabulary *vocabulary, guint i, const char *axis)
{
    const char *its = vocabulary->axes ? vocabulary->axes->pdata[i] : NULL;

    if (is_streaming(axis))
        return g_strcmp0(its, "app") == 0 && delivers_video(vocabulary->words->pdata[i]);
    return g_strcmp0(its, axis) == 0;
}

GPtrArray *
evaluation_axes(const Vocabulary *vocabulary)
{
    g_autoptr(GPtrArray) named = vocabulary_list_axes(vocabulary);
    GPtrArray *axes = g_ptr_array_new();

    for (guint i = 0; i < named->len; i++) {
        bool streams = false;

        g_ptr_array_add(axes, named->pdata[i]);
        for (guint k = 0; g_str_equal(named->pdata[i], "app") && k < vocabulary->words->len; k++)
            streams = streams || is_on(vocabulary, k, EVALUATION_STREAMING);
        if (streams)
            g_ptr_array_add(axes, (gpointer)g_intern_static_string(EVALUATION_STREAMING));
    }
    return axes;
}

const char *
evaluation_word(const Vocabulary *vocabulary, const char *caption, const char *axis,
                bool *contradicts)
{
    const char *words = g_str_has_prefix(caption, CAPTION_PREFIX ":")
                            ? caption + strlen(CAPTION_PREFIX ":")
                            : caption;
    g_auto(GStrv) parts = g_strsplit(words, ",", -1);
    const char *found = NULL;
    bool several = false;

    for (int i = 0; parts[i]; i++) {
        const char *part = g_strstrip(parts[i]);

        for (guint k = 0; k < vocabulary->words->len; k++) {
            const char *word = vocabulary->words->pdata[k];

            if (!is_on(vocabulary, k, axis) || g_ascii_strcasecmp(part, word) != 0)
                continue;
            several = several || (found && found != word);
            found = word;
        }
    }
    if (contradicts)
        *contradicts = several;
    return several ? NULL : found;
}

/* --- tasks --- */

/* How many traces of a set have each word of the vocabulary on the axis, in a part (-1: any). */
static int *
count_words(const Vocabulary *vocabulary, const char *axis, const EvaluationSet *set, int part)
{
    int *counts = g_new0(int, vocabulary->words->len + 1);

    for (guint i = 0; i < set->traces->len; i++) {
        const EvaluationTrace *trace = evaluation_set_trace(set, i);
        const char *word = evaluation_word(vocabulary, trace->caption, axis, NULL);
        guint at;

        if (word && (part < 0 || (trace->in_split && trace->part == (SplitPart)part)) &&
            g_ptr_array_find(vocabulary->words, word, &at))
            counts[at]++;
    }
    return counts;
}

EvaluationTask *
evaluation_task_new(const Vocabulary *vocabulary, const char *axis, const EvaluationSet *real,
                    const EvaluationSet *synthetic)
{
    EvaluationTask *task = g_new0(EvaluationTask, 1);
    g_autofree int *train = count_words(vocabulary, axis, real, SPLIT_INTO_TRAIN);
    g_autofree int *test = count_words(vocabulary, axis, real, SPLIT_INTO_TEST);
    g_autofree int *drawn = synthetic ? count_words(vocabulary, axis, synthetic, -1) : NULL;

    task->axis = g_intern_string(axis);
    task->classes = g_ptr_array_new();
    task->left_out = g_ptr_array_new();
    for (guint i = 0; i < vocabulary->words->len; i++) {
        bool both = train[i] > 0 && test[i] > 0 && (!drawn || drawn[i] > 0);

        if (train[i] + test[i] == 0 || !is_on(vocabulary, i, axis))
            continue;
        g_ptr_array_add(both ? task->classes : task->left_out, vocabulary->words->pdata[i]);
        task->n_train += both ? train[i] : 0;
        task->n_test += both ? test[i] : 0;
    }
    if (task->classes->len == 0)
        task->problem = g_strdup(task->left_out->len > 0
                                     ? _("No class has traces to train with, to test with and "
                                         "synthetic ones.")
                                     : _("No real trace has a word of this axis in its caption."));
    else if (task->classes->len == 1)
        task->problem = g_strdup_printf(
            _("There is one class only, “%s”: a classifier has nothing to tell apart."),
            (const char *)task->classes->pdata[0]);
    return task;
}

void
evaluation_task_free(EvaluationTask *task)
{
    if (!task)
        return;
    g_ptr_array_unref(task->classes);
    g_ptr_array_unref(task->left_out);
    g_free(task->problem);
    g_free(task);
}

int *
evaluation_task_labels(const EvaluationTask *task, const Vocabulary *vocabulary,
                       const EvaluationSet *set)
{
    int *labels = g_new(int, set->traces->len + 1);

    for (guint i = 0; i < set->traces->len; i++) {
        const char *caption = evaluation_set_trace(set, i)->caption;
        const char *word = evaluation_word(vocabulary, caption, task->axis, NULL);
        guint at;

        labels[i] = word && g_ptr_array_find(task->classes, word, &at) ? (int)at : -1;
    }
    return labels;
}

void
evaluation_note_captions(EvaluationSet *set, const Vocabulary *vocabulary)
{
    g_autoptr(GPtrArray) axes = evaluation_axes(vocabulary);
    guint n_bare = 0;

    for (guint i = 0; i < set->traces->len; i++) {
        const EvaluationTrace *trace = evaluation_set_trace(set, i);
        bool contradicts, any = false;

        for (guint k = 0; k < axes->len; k++) {
            any = evaluation_word(vocabulary, trace->caption, axes->pdata[k], &contradicts) ||
                  contradicts || any;
            if (contradicts && !is_streaming(axes->pdata[k]))
                evaluation_set_note(set,
                                    _("The caption of “%s” contradicts itself (“%s”): it has no "
                                      "part in what is asked about %s."),
                                    trace->name, trace->caption, (const char *)axes->pdata[k]);
        }
        n_bare += !any;
    }
    if (n_bare > 0)
        evaluation_set_note(set,
                            ngettext("%u trace has no known word in its caption: it counts for "
                                     "distances only.",
                                     "%u traces have no known word in their captions: they count "
                                     "for distances only.",
                                     n_bare),
                            n_bare);
}
