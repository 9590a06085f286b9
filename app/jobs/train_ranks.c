/* SPDX-License-Identifier: Apache-2.0 */
/* Agreements, and the sum of the gradients. */
#include "app/jobs/train_ranks.h"

#include <glib/gi18n-lib.h>

#include "app/ranks/ranks.h"

int
train_ranks_n_micro(const Training *t)
{
    return t->params->accumulate * ranks_count(t->params->ranks);
}

bool
train_ranks_is_mine(const Training *t, int i)
{
    return i % ranks_count(t->params->ranks) == ranks_index(t->params->ranks);
}

bool
train_ranks_agree(const Training *t, int *wish, GCancellable *cancellable, GError **error)
{
    Ranks *ranks = t->params->ranks;
    int own = *wish, first = t->state.step, last = -t->state.step;

    if (!ranks)
        return true;
    if (!ranks_min(ranks, wish, cancellable, error) ||
        !ranks_min(ranks, &first, cancellable, error) ||
        !ranks_min(ranks, &last, cancellable, error))
        return false;
    if (first != -last) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED,
                    _("The ranks stand at different steps, %d to %d: the checkpoint must be a file "
                      "that all of them can read."),
                    first, -last);
        return false;
    }
    if (*wish == 0 && own > 0)
        g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_CANCELLED,
                            _("Another rank was stopped."));
    return *wish > 0 || own == 0;
}

/* All of them in one message, since each has its price. */
bool
train_ranks_reduce(const GPtrArray *gradients, void *data, GError **error)
{
    const Training *t = data;
    g_autofree float *values = NULL;
    size_t n = 0;

    for (guint i = 0; i < gradients->len; i++)
        n += weight_size(gradients->pdata[i]) / sizeof(float);
    values = g_new(float, n);
    n = 0;
    for (guint i = 0; i < gradients->len; i++) {
        if (!weight_read(gradients->pdata[i], values + n, error))
            return false;
        n += weight_size(gradients->pdata[i]) / sizeof(float);
    }
    if (!ranks_sum(t->params->ranks, values, n, training_cancellable(t), error))
        return false;
    n = 0;
    for (guint i = 0; i < gradients->len; i++) {
        if (!weight_write(gradients->pdata[i], values + n, error))
            return false;
        n += weight_size(gradients->pdata[i]) / sizeof(float);
    }
    return true;
}
