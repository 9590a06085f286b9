/* SPDX-License-Identifier: Apache-2.0 */
/* The cells of an evaluation, one after the other; each fit takes all threads. */
#include <glib/gi18n-lib.h>

#include "app/evaluate/evaluation_cache.h"
#include "app/jobs/evaluate_private.h"

/* How long a cell takes, roughly: flattened features are five hundred times as many, and a tree
 * looks at all of them where a forest's look at few. */
static double
weight_of(const EvaluationCell *cell)
{
    if (cell->features == EVALUATION_ORDER_FREE || evaluation_cell_shares_products(cell))
        return 1;
    return cell->classifier == CLASSIFIER_FOREST ? 8 : 12;
}

static EvaluationAnswer *
read_kept(EvaluateRun *run, const EvaluationPlan *plan, const EvaluationCell *cell, const char *key)
{
    g_autofree char *text = evaluation_cache_read(run->cache, key);
    EvaluationAnswer *answer = text ? evaluation_answer_from_text(text, plan, cell) : NULL;

    run->n_kept += answer != NULL;
    return answer;
}

static EvaluationAnswer *
find(EvaluateRun *run, const EvaluationPlan *plan, const EvaluationCell *cell, const char *key,
     GError **error)
{
    const LearnWatch watch = {.cancellable = torchlight_job_get_cancellable(run->stage.job)};
    g_autoptr(EvaluationAnswer) answer = NULL;
    g_autofree char *text = NULL;

    if (evaluation_cell_shares_products(cell) &&
        !evaluation_data_multiply(run->data, &watch, error))
        return NULL;
    answer = evaluation_answer_find(plan, cell, &watch, error);
    text = answer ? evaluation_answer_to_text(answer) : NULL;

    if (!answer || !evaluation_cache_write(run->cache, key, text, error))
        return NULL;
    return g_steal_pointer(&answer);
}

static bool
is_fatal(const GError *error)
{
    return error->domain == G_IO_ERROR && error->code != G_IO_ERROR_INVALID_DATA &&
           error->code != G_IO_ERROR_INVALID_ARGUMENT && error->code != G_IO_ERROR_FAILED;
}

static bool
add_answer(EvaluateRun *run, EvaluationPlan *plan, const EvaluationCell *cell, GPtrArray *answers,
           GError **error)
{
    g_autofree char *key = evaluation_cell_key(plan, cell);
    g_autofree char *text = evaluation_cell_text(plan, cell);
    g_autoptr(GError) local = NULL;
    EvaluationAnswer *answer = read_kept(run, plan, cell, key);

    if (!answer)
        answer = find(run, plan, cell, key, &local);
    if (answer) {
        g_ptr_array_add(answers, answer);
        return true;
    }
    if (is_fatal(local)) {
        g_propagate_error(error, g_steal_pointer(&local));
        return false;
    }
    g_ptr_array_add(plan->notes, g_strdup_printf("%s: %s", text, local->message));
    return true;
}

GPtrArray *
evaluate_cells(EvaluateRun *run, Stage stage, EvaluationPlan *plan, GError **error)
{
    g_autoptr(GPtrArray) answers =
        g_ptr_array_new_with_free_func((GDestroyNotify)evaluation_answer_free);
    double done = 0, all = 0;

    run->n_cells = plan->cells->len;
    for (guint i = 0; i < plan->cells->len; i++)
        all += weight_of(&g_array_index(plan->cells, EvaluationCell, i));
    for (guint i = 0; i < plan->cells->len; i++) {
        const EvaluationCell *cell = &g_array_index(plan->cells, EvaluationCell, i);
        g_autofree char *text = evaluation_cell_text(plan, cell);

        stage_progress(&stage, done / all, _("%u of %u: %s"), i + 1, plan->cells->len, text);
        if (!torchlight_job_checkpoint(stage.job, error) ||
            !add_answer(run, plan, cell, answers, error))
            return NULL;
        done += weight_of(cell);
    }
    return g_steal_pointer(&answers);
}
